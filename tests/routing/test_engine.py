"""Rules written for engine 1 mean what they meant: decisions recorded by the desk of that time, made again.

Pitfall: semantics changed between versions and triggers ran otherwise (ZA#4550). The records are never changed.
"""

import json
from pathlib import Path

import pytest

from app.core.facts import Facts
from app.routing.decide import decide
from app.routing.kept_rules import compiled
from app.routing.model import ENGINE
from app.routing.parse import parse

HERE = Path(__file__).parent
RULES = (HERE / "engine_1.yaml").read_text(encoding="utf-8")
RECORDS = [json.loads(line) for line in (HERE / "engine_1.jsonl").read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize("record", RECORDS, ids=[",".join(one["decided"].get("fired", ["none"])) for one in RECORDS])
def test_what_was_decided_is_decided_again(record: dict[str, dict[str, object]]) -> None:
    decision = decide(compiled(RULES), Facts.from_json(record["facts"]))
    plain = json.loads(json.dumps(decision.as_json()))
    assert {name: value for name, value in plain.items() if value not in (None, [], False, "", 0)} == record["decided"]


def test_every_rule_of_the_record_has_fired_somewhere() -> None:
    fired = {name for one in RECORDS for name in one["decided"].get("fired", ())}
    assert {rule.id for rule in compiled(RULES).rules} - fired == {"off"}


def test_a_file_for_another_engine_is_refused() -> None:
    found = parse(RULES.replace("engine: 1", f"engine: {ENGINE + 1}"))
    assert isinstance(found, list)
    assert found[0].field == "engine"
