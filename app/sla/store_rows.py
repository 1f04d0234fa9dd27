"""Clocks to rows and back, column by column."""

from collections.abc import Iterable
from typing import Any, Final

from app.core.clock import parse_rfc3339
from app.core.ids import CaseId, ClockId, MatterId
from app.sla.model import Clock, Interval

NAMES: Final = (
    "id", "case_id", "metric", "cycle", "target_id", "target_seconds", "warn_fraction", "calendar", "started_at", "due_at", "warn_at",
    "state", "stopped_at", "stopped_why", "breached_at", "warned_at", "elapsed_seconds", "intervals", "levels_version", "matter_id",
)  # fmt: skip
"""The columns in the order of ``row_of``."""


def row_of(clock: Clock, counted: float) -> tuple[Any, ...]:
    """The values of the clock's row; ``counted`` are the seconds it has counted."""
    return (
        clock.id, clock.case_id, clock.metric, clock.cycle, clock.target_id, clock.target_seconds, clock.warn_fraction, clock.calendar,
        clock.started_at, clock.due_at, clock.warn_at, clock.state, clock.stopped_at, clock.stopped_why, clock.breached_at,
        clock.warned_at, counted, _stored(clock.intervals), clock.levels_version, clock.matter_id,
    )  # fmt: skip


def _stored(intervals: Iterable[Interval]) -> list[list[str | None]]:
    # Full microseconds, not the API's milliseconds: the arithmetic must come out the same after a round trip.
    return [[i.start.isoformat(), i.end.isoformat() if i.end else None, i.kind, i.why] for i in intervals]


def clock_of(row: Any) -> Clock:
    """The clock in a row."""
    intervals = tuple(
        Interval(parse_rfc3339(start), parse_rfc3339(end) if end else None, kind, why) for start, end, kind, why in row.intervals
    )
    return Clock(
        id=ClockId(row.id),
        case_id=CaseId(row.case_id),
        metric=row.metric,
        cycle=row.cycle,
        target_id=row.target_id,
        target_seconds=row.target_seconds,
        warn_fraction=row.warn_fraction,
        calendar=row.calendar,
        started_at=row.started_at,
        intervals=intervals,
        state=row.state,
        due_at=row.due_at,
        warn_at=row.warn_at,
        levels_version=row.levels_version,
        stopped_at=row.stopped_at,
        stopped_why=row.stopped_why,
        breached_at=row.breached_at,
        warned_at=row.warned_at,
        matter_id=MatterId(row.matter_id) if row.matter_id else None,
    )
