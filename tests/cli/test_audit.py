"""The ledger from the command line: verified with its head, exported so that an auditor can read it."""

import gzip
import json
from pathlib import Path

import pytest
from sqlalchemy import update

from app.core.clock import parse_rfc3339
from app.engine.ledger_anchor import anchor_path, read_anchor
from app.engine.log import EVENT
from app.engine.ports import Ports
from tests.cli.conftest import Earshot
from tests.support.desk import mention, take_in


@pytest.fixture
def told(earshot: Earshot, ports: Ports) -> str:
    """A sealed ledger of some events; its head as it is printed."""
    take_in(ports, *[mention(str(i), "hello", handle=f"h{i}") for i in range(3)])
    earshot("user", "add", "ada@shop.example", "--role", "admin", "--name", "Ada")
    return earshot("audit", "verify").out.rpartition("head ")[2].strip()


def test_a_whole_ledger_is_ok_with_its_count_and_head(earshot: Earshot, ports: Ports, told: str) -> None:
    ran = earshot("audit", "verify", "--head", told)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("ok: ")
    path = anchor_path(ports.settings)
    if path is not None:  # PostgreSQL has no file beside it
        assert str(read_anchor(path)) == told


def test_a_changed_event_is_named_and_ends_with_1(earshot: Earshot, ports: Ports, told: str) -> None:
    with ports.db.write() as tx:
        tx.conn.execute(update(EVENT).where(EVENT.c.seq == 4).values(actor_name="Eve"))
    ran = earshot("audit", "verify")
    assert ran.code == 1
    assert ran.out == "broken at 4: the event or its seal was changed\n"
    assert "event 4" in ran.err


def test_another_head_and_one_that_is_none(earshot: Earshot, told: str) -> None:
    other = earshot("audit", "verify", "--head", told.partition(":")[0] + ":" + "0" * 64)
    assert (other.code, "replaced" in other.out) == (1, True)
    none = earshot("audit", "verify", "--head", "12")
    assert (none.code, "--head is no head of the ledger" in none.err) == (2, True)


@pytest.mark.only_on("sqlite", reason="PostgreSQL has no file beside it that could go missing")
def test_a_missing_anchor_is_said(earshot: Earshot, ports: Ports, told: str) -> None:
    path = anchor_path(ports.settings)
    assert path is not None
    path.unlink()
    ran = earshot("audit", "verify")
    assert ran.code == 0
    assert "is gone" in ran.err


def test_the_export_holds_every_event_with_its_seal(earshot: Earshot, told: str, tmp_path: Path) -> None:
    ran = earshot("audit", "export", tmp_path / "ledger.jsonl.gz")
    assert (ran.code, ran.out) == (0, "")
    with gzip.open(tmp_path / "ledger.jsonl.gz", "rt", encoding="utf-8") as file:
        lines = [json.loads(line) for line in file]
    assert [line["event"]["seq"] for line in lines] == list(range(1, len(lines) + 1))
    assert f"{len(lines)}:{lines[-1]['seal']}" == told
    assert lines[-1]["event"]["type"] == "person.updated"


def test_the_export_between_two_moments(earshot: Earshot, ports: Ports, told: str, tmp_path: Path) -> None:
    now = parse_rfc3339("2026-03-02T12:00:00Z")
    assert ports.clock.now() == now
    ran = earshot("audit", "export", "--since", "2026-03-02", "--until", "2026-03-02T12:00:01Z", tmp_path / "a.jsonl")
    assert ran.code == 0
    kinds = {json.loads(line)["event"]["type"] for line in (tmp_path / "a.jsonl").read_text().splitlines()}
    assert "mention.received" in kinds
    assert "person.updated" not in kinds  # the command ran on the machine's clock
    assert earshot("audit", "export", "--until", "2026-03-02", "-").out == ""
    wrong = earshot("audit", "export", "--since", "yesterday", tmp_path / "b.jsonl")
    assert (wrong.code, "--since yesterday is no time" in wrong.err) == (2, True)
    nowhere = earshot("audit", "export", tmp_path / "absent" / "b.jsonl")
    assert (nowhere.code, "No such file or directory" in nowhere.err) == (1, True)
