"""Percentiles by one method everywhere: linear interpolation between the two nearest values.

It is the method of numpy's default, of PostgreSQL's percentile_cont and of spreadsheets' PERCENTILE.INC (type 7 in
Hyndman and Fan, Sample Quantiles in Statistical Packages, 1996), so a figure can be checked with any of them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Spread:
    """Where many values lie; all but ``count`` are None when there are none."""

    count: int
    median: float | None
    p90: float | None
    p99: float | None


def of(values: Iterable[float]) -> Spread:
    """Count, median, 90th and 99th percentile."""
    ordered = sorted(values)
    if not ordered:
        return Spread(0, None, None, None)
    return Spread(len(ordered), at(ordered, 0.5), at(ordered, 0.9), at(ordered, 0.99))


def at(ordered: Sequence[float], share: float) -> float:
    """The value below which ``share`` (0..1) of the ascending values lie. Raises ValueError without values."""
    if not ordered:
        raise ValueError("no values, no percentile")
    if not 0 <= share <= 1:
        raise ValueError("a share lies between 0 and 1")
    place = share * (len(ordered) - 1)
    below = int(place)
    if below + 1 == len(ordered):
        return ordered[below]
    return ordered[below] + (ordered[below + 1] - ordered[below]) * (place - below)
