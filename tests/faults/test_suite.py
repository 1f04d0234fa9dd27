"""The runner: a fault that breaks off is a goal not met, one that cannot run says why, and the table says both."""

from pathlib import Path

import pytest

from faults import __main__ as runner
from faults import suite
from faults.model import CannotRun, Fault, Place, Row, Scale
from faults.table import line, table


def place(folder: Path) -> Place:
    return Place(folder, "sqlite", f"sqlite:///{folder / 'desk.db'}")


def test_a_row_is_handed_on(tmp_path: Path) -> None:
    def run(place: Place, scale: Scale) -> Row:
        return Row("F99", place.database, {"rounds": scale.of(20, 2), "share": 0.5}, "2 rounds", True)

    row = suite.run(Fault("F99", "nothing happens", run), place(tmp_path), Scale(short=True))
    assert line("nothing happens", row) == "F99 nothing happens (sqlite): rounds 2, share 0.5; goal: 2 rounds: met"


def test_what_breaks_off_is_not_met_and_its_logs_are_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def run(place: Place, _: Scale) -> Row:
        (place.folder / "00-web.log").write_text("the last words")
        raise TimeoutError("it did\nnot come")

    row = suite.run(Fault("F99", "breaks off", run), place(tmp_path), Scale())
    assert row.met is False
    assert row.counted == {"broke off": "TimeoutError: it did not come"}
    assert "the last words" in capsys.readouterr().err
    assert table([("breaks off", row)]).endswith("NOT MET")


def test_what_cannot_run_says_why_and_does_not_count(tmp_path: Path) -> None:
    def run(place: Place, scale: Scale) -> Row:
        raise CannotRun("only root may")

    row = suite.run(Fault("F99", "for root", run), place(tmp_path), Scale())
    assert (row.met, row.goal) == (None, "cannot run here: only root may")


def test_an_unknown_fault_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert runner.main(["F0"]) == runner.WRONG_USAGE
    assert "There is no fault F0" in capsys.readouterr().err


def test_a_folder_is_fresh_and_gone_afterwards() -> None:
    with suite.fresh_place("F99", "sqlite", None) as made:
        assert not list(made.folder.iterdir())
        (made.folder / "left").touch()
    assert not made.folder.exists()
