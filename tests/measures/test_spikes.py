"""Spikes: what starts one, what does not, and that a flood does not become the ordinary."""

from datetime import timedelta

import pytest

from app.measures import spikes
from app.measures.spikes import Spike
from tests.measures.answers import NOON


@pytest.mark.parametrize(
    ("before", "count", "change"),
    [
        ([5] * 24, 40, "started"),
        ([5] * 24, 12, None),  # chance alone gives such counts
        ([0] * 24, 9, None),  # too few to be a flood
        ([0] * 24, 10, "started"),
        ([5] * 5, 400, None),  # too little seen to know what is usual
        ([], 400, None),
        ([100] * 24, 130, None),
        ([100] * 24, 145, "started"),
        ([0, 60] * 12, 100, None),  # an uneven desk has a wide spread
        ([0, 0, 30] * 8, 33, None),  # fetched in gulps
        ([0] * 36 + [20] * 12, 20, None),  # the desk opens, as it did a day ago
        ([5] * 44 + [900] * 4, 40, "started"),  # a short flood among them hides no other
    ],
)
def test_when_a_spike_starts(before: list[int], count: int, change: str | None) -> None:
    assert spikes.judge(before, count, NOON).change == change


def run(counts: list[int]) -> list[tuple[int, str]]:
    spike: Spike | None = None
    changes: list[tuple[int, str]] = []
    for place, count in enumerate(counts):
        verdict = spikes.judge(counts[max(place - 24, 0) : place], count, NOON + place * timedelta(minutes=5), spike)
        if verdict.change:
            changes.append((place, verdict.change))
        spike = None if verdict.change == "ended" else verdict.spike
    return changes


def test_a_flood_starts_once_and_ends_after_two_quiet_buckets() -> None:
    assert run([5] * 24 + [50, 60, 55, 6, 50, 5, 6, 5]) == [(24, "started"), (30, "ended")]


def test_a_long_flood_does_not_become_its_own_baseline() -> None:
    assert run([5] * 24 + [50] * 60 + [5, 5]) == [(24, "started"), (85, "ended")]


def test_after_a_day_it_is_the_new_ordinary() -> None:
    assert run([5] * 24 + [50] * 400) == [(24, "started"), (24 + spikes.LONGEST_BUCKETS - 1, "ended")]


def test_the_spike_remembers_its_peak() -> None:
    started = spikes.judge([5] * 24, 50, NOON)
    later = spikes.judge([], 80, NOON, started.spike)
    assert later.spike is not None
    assert (later.spike.peak, later.spike.since, later.spike.buckets) == (80, NOON, 2)


def test_a_bucket_that_still_fills_starts_a_spike_and_is_judged_again_when_it_is_full() -> None:
    begun = spikes.judge_filling([5] * 24, 40, NOON)
    assert begun.change == "started"
    assert spikes.judge_filling([5] * 24, 9, NOON).spike is None
    full = spikes.judge([5] * 24, 70, NOON, begun.spike).spike
    assert full is not None
    assert (full.since, full.peak, full.buckets) == (NOON, 70, 1)
