"""A deadline's arithmetic in words, so that nobody has to guess why it falls where it falls. Pure.

``15 min on the calendar business (Europe/Berlin: Thu 07:00-23:00). Ran Thu 12:00-12:04 (4 min). Paused 12:04-12:20: waiting on the
customer. Runs since 12:20 with 11 min left: due 12:31.``
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import Final
from zoneinfo import ZoneInfo

from app.sla import calendar as business
from app.sla import clock as clocks
from app.sla.model import DAY_MINUTES, WALL, Calendar, Clock, Interval, Window
from app.sla.words import duration

_DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_NEAR: Final = timedelta(days=6)  # within this the weekday alone cannot be mistaken
_TOLD: Final = 6  # stretches told one by one, the latest; what lies before is added up


def arithmetic(clock: Clock, calendar: Calendar, at: datetime, zone: str | None = None) -> str:
    """The sentences. Times are shown in ``zone``, or else in the calendar's; ``at`` is the present, for what still lasts."""
    say = _Teller(clock, calendar, at, ZoneInfo(zone or calendar.zone))
    return " ".join([say.target(), *say.stretches(), say.end()])


class _Teller:
    """Tells one clock's story; each moment is told with its day only where the day is another than the last one told."""

    def __init__(self, clock: Clock, calendar: Calendar, at: datetime, shown: ZoneInfo) -> None:
        self.clock, self.calendar, self.at, self.shown = clock, calendar, at, shown
        self.day = ""

    def target(self) -> str:
        """How long it may take, on which hours, and the days among them that are shorter."""
        clock, calendar = self.clock, self.calendar
        until = clock.due_at or clock.stopped_at or self.at
        seen = until if clock.stopped else max(until, self.at)
        parts = [f"{duration(clock.target_seconds)} {_on(calendar, clock.started_at, seen, self.shown.key)}"]
        lost = business.closed_days(calendar, clock.started_at, until)
        if lost:
            parts.append("closed or short on " + ", ".join(f"{day:%d %b}{f' ({name})' if name else ''}" for day, name in lost))
        return "; ".join(parts) + "."

    def stretches(self) -> list[str]:
        """What ran and what was paused, from the oldest."""
        spans = _joined(self.clock.intervals)
        ended = [span for span in spans if span.end is not None]
        early, told = ended[:-_TOLD], ended[-_TOLD:]
        said = []
        if early:
            counted = sum(self._counted(span) for span in early)
            said.append(f"Before {self._moment(told[0].start)}: {duration(counted)} counted in {len(early)} stretches.")
        for span in told:
            if span.end is None:
                continue
            when = f"{self._moment(span.start)}-{self._moment(span.end)}"
            said.append(f"Ran {when} ({duration(self._counted(span))})." if span.kind == "running" else f"Paused {when}: {span.why}.")
        return said

    def end(self) -> str:
        """Where that leaves it: due, missed, met, or with so much time left."""
        clock, last = self.clock, self.clock.intervals[-1]
        if clock.stopped_at is not None:
            counted = duration(clocks.elapsed(clock, self.calendar, clock.stopped_at))
            stopped = f"stopped {self._moment(clock.stopped_at)} ({clock.stopped_why})"
            missed = f"Missed {self._moment(clock.breached_at)}; {stopped}" if clock.breached_at else stopped.capitalize()
            return f"{missed} after {counted}."
        since = f"{'Runs' if last.kind == 'running' else 'Paused'} since {self._moment(last.start)}"
        why = f" ({last.why})" if last.kind == "paused" else ""
        if clock.breached_at is not None:
            return f"{since}{why}: missed {self._moment(clock.breached_at)}."
        left = duration(clocks.remaining(clock, self.calendar, last.start))
        if clock.due_at is None:
            return f"{since}{why}: {left} left when it runs again."
        return f"{since} with {left} left: due {self._moment(clock.due_at)}."

    def _counted(self, span: Interval) -> float:
        ran = span.kind == "running" and span.end is not None
        return business.elapsed(self.calendar, span.start, span.end) if ran and span.end else 0.0

    def _moment(self, at: datetime) -> str:
        local = at.astimezone(self.shown)
        day = f"{local:%a}" if abs(at - self.clock.started_at) < _NEAR else f"{local:%a %d %b %Y}"
        time = f"{local:%H:%M:%S}" if local.second and self.clock.target_seconds < 600 else f"{local:%H:%M}"
        day, self.day = ("" if day == self.day else f"{day} "), day
        return day + time


def _joined(intervals: Sequence[Interval]) -> list[Interval]:
    """The intervals without those that lasted no time, as when two things happened at once."""
    return [i for i in intervals if i.end is None or i.end > i.start]


def _on(calendar: Calendar, a: datetime, b: datetime, shown: str) -> str:
    """The calendar with its hours on the weekdays from ``a`` to ``b``; ``shown`` is the zone that the moments are told in."""
    if calendar.name == WALL or calendar.always_open:
        return f"of wall time ({shown})"
    zone = ZoneInfo(calendar.zone)
    first, last = a.astimezone(zone).date(), b.astimezone(zone).date()
    span = min((last - first).days + 1, 7)
    days = sorted({(first.weekday() + n) % 7 for n in range(span)})
    told = "" if shown == calendar.zone else f"; times here are {shown}"
    return f"on the calendar {calendar.name} ({calendar.zone}: {hours_of(calendar, days)}{told})"


def hours_of(calendar: Calendar, days: Iterable[int]) -> str:
    """The hours of these weekdays, 0 is Monday: ``Mon-Fri 07:00-23:00, Sun closed``. Neighbours with the same hours are one."""
    said = []
    for (windows, _), run in groupby(enumerate(days), key=lambda pair: (calendar.week[pair[1]], pair[1] - pair[0])):
        numbers = [day for _, day in run]
        name = _DAYS[numbers[0]] if len(numbers) == 1 else f"{_DAYS[numbers[0]]}-{_DAYS[numbers[-1]]}"
        said.append(f"{name} {_windows(windows)}")
    return ", ".join(said)


def _windows(windows: tuple[Window, ...]) -> str:
    return " and ".join(f"{_clock(w.opens)}-{_clock(w.closes)}" for w in windows) or "closed"


def _clock(minutes: int) -> str:
    return "24:00" if minutes == DAY_MINUTES else f"{minutes // 60 % 24:02}:{minutes % 60:02}"
