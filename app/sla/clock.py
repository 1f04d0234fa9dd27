"""The moves of one clock and what it says at a moment. Pure: a clock goes in, the clock after the move comes out.

Time counts in the running intervals only, on the clock's calendar. ``due`` is the first moment that is too late: an answer
before it is in time, one at it is not. A breach is dated to the due moment, however late it is noticed.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from app.core.ids import CaseId, ClockId, MatterId
from app.sla import calendar as business
from app.sla.model import Calendar, Clock, Interval, IntervalKind, ServiceLevels, Target


def start(
    clock_id: ClockId,
    case_id: CaseId,
    cycle: int,
    target: Target,
    levels: ServiceLevels,
    at: datetime,
    why: str = "started",
    matter_id: MatterId | None = None,
) -> Clock:
    """A new clock that runs from ``at``."""
    calendar = levels.calendar(target.calendar)
    return Clock(
        id=clock_id,
        case_id=case_id,
        metric=target.metric,
        cycle=cycle,
        target_id=target.id,
        target_seconds=target.seconds,
        warn_fraction=target.warn_at,
        calendar=target.calendar,
        started_at=at,
        intervals=(Interval(at, None, "running", why),),
        state="running",
        due_at=business.add(calendar, at, target.seconds),
        warn_at=business.add(calendar, at, target.seconds * target.warn_at),
        levels_version=levels.version,
        matter_id=matter_id,
    )


def pause(clock: Clock, calendar: Calendar, at: datetime, why: str) -> Clock:
    """Stop counting. A clock whose time was already up is breached by this; a paused or stopped one is unchanged."""
    if not clock.ticking:
        return clock
    clock = breach(clock, calendar, at)
    return _dated(replace(_turned(clock, "paused", at, why), state="breached" if clock.breached_at else "paused"), calendar)


def resume(clock: Clock, calendar: Calendar, at: datetime, why: str) -> Clock:
    """Count on with the time that was left; a running or stopped clock is unchanged."""
    if clock.stopped or clock.ticking:
        return clock
    return _dated(replace(_turned(clock, "running", at, why), state="breached" if clock.breached_at else "running"), calendar)


def because(clock: Clock, at: datetime, why: str) -> Clock:
    """Pause on for another reason; a running or stopped clock, and one that is paused for this reason already, is unchanged."""
    if clock.stopped or clock.ticking or clock.intervals[-1].why == why:
        return clock
    return _turned(clock, "paused", at, why)


def stop(clock: Clock, calendar: Calendar, at: datetime, why: str = "answered") -> Clock:
    """End it for good: met when before due, breached when not. A stopped clock is unchanged."""
    if clock.stopped:
        return clock
    clock = breach(clock, calendar, at)
    last = clock.intervals[-1]
    at = max(at, last.start)
    intervals = (*clock.intervals[:-1], replace(last, end=at))
    return replace(clock, intervals=intervals, state="breached" if clock.breached_at else "met", stopped_at=at, stopped_why=why)


def breach(clock: Clock, calendar: Calendar, at: datetime) -> Clock:
    """Mark the breach when its time is up by ``at``; the second time changes nothing."""
    when = due(clock, calendar)
    if clock.stopped or clock.breached_at or when is None or at < when:
        return clock
    return replace(clock, state="breached", breached_at=when, due_at=when)


def retarget(clock: Clock, target: Target, levels: ServiceLevels) -> Clock:
    """The same intervals under another target or calendar; its warning may come again. Stopped or breached: unchanged."""
    if clock.stopped or clock.breached_at:
        return clock
    changed = replace(
        clock,
        target_id=target.id,
        target_seconds=target.seconds,
        warn_fraction=target.warn_at,
        calendar=target.calendar,
        levels_version=levels.version,
    )
    changed = _dated(changed, levels.calendar(target.calendar))
    return changed if changed.warn_at == clock.warn_at else replace(changed, warned_at=None)


def due(clock: Clock, calendar: Calendar) -> datetime | None:
    """When its time is up; None while it is paused with time left."""
    return _reaches(clock, calendar, clock.target_seconds)


def warn(clock: Clock, calendar: Calendar) -> datetime | None:
    """When people should be warned; None while it is paused before that."""
    return _reaches(clock, calendar, clock.target_seconds * clock.warn_fraction)


def elapsed(clock: Clock, calendar: Calendar, at: datetime) -> float:
    """Seconds counted by ``at``."""
    return sum(business.elapsed(calendar, i.start, at if i.end is None else min(i.end, at)) for i in _running(clock))


def remaining(clock: Clock, calendar: Calendar, at: datetime) -> float:
    """Seconds left at ``at``, negative when overdue."""
    return clock.target_seconds - elapsed(clock, calendar, at)


def _running(clock: Clock) -> Iterator[Interval]:
    return (i for i in clock.intervals if i.kind == "running")


def _reaches(clock: Clock, calendar: Calendar, seconds: float) -> datetime | None:
    """When the counted time reaches ``seconds``: inside the interval that gets there, or ahead of the open one."""
    left = seconds
    for interval in _running(clock):
        if interval.end is None:
            return business.add(calendar, interval.start, left)
        counted = business.elapsed(calendar, interval.start, interval.end)
        if counted >= left:
            return business.add(calendar, interval.start, left)
        left -= counted
    return None


def _turned(clock: Clock, kind: IntervalKind, at: datetime, why: str) -> Clock:
    """Close the open interval and begin another; never before the open one began, whatever the machine's clock did."""
    last = clock.intervals[-1]
    at = max(at, last.start)
    return replace(clock, intervals=(*clock.intervals[:-1], replace(last, end=at), Interval(at, None, kind, why)))


def _dated(clock: Clock, calendar: Calendar) -> Clock:
    """With ``due_at`` and ``warn_at`` worked out from the intervals; a breach keeps the date it was given."""
    if clock.breached_at:
        return clock
    return replace(clock, due_at=due(clock, calendar), warn_at=warn(clock, calendar))
