"""``queues.yaml``: how cases are given out, and the reasons people choose from; every mistake with its line."""

from pathlib import Path

import pytest

from app.routing.model import AwayReason, Queue, Reasons
from app.routing.queues import DEFAULT_REASONS, parse_queues, parse_reasons

FILE = Path(__file__).resolve().parents[2] / "routing_rules" / "queues.yaml"
WRITTEN = """
queues:
  - {id: care, title: Care, push: least_loaded, sticky: true, lead: ana@shop.example, weights: {public: 1, direct: 0.5}}
  - {id: vip, push: off}
presence_reasons:
  - {title: Prayer, presence: away, keep_minutes: 30}
  - {title: Call, presence: busy}
skip_reasons: [Too long for today]
"""


def test_a_queue_says_how_its_cases_are_given_out() -> None:
    assert parse_queues(WRITTEN) == (
        Queue("care", "Care", (), (), 0, "least_loaded", True, "ana@shop.example", {"public": 1.0, "direct": 0.5}),
        Queue("vip", "vip", (), (), 1, "off", False, None, {}),
    )


def test_the_reasons_are_the_desks_own_where_the_file_names_some() -> None:
    own = Reasons((AwayReason("Prayer", "away", 30), AwayReason("Call", "busy")), ("Too long for today",))
    assert parse_reasons(WRITTEN) == own
    assert parse_reasons("queues:\n  - {id: care}\n") == DEFAULT_REASONS


def test_the_file_that_comes_with_the_desk_says_what_the_desk_would_say_without_it() -> None:
    text = FILE.read_text(encoding="utf-8")
    assert parse_reasons(text) == DEFAULT_REASONS
    queues = parse_queues(text)
    assert isinstance(queues, tuple)
    assert {queue.push for queue in queues} == {"off"}, "nobody is given work by the desk before a supervisor says so"


@pytest.mark.parametrize(
    ("line", "path"),
    [
        ("push: sometimes", "queues[0].push"),
        ("sticky: maybe", "queues[0].sticky"),
        ("lead: ana", "queues[0].lead"),
        ("weights: {secret: 1}", "queues[0].weights.secret"),
        ("weights: {direct: 0}", "queues[0].weights.direct"),
        ("weights: {direct: half}", "queues[0].weights.direct"),
        ("weights: 2", "queues[0].weights"),
    ],
)
def test_a_mistake_in_a_queue_has_its_place(line: str, path: str) -> None:
    found = parse_queues(f"queues:\n  - id: care\n    {line}\n")
    assert isinstance(found, list)
    assert [(p.line, p.field) for p in found] == [(3, path)]


@pytest.mark.parametrize(
    ("entry", "path"),
    [
        ("{presence: away}", "presence_reasons[0]"),
        ("{title: Lunch, presence: available}", "presence_reasons[0].presence"),
        ("{title: Lunch, keep_minutes: -1}", "presence_reasons[0].keep_minutes"),
        ("{title: Lunch, keep: 5}", "presence_reasons[0].keep"),
        ("Lunch", "presence_reasons[0]"),
    ],
)
def test_a_mistake_in_a_reason_has_its_place(entry: str, path: str) -> None:
    found = parse_reasons(f"queues:\n  - id: care\npresence_reasons:\n  - {entry}\n")
    assert isinstance(found, list)
    assert [(p.line, p.field) for p in found] == [(4, path)]
