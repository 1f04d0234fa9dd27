"""When a person works: weekly windows on the wall clock of their own zone. Who has none is always on shift. Pure.

A window that ends at or before its beginning runs into the next day. The wall clock decides, so a shift of a night in which the
clocks change is an hour longer or shorter, as for the people who work it.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MOST_WINDOWS: Final = 6  # of one day: nobody's day has more breaks
_DAY_MINUTES: Final = 24 * 60
_WEEK_MINUTES: Final = 7 * _DAY_MINUTES
_PART: Final = re.compile(r"\s*([A-Za-z]+)(?:\s*-\s*([A-Za-z]+))?\s+(.+?)\s*")
_SPAN: Final = re.compile(r"(\d{1,2}):(\d\d)\s*-\s*(\d{1,2}):(\d\d)")
_LOOKED: Final = timedelta(days=8)  # a week, and a day for the change of the clocks

Span = tuple[int, int]
"""Minutes from the midnight that began the day; the end is greater than the beginning and may lie in the next day."""


@dataclass(frozen=True, slots=True)
class ShiftPlan:
    """A person's week: seven days from Monday, each with its windows in order, in the zone they live by."""

    zone: str
    week: tuple[tuple[Span, ...], ...]


def on_shift(plan: ShiftPlan | None, at: datetime) -> bool:
    """Whether the person works at this moment, by their plan; without one they always do."""
    if plan is None or not any(plan.week):
        return True
    local = at.astimezone(ZoneInfo(plan.zone))
    minute = local.weekday() * _DAY_MINUTES + local.hour * 60 + local.minute
    return any(
        opens <= place < closes
        for day, spans in enumerate(plan.week)
        for opens, closes in ((day * _DAY_MINUTES + a, day * _DAY_MINUTES + b) for a, b in spans)
        for place in (minute, minute + _WEEK_MINUTES)  # what runs from Sunday into Monday
    )


def next_change(plan: ShiftPlan | None, at: datetime) -> datetime | None:
    """When the shift that runs ends, or the next one begins; None without a plan, or where all the week is one shift."""
    if plan is None or not any(plan.week):
        return None
    now, zone = on_shift(plan, at), ZoneInfo(plan.zone)
    first = at.astimezone(zone).date() - timedelta(days=1)
    edges = sorted(
        datetime(day.year, day.month, day.day, tzinfo=zone).replace(hour=minute // 60 % 24, minute=minute % 60).astimezone(UTC)
        for number in range(_LOOKED.days + 2)
        for spans in [plan.week[(first + timedelta(days=number)).weekday()]]
        for span in spans
        for minute in span
        for day in [first + timedelta(days=number + minute // _DAY_MINUTES)]
    )
    return next((edge for edge in edges if edge > at and on_shift(plan, edge) != now), None)


def parse_week(text: str) -> tuple[tuple[Span, ...], ...] | str:
    """A week written like "Mon-Fri 09:00-12:30, 13:00-17:00; Sat 10:00-14:00", or a sentence that says what is not understood."""
    week: list[list[Span]] = [[] for _ in DAYS]
    for part in (p for p in re.split(r"[;\n]", text) if p.strip()):
        found = _PART.fullmatch(part)
        days = None if found is None else _days(found[1], found[2])
        if found is None or days is None:
            return f"{part.strip()[:40]!r} is not understood: write it like Mon-Fri 09:00-12:30, 13:00-17:00; Sat 10:00-14:00"
        for written in found[3].split(","):
            span = _span(written.strip())
            if span is None:
                return f"{written.strip()[:40]!r} is no time of a shift: write it like 09:00-17:00, or 22:00-06:00 for a night"
            for day in days:
                week[day].append(span)
    for name, spans in zip(DAYS, week, strict=True):
        spans.sort()
        if len(spans) > MOST_WINDOWS:
            return f"{name} has more than {MOST_WINDOWS} shifts"
        if any(later[0] < earlier[1] for earlier, later in pairwise(spans)):
            return f"two shifts of {name} overlap"
    return tuple(tuple(spans) for spans in week)


def week_text(week: tuple[tuple[Span, ...], ...]) -> str:
    """The week as ``parse_week`` reads it, with like days together."""
    parts, day = [], 0
    while day < len(week):
        last = day
        while last + 1 < len(week) and week[last + 1] == week[day]:
            last += 1
        if week[day]:
            days = DAYS[day] if last == day else f"{DAYS[day]}-{DAYS[last]}"
            parts.append(f"{days} {', '.join(f'{_clock(a)}-{_clock(b)}' for a, b in week[day])}")
        day = last + 1
    return "; ".join(parts)


def is_zone(name: str) -> bool:
    """Whether a zone of this name is known."""
    return name in available_timezones()


def _days(first: str, last: str | None) -> list[int] | None:
    known = [day.lower() for day in DAYS]
    ends = [word[:3].lower() for word in (first, last or first)]
    if any(end not in known for end in ends):
        return None
    a, b = known.index(ends[0]), known.index(ends[1])
    return [day % len(DAYS) for day in range(a, (b if b >= a else b + len(DAYS)) + 1)]


def _span(text: str) -> Span | None:
    found = _SPAN.fullmatch(text)
    if found is None:
        return None
    hours = (int(found[1]), int(found[3]))
    minutes = (int(found[2]), int(found[4]))
    opens, closes = (h * 60 + m for h, m in zip(hours, minutes, strict=True))
    if max(minutes) > 59 or opens >= _DAY_MINUTES or closes > _DAY_MINUTES:
        return None
    return opens, closes if closes > opens else closes + _DAY_MINUTES


def _clock(minute: int) -> str:
    hour = minute // 60 if minute <= _DAY_MINUTES else minute // 60 - 24
    return f"{hour:02d}:{minute % 60:02d}"
