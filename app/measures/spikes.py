"""Is the volume of the last five minutes out of the ordinary? A baseline, a z-score, and a memory of the spike it began.

The baseline is the mean of the buckets before; the spread is the larger of their standard deviation, the square root of
the mean (what chance alone gives counts) and 1. While a spike lasts its baseline is kept, so that a flood does not become
the new ordinary; it ends after quiet buckets in a row.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from math import sqrt
from statistics import fmean, pstdev
from typing import Final, Literal

BASELINE_BUCKETS: Final = 24  # two hours: long enough to be steady, short enough to follow the day
MIN_BASELINE_BUCKETS: Final = 6  # half an hour must have been seen before anything can be unusual
START_Z: Final = 4.0
END_Z: Final = 2.0  # lower than the start, so that a volume at the edge does not flap
MIN_COUNT: Final = 10  # fewer than this in five minutes is nobody's flood
QUIET_BUCKETS: Final = 2
LONGEST_BUCKETS: Final = 288  # a day: what lasts longer is the new ordinary


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
    """What one finished bucket showed. ``z`` and ``baseline`` are None while there is too little history to judge."""

    change: Literal["started", "ended"] | None
    spike: Spike | None
    z: float | None
    baseline: float | None


def judge(before: Sequence[int], count: int, at: datetime, spike: Spike | None = None) -> Verdict:
    """Judge the finished bucket that began ``at`` and held ``count``.

    ``before`` are the counts of the buckets before it, oldest first, empty buckets as 0; of them the last
    ``BASELINE_BUCKETS`` are used. ``spike`` is the one going on; the verdict of ``ended`` still carries it in ``spike``.
    """
    if spike is not None:
        return _going_on(count, spike)
    if len(before) < MIN_BASELINE_BUCKETS:
        return Verdict(None, None, None, None)
    recent = before[-BASELINE_BUCKETS:]
    baseline = fmean(recent)
    spread = max(pstdev(recent), sqrt(baseline), 1.0)
    z = (count - baseline) / spread
    if z >= START_Z and count >= MIN_COUNT:
        return Verdict("started", Spike(at, baseline, spread, count), z, baseline)
    return Verdict(None, None, z, baseline)


def _going_on(count: int, spike: Spike) -> Verdict:
    z = (count - spike.baseline) / spike.spread
    quiet = spike.quiet + 1 if z < END_Z else 0
    later = Spike(spike.since, spike.baseline, spike.spread, max(spike.peak, count), spike.buckets + 1, quiet)
    over = quiet >= QUIET_BUCKETS or later.buckets >= LONGEST_BUCKETS
    return Verdict("ended" if over else None, later, z, spike.baseline)
