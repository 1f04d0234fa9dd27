"""Do mentions arrive much faster than usual? A baseline of the desk's own counts, a distance from it, and a memory of the spike it began.

Usual is the median of the counts before; the spread is the largest of how far their busiest tenth stands above it (in standard deviations
of a normal distribution), the square root of usual (what chance alone gives counts) and 1. So a short flood an hour ago does not hide the
next one, and a network that is fetched in gulps is no spike. While a spike lasts its baseline is kept: a flood does not become the new
ordinary.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from math import sqrt
from typing import Final, Literal

from app.measures.percentiles import at as percentile

MIN_BASELINE_BUCKETS: Final = 6  # half an hour must have been seen before anything can be unusual
START_Z: Final = 4.0
END_Z: Final = 2.0  # lower than the start, so that a volume at the edge does not flap
MIN_COUNT: Final = 10  # fewer than this in five minutes is nobody's flood
QUIET_BUCKETS: Final = 2
LONGEST_BUCKETS: Final = 288  # a day: what lasts longer is the new ordinary
_BUSY_SHARE: Final = 0.9
_BUSY_Z: Final = 1.2816  # where nine tenths of a normal distribution lie below


@dataclass(frozen=True, slots=True)
class Spike:
    """A spike that is going on. ``buckets`` it has lasted, ``quiet`` of them at the end in a row, ``peak`` the highest count."""

    since: datetime
    baseline: float
    spread: float
    peak: int
    buckets: int = 1
    quiet: int = 0


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one bucket showed. ``z`` and ``baseline`` are None while there is too little history to judge."""

    change: Literal["started", "ended"] | None
    spike: Spike | None
    z: float | None
    baseline: float | None


def judge(before: Sequence[int], count: int, at: datetime, spike: Spike | None = None) -> Verdict:
    """Judge the finished bucket that began ``at`` and held ``count``.

    ``before`` are the counts of the buckets it is measured against, in any order, empty ones as 0. ``spike`` is the one going on; the
    verdict of ``ended`` still carries it in ``spike``.
    """
    if spike is not None:
        return _going_on(count, spike)
    if len(before) < MIN_BASELINE_BUCKETS:
        return Verdict(None, None, None, None)
    ordered = sorted(before)
    usual = percentile(ordered, 0.5)
    spread = max((percentile(ordered, _BUSY_SHARE) - usual) / _BUSY_Z, sqrt(usual), 1.0)
    z = (count - usual) / spread
    if z >= START_Z and count >= MIN_COUNT:
        return Verdict("started", Spike(at, usual, spread, count), z, usual)
    return Verdict(None, None, z, usual)


def judge_filling(before: Sequence[int], count: int, at: datetime) -> Verdict:
    """Judge the bucket that began ``at`` and is still filling: a count only grows, so that a spike is known before its five minutes are
    over. The same bucket is judged again as its first when it is finished."""
    verdict = judge(before, count, at)
    if verdict.spike is None:
        return verdict
    begun = Spike(at, verdict.spike.baseline, verdict.spike.spread, count, buckets=0)
    return Verdict(verdict.change, begun, verdict.z, verdict.baseline)


def _going_on(count: int, spike: Spike) -> Verdict:
    z = (count - spike.baseline) / spike.spread
    quiet = spike.quiet + 1 if z < END_Z else 0
    later = Spike(spike.since, spike.baseline, spike.spread, max(spike.peak, count), spike.buckets + 1, quiet)
    over = quiet >= QUIET_BUCKETS or later.buckets >= LONGEST_BUCKETS
    return Verdict("ended" if over else None, later, z, spike.baseline)
