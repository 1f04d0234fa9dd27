"""Imports from the command line: everything good is taken, everything else stands in the report with its reason."""

import gzip
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from app.cases.tables import CASE
from app.core.clock import SystemClock
from app.customers.tables import CUSTOMER
from app.engine import intake_queue, leases
from app.engine.leases import LEASE
from app.engine.ports import Ports
from app.mentions.tables import MENTION
from tests.cli.conftest import Earshot
from tests.support.desk import mention


def lines(path: Path, *records: object) -> Path:
    path.write_text("".join((r if isinstance(r, str) else json.dumps(r)) + "\n" for r in records), encoding="utf-8")
    return path


def count(ports: Ports, table: Any) -> int:
    with ports.db.read() as conn:
        return conn.execute(select(func.count()).select_from(table)).scalar_one()


def test_mentions_are_taken_and_worked_off_once(earshot: Earshot, ports: Ports, tmp_path: Path) -> None:
    file = lines(tmp_path / "m.jsonl", *[mention(str(i), f"My order {i} is late", handle=f"h{i}") for i in range(12)])
    ran = earshot("import", "mentions", file)
    assert (ran.code, ran.out) == (0, "")
    assert "12 mentions taken, 0 duplicates, 0 rejected" in ran.err
    assert (count(ports, MENTION), count(ports, CASE)) == (12, 12)
    assert not (tmp_path / "m.jsonl.rejected.jsonl").exists()
    again = earshot("import", "mentions", file)
    assert "0 mentions taken, 12 duplicates, 0 rejected" in again.err
    assert count(ports, MENTION) == 12
    assert "ok" in earshot("audit", "verify").out


def test_rejected_rows_stand_in_the_report_and_the_rest_is_taken(earshot: Earshot, ports: Ports, tmp_path: Path) -> None:
    wrong = mention("2", "x") | {"created_at": "yesterday", "author": {}}
    file = lines(tmp_path / "m.jsonl", mention("1", "fine"), "{broken", wrong, [1, 2], mention("3", "\ud800 half"), mention("4", "fine"))
    ran = earshot("import", "mentions", file)
    assert ran.code == 0
    assert "3 mentions taken, 0 duplicates, 3 rejected" in ran.err
    report = [json.loads(line) for line in (tmp_path / "m.jsonl.rejected.jsonl").read_text().splitlines()]
    assert str(tmp_path / "m.jsonl.rejected.jsonl") in ran.err
    assert [r["row"] for r in report] == [2, 3, 4]
    assert "JSON" in report[0]["reasons"][0]["msg"]
    assert report[1]["reasons"][0]["loc"] == ["created_at"]
    assert report[1]["record"]["external_id"] == "2"
    assert count(ports, MENTION) == 3
    lines(file, mention("1", "fine"))
    earshot("import", "mentions", file)
    assert not (tmp_path / "m.jsonl.rejected.jsonl").exists()


def test_the_report_can_go_elsewhere(earshot: Earshot, tmp_path: Path) -> None:
    file = lines(tmp_path / "m.jsonl", "{")
    earshot("import", "mentions", file, "--rejected", tmp_path / "why.jsonl")
    assert json.loads((tmp_path / "why.jsonl").read_text())["row"] == 1


def test_a_running_worker_is_left_its_work(earshot: Earshot, ports: Ports, tmp_path: Path) -> None:
    until = SystemClock().now() + timedelta(hours=1)
    with ports.db.write() as tx:
        tx.conn.execute(LEASE.insert().values(duty="seal", holder="another", fence=1, until=until))
    ran = earshot("import", "mentions", lines(tmp_path / "m.jsonl", mention("1", "fine")))
    assert "1 wait in the intake: the running desk works them off" in ran.err
    with ports.db.read() as conn:
        assert intake_queue.depth(conn, 10) == 1
        assert leases.any_held(conn, until - timedelta(seconds=1))
        assert not leases.any_held(conn, until)


