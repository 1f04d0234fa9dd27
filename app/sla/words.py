"""A deadline's arithmetic in words, so that nobody has to guess why it falls where it falls."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from app.sla import calendar as business
from app.sla import clock as clocks
from app.sla.model import WALL, Calendar, Clock

_NEAR = timedelta(days=6)  # within this the weekday alone cannot be mistaken


def duration(seconds: float) -> str:
    """Whole words for a length of time, e.g. ``15 min``, ``4 h``, ``1 h 30 min``; seconds only below a minute."""
    if abs(seconds) < 60:
        return f"{round(seconds)} s"
    minutes = round(abs(seconds) / 60)
    hours, minutes = divmod(minutes, 60)
    text = " ".join(f"{n} {unit}" for n, unit in ((hours, "h"), (minutes, "min")) if n)
    return f"-{text}" if seconds < 0 else text


def deadline(clock: Clock, calendar: Calendar, at: datetime, zone: str | None = None) -> str:
    """The sentence: ``15 min in business hours from Fri 16:50 → Mon 09:05``.

    Pauses that were credited and days the calendar loses to a holiday are named. Times are shown in ``zone``, or
    else in the calendar's (the wall calendar's is UTC). ``at`` is the present, for a pause that still lasts.
    """
    first, shown = clock.started_at, ZoneInfo(zone or calendar.zone)
    parts = [f"{duration(clock.target_seconds)}{_kind(calendar)} from {_moment(first, first, shown)}"]
    paused = clocks.paused_wall_seconds(clock, at)
    if paused >= 1:
        why = ", ".join(dict.fromkeys(i.why for i in clock.intervals if i.kind == "paused"))
        parts.append(f"paused {duration(paused)} ({why})")
    when = clock.due_at
    lost = business.closed_days(calendar, first, when or at)
    if lost:
        parts.append("closed or short on " + ", ".join(f"{day:%d %b}{f' ({name})' if name else ''}" for day, name in lost))
    sentence = ", ".join(parts)
    if when is None:
        return f"{sentence} → {duration(clocks.remaining(clock, calendar, at))} left when it runs again"
    return f"{sentence} → {_moment(when, first, shown)}"


def _kind(calendar: Calendar) -> str:
    if calendar.name == WALL or calendar.always_open:
        return ""
    return " in business hours" if calendar.name == "business" else f" in {calendar.name} hours"


def _moment(at: datetime, seen_from: datetime, shown: ZoneInfo) -> str:
    local = at.astimezone(shown)
    return f"{local:%a %H:%M}" if at - seen_from < _NEAR else f"{local:%a %d %b %Y %H:%M}"
