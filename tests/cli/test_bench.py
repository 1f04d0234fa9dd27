"""The benchmark suite is found where it is, and missed in one sentence where it is not."""

import pytest

from app.cli import bench
from tests.cli.conftest import Earshot


def test_without_a_suite_it_says_where_one_is(bare: Earshot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench, "SUITES", ("no_such_suite", "tests.house"))
    ran = bare("bench", "--json", "out.json")
    assert (ran.code, ran.out) == (1, "")
    assert "not installed" in ran.err
