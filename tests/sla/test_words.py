"""Lengths of time in words."""

import pytest

from app.sla import words
from app.sla.model import METRICS


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 s"), (45, "45 s"), (900, "15 min"), (14_400, "4 h"), (5_400, "1 h 30 min"), (-900, "-15 min"), (3_599, "1 h")],
)
def test_durations(seconds: float, text: str) -> None:
    assert words.duration(seconds) == text


def test_a_target_is_told_to_the_second() -> None:
    assert [words.exactly(seconds) for seconds in (450, 5_400, 30)] == ["7 min 30 s", "1 h 30 min", "30 s"]


def test_every_metric_has_a_name() -> None:
    assert set(words.NAMES) == set(METRICS)