def test_a_full_intake_is_worked_off_on_the_way(earshot: Earshot, ports: Ports, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EARSHOT_INTAKE_BOUND", "500")
    file = lines(tmp_path / "m.jsonl", *[mention(str(i), "late again", handle=f"h{i % 7}") for i in range(501)])
    assert "501 mentions taken" in earshot("import", "mentions", file).err
    assert count(ports, MENTION) == 501
    monkeypatch.setenv("EARSHOT_INTAKE_BOUND", "100")
    lines(file, *[mention(f"b{i}", "late again") for i in range(200)])
    ran = earshot("import", "mentions", file)
    assert ran.code == 1
    assert "its bound" in ran.err


def test_bad_files_end_with_2_and_one_sentence(earshot: Earshot, tmp_path: Path) -> None:
    (tmp_path / "m.csv").write_text("a,b\n1,2\n")
    (tmp_path / "c.csv").write_text("name,city\nAna,Bonn\n")
    for words in (
        ["mentions", "absent.jsonl"], ["mentions", "m.csv"], ["mentions", "m.csv", "--format", "xml"],
        ["customers", "absent.csv"], ["customers", "c.csv"], ["customers", "c.csv", "--format", "data"],
    ):  # fmt: skip
        ran = earshot("import", *words)
        assert (ran.code, ran.out) == (2, ""), words
        assert "Traceback" not in ran.err


def test_customers_with_dry_run_and_report(earshot: Earshot, ports: Ports, tmp_path: Path) -> None:
    file = tmp_path / "c.csv"
    file.write_text("ref,name,handle:x,lifetime_value\nK1,Ana,ana,12\nK2,Ben,ben,lots\n,Nobody,,\n")
    dry = earshot("import", "customers", file, "--dry-run")
    assert (dry.code, dry.out) == (0, "")
    assert "1 new, 0 changed, 0 the same, 2 rejected (nothing was changed: --dry-run)" in dry.err
    assert count(ports, CUSTOMER) == 0
    assert "1 new, 0 changed, 0 the same, 2 rejected." in earshot("import", "customers", file).err
    assert "0 new, 0 changed, 1 the same, 2 rejected." in earshot("import", "customers", file).err
    report = [json.loads(line) for line in (tmp_path / "c.csv.rejected.jsonl").read_text().splitlines()]
    assert [(r["row"], r["reasons"][0]["loc"]) for r in report] == [(3, ["lifetime_value"]), (4, ["ref"])]


@pytest.mark.real_data
def test_real_streams_are_taken_whole(earshot: Earshot, ports: Ports, real_data: Path, tmp_path: Path) -> None:
    with gzip.open(real_data / "stream_airline.jsonl.gz", "rt") as stream, gzip.open(tmp_path / "m.jsonl.gz", "wt") as few:
        few.writelines(line for _, line in zip(range(1_000), stream, strict=False))
    assert "1,000 mentions taken, 0 duplicates, 0 rejected" in earshot("import", "mentions", tmp_path / "m.jsonl.gz").err
    report = tmp_path / "why.jsonl"
    ran = earshot("import", "customers", real_data / "customers.jsonl.gz", "--format", "data", "--dry-run", "--rejected", report)
    assert "7,065 new, 0 changed, 0 the same, 0 rejected" in ran.err


@pytest.mark.real_data
def test_all_the_airline_tweets_are_accepted(earshot: Earshot, ports: Ports, real_data: Path, tmp_path: Path) -> None:
    """All 10,262; a worker that is said to run leaves the pipeline out, which the thousand above go through."""
    with ports.db.write() as tx:
        until = SystemClock().now() + timedelta(hours=1)
        tx.conn.execute(LEASE.insert().values(duty="seal", holder="another", fence=1, until=until))
    ran = earshot("import", "mentions", real_data / "stream_airline.jsonl.gz", "--rejected", tmp_path / "why.jsonl")
    assert "10,262 mentions taken, 0 duplicates, 0 rejected" in ran.err
    assert count(ports, intake_queue.INTAKE) == 10_262
