"""Business time, exactly: how much of it lies between two moments, and when so much of it will have passed.

Between two changes of the zone's offset the wall clock runs evenly, so open time there is plain arithmetic: whole weeks,
plus what is left, less the holidays. The work therefore grows with the offset changes and years spanned (a few hundred
for a century), never with the days. Outside 1970-2100 the offset of the nearer bound is kept and there are no public
holidays, which bounds the work for any date a text may carry.
"""

from bisect import bisect_right
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import accumulate
from typing import Final
from zoneinfo import ZoneInfo

from app.sla import public_holidays
from app.sla.model import Calendar, Window

FIRST_YEAR: Final = 1970
LAST_YEAR: Final = 2100

# All sums are whole microseconds since 0001-01-01, which was a Monday: exact, and the weekday is a remainder.
_START: Final = datetime(1, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_SECOND: Final = 1_000_000
_MINUTE: Final = 60 * _SECOND
_DAY: Final = 86_400 * _SECOND
_WEEK: Final = 7 * _DAY
_FIRST: Final = (datetime(FIRST_YEAR, 1, 1, tzinfo=UTC) - _START) // _MICROSECOND
_END: Final = (datetime(9999, 12, 1, tzinfo=UTC) - _START) // _MICROSECOND

_Span = tuple[int, int]


def elapsed(calendar: Calendar, a: datetime, b: datetime) -> float:
    """Open seconds from ``a`` to ``b``; 0 when ``b`` is not after ``a``."""
    if b <= a:
        return 0.0
    if calendar.always_open:
        return (b - a).total_seconds()
    return _open_between(calendar, _micros(a), _micros(b)) / _SECOND


def add(calendar: Calendar, at: datetime, seconds: float) -> datetime:
    """The first moment at which ``seconds`` of open time have passed since ``at``; ``at`` itself for 0.

    A target that is spent exactly at closing time is due at closing, not at the next opening. Raises OverflowError when
    that lies past the year 9999.
    """
    if seconds <= 0:
        return at.astimezone(UTC)
    if calendar.always_open:
        return (at + timedelta(seconds=seconds)).astimezone(UTC)
    left = round(seconds * _SECOND)
    start = _micros(at)
    near = _spent(calendar, start, left)  # nearly every target is a matter of hours
    if near is not None:
        return near
    # Leap over weeks first (doubling, then halving), so that the windows are walked for no more than one of them.
    leap = _WEEK
    while start + leap < _END and (gone := _open_between(calendar, start, start + leap)) < left:
        start, left, leap = start + leap, left - gone, leap * 2
    while leap > _WEEK:
        leap //= 2
        if (gone := _open_between(calendar, start, start + leap)) < left:
            start, left = start + leap, left - gone
    found = _spent(calendar, start, left)
    if found is None:
        raise OverflowError("the moment lies past the year 9999")
    return found


def _spent(calendar: Calendar, start: int, left: int) -> datetime | None:
    """The moment at which ``left`` microseconds of open time have passed since ``start``; None when it lies further than a week."""
    for opens, closes in _ahead(calendar, start // _DAY):
        if closes > start:
            opens = max(opens, start)
            if closes - opens >= left:
                return _moment(opens + left)
            left -= closes - opens
    return None


def is_open(calendar: Calendar, at: datetime) -> bool:
    """Whether business time is running at ``at``."""
    instant = _micros(at)
    return calendar.always_open or any(opens <= instant for opens, _ in _pieces(calendar, instant, instant + 1))


def open_spans(calendar: Calendar, a: datetime, b: datetime) -> Iterator[tuple[datetime, datetime]]:
    """The open stretches between ``a`` and ``b`` in order, cut at both ends. Meant for days or weeks: it walks them."""
    for opens, closes in _pieces(calendar, _micros(a), _micros(b)):
        yield _moment(opens), _moment(closes)


def closed_days(calendar: Calendar, a: datetime, b: datetime) -> tuple[tuple[date, str], ...]:
    """Local days from ``a`` to ``b`` that lose a window to a holiday or an own day, with its name ("" for an own day)."""
    zone = ZoneInfo(calendar.zone)
    first, last = a.astimezone(zone).date(), b.astimezone(zone).date()
    years = range(max(first.year, FIRST_YEAR), min(last.year, LAST_YEAR) + 1)
    found = (
        (day, name)
        for year in years
        for day, (name, windows) in _special_days(calendar, year).items()
        if windows != _week_windows(calendar, day)
    )
    return tuple(sorted((day, name) for day, name in found if first <= day <= last))


def _micros(at: datetime) -> int:
    return (at - _START) // _MICROSECOND


def _moment(micros: int) -> datetime:
    return _START + timedelta(microseconds=micros)


def _open_between(calendar: Calendar, a: int, b: int) -> int:
    return sum(_open_local(calendar, s + offset, e + offset) for s, e, offset in _even_stretches(calendar.zone, a, b))


def _open_local(calendar: Calendar, a: int, b: int) -> int:
    """Open microseconds between two readings of an even wall clock."""
    total = _week_sum(calendar, b) - _week_sum(calendar, a)
    # The night that began on the last evening of a year belongs to that year, hence one day of looking back.
    for year in range(max(_year_of(a - _DAY), FIRST_YEAR), min(_year_of(b), LAST_YEAR) + 1):
        taken, given = _corrections(calendar, year)
        total += _within(given, a, b) - _within(taken, a, b)
    return total


def _year_of(local: int) -> int:
    return _day(local // _DAY).year


def _day(number: int) -> date:
    """The date so many days after 0001-01-01, kept within what a date can say."""
    return date.fromordinal(min(max(number + 1, 1), date.max.toordinal()))


# --- the zone -----------------------------------------------------------------------------------------------------------


def _even_stretches(zone: str, a: int, b: int) -> Iterator[tuple[int, int, int]]:
    """(start, end, offset) from a to b, both in UTC, with one offset each."""
    first = min(max(_year_of(a), FIRST_YEAR), LAST_YEAR)
    at, offset = a, _offset_before(zone, first)
    for year in range(first, min(_year_of(b), LAST_YEAR) + 1):
        for change, after in _changes(zone, year):
            if change <= a:
                offset = after
            elif change < b:
                yield at, change, offset
                at, offset = change, after
    yield at, b, offset


@lru_cache(maxsize=4096)
def _changes(zone: str, year: int) -> tuple[_Span, ...]:
    """When the zone's offset changes in a UTC year, and to what; found day by day, then by halving."""
    start, end = _micros(datetime(year, 1, 1, tzinfo=UTC)), _micros(datetime(year + 1, 1, 1, tzinfo=UTC))
    found = []
    before = _offset(zone, start - 1)
    for day in range(start - 1, end - 1, _DAY):
        after = _offset(zone, day + _DAY)
        if after != before:
            low, high = day, day + _DAY
            while high - low > 1:
                middle = (low + high) // 2
                low, high = (middle, high) if _offset(zone, middle) == before else (low, middle)
            found.append((high, after))
        before = after
    return tuple(found)


@lru_cache(maxsize=4096)
def _offset_before(zone: str, year: int) -> int:
    """The offset with which a UTC year begins, before any change at its very start."""
    return _offset(zone, max(_micros(datetime(year, 1, 1, tzinfo=UTC)) - 1, _FIRST))


def _offset(zone: str, instant: int) -> int:
    return (_moment(instant).astimezone(ZoneInfo(zone)).utcoffset() or timedelta()) // _MICROSECOND


# --- the week -----------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=64)
def _week_table(calendar: Calendar) -> tuple[tuple[_Span, ...], tuple[int, ...]]:
    """The windows of one week from Monday 00:00, cut at its end and sorted, with running sums of their lengths."""
    spans = []
    for number, windows in enumerate(calendar.week):
        for window in windows:
            opens, closes = number * _DAY + window.opens * _MINUTE, number * _DAY + window.closes * _MINUTE
            spans.append((opens, min(closes, _WEEK)))
            if closes > _WEEK:
                spans.append((0, closes - _WEEK))
    return _summed(spans)


def _week_sum(calendar: Calendar, local: int) -> int:
    """Open microseconds of plain weeks from the beginning of all time to ``local``."""
    table = _week_table(calendar)
    weeks, rest = divmod(local, _WEEK)
    return weeks * table[1][-1] + _sum_before(table, rest)


def _week_windows(calendar: Calendar, day: date) -> tuple[Window, ...]:
    return calendar.week[day.weekday()]


def _summed(spans: list[_Span]) -> tuple[tuple[_Span, ...], tuple[int, ...]]:
    ordered = tuple(sorted(spans))
    return ordered, tuple(accumulate((closes - opens for opens, closes in ordered), initial=0))


def _sum_before(table: tuple[tuple[_Span, ...], tuple[int, ...]], at: int) -> int:
    spans, sums = table
    place = bisect_right(spans, (at, at))
    if place == 0:
        return 0
    opens, closes = spans[place - 1]
    return sums[place - 1] + min(at, closes) - opens


def _within(table: tuple[tuple[_Span, ...], tuple[int, ...]], a: int, b: int) -> int:
    return _sum_before(table, b) - _sum_before(table, a) if table[0] else 0


# --- holidays and own days ----------------------------------------------------------------------------------------------


@lru_cache(maxsize=1024)
def _special_days(calendar: Calendar, year: int) -> dict[date, tuple[str, tuple[Window, ...]]]:
    """The days of a year that do not follow the week: name and windows."""
    days: dict[date, tuple[str, tuple[Window, ...]]] = {}
    if calendar.country:
        public = public_holidays.of_year(calendar.country, calendar.subdivision, year)
        days = {day: (name, ()) for day, name in public.items() if day.year == year}
    return days | {day: ("", windows) for day, windows in calendar.days if day.year == year}


_Table = tuple[tuple[_Span, ...], tuple[int, ...]]


@lru_cache(maxsize=1024)
def _corrections(calendar: Calendar, year: int) -> tuple[_Table, _Table]:
    """Local windows that the year's special days take from the plain weeks, and those they give instead."""
    special = _special_days(calendar, year)
    taken = [_span(day, window) for day in special for window in _week_windows(calendar, day)]
    given = [_span(day, window) for day, (_, windows) in special.items() for window in windows]
    return _summed(taken), _summed(given)


def _span(day: date, window: Window) -> _Span:
    midnight = (day.toordinal() - 1) * _DAY
    return midnight + window.opens * _MINUTE, midnight + window.closes * _MINUTE


@lru_cache(maxsize=4096)  # days of all calendars; a batch asks for the same two or three
def _spans_of(calendar: Calendar, number: int) -> tuple[_Span, ...]:
    """The open stretches of the day so many days after 0001-01-01, on its wall clock."""
    day = _day(number)
    return tuple(sorted(_span(day, window) for window in _windows_on(calendar, day)))


def _windows_on(calendar: Calendar, day: date) -> tuple[Window, ...]:
    if FIRST_YEAR <= day.year <= LAST_YEAR and (special := _special_days(calendar, day.year).get(day)):
        return special[1]
    return _week_windows(calendar, day)


@lru_cache(maxsize=256)  # days of all calendars; every new case asks for the one on which its wait began
def _ahead(calendar: Calendar, number: int) -> tuple[_Span, ...]:
    """The open stretches of the UTC day so many days after 0001-01-01 and of the week after it: whatever its hour, a week from it on."""
    return tuple(_pieces(calendar, number * _DAY, number * _DAY + _DAY + _WEEK))


def _pieces(calendar: Calendar, a: int, b: int) -> Iterator[_Span]:
    """Open stretches from a to b in UTC, in order, walked day by day; a stretch over an offset change comes in two."""
    for start, end, offset in _even_stretches(calendar.zone, a, b):
        for number in range((start + offset) // _DAY - 1, (end + offset - 1) // _DAY + 1):
            for opens, closes in _spans_of(calendar, number):
                piece = max(opens - offset, start), min(closes - offset, end)
                if piece[0] < piece[1]:
                    yield piece
