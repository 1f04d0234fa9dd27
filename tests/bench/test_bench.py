"""The benchmarks run: small sizes, no goal. What they measure is for a person to read, so no figure is judged here."""

import json
from pathlib import Path

import pytest

from bench import backtest, claim, inbox, live, pipeline, rules
from bench.__main__ import BENCHES, main
from bench.figures import Figure, Skipped, quantile, table
from bench.texts import texts


def test_pipeline_and_its_reference() -> None:
    found = [f for f in pipeline.run(count=20, shared=40) if isinstance(f, Figure)]
    assert found[0].name == "pipeline, batches of 100"
    assert all(f.value > 0 and f.ratio for f in found)


def test_inbox_at_two_sizes_and_beside_closed_cases() -> None:
    found = inbox.run(few=250, many=500, closed=300, databases=("sqlite",))
    assert [f.name for f in found] == ["inbox, 500 open, sqlite", "inbox, 500 open and 300 closed, sqlite"]
    assert all(isinstance(f, Figure) and f.ratio is not None for f in found)


def test_nobody_gets_the_case_of_another() -> None:
    (found,) = claim.run(agents=3, turns=2, waiting=300, databases=("sqlite",))
    assert isinstance(found, Figure)
    assert (found.more["taken twice"], found.more["left with nothing"]) == (0, 0)


def test_rules_fire_in_the_book() -> None:
    found = [f for f in rules.run(turns=5) if isinstance(f, Figure)]
    assert [f.more["rules that fire"] for f in found] == [1, 5, 25]


def test_a_trial_looks_at_every_mention() -> None:
    (found,) = backtest.run(count=30, databases=("sqlite",))
    assert isinstance(found, Figure)
    assert (found.more["moments"], found.ratio is not None) == (30, True)


def test_a_name_that_is_none_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["pipelin"]) == 2
    assert "choose from pipeline" in capsys.readouterr().err


def test_the_table_and_the_file_say_the_same(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    made = [Figure("one", 2.0, "ms", 1.0, "half of it", goal=1.0), Skipped("two", "no data")]
    monkeypatch.setitem(BENCHES, "rules", lambda: made)
    assert main(["rules", "--json", str(tmp_path / "figures.json")]) == 0
    said = capsys.readouterr().out
    assert "MISSED" in said
    assert "two: skipped: no data" in said
    kept = json.loads((tmp_path / "figures.json").read_text())["results"]
    assert kept[0]["ratio"] == 2.0
    assert kept[0]["met"] is False
    assert kept[1] == {"name": "two", "skipped": "no data"}
    assert len(table(made).splitlines()) == 3


def test_without_recorded_data_the_demo_stream_speaks(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("EARSHOT_DATA", str(tmp_path))
    said = texts(700)
    assert said.source == "the demo stream, repeated"
    assert len({m["external_id"] for m in said.mentions}) == 700


def test_quantiles_by_nearest_rank() -> None:
    assert quantile([5, 1, 3], 0.5) == 3
    assert quantile([5, 1, 3], 0.99) == 5
    with pytest.raises(ValueError, match="no values"):
        quantile([], 0.5)


def test_live_and_its_reference() -> None:
    found = [f for f in live.run(0.2, ((3, (20,)),)) if isinstance(f, Figure)]
    assert [f.name for f in found] == ["live, memory with 3 inboxes", "live, 3 inboxes, 20/s, p50", "live, 3 inboxes, 20/s, p99"]
    assert all(f.value > 0 and f.ratio for f in found[1:])
    assert found[-1].note.startswith("0 frames missed, 0 posts refused, 0 sockets cut")
