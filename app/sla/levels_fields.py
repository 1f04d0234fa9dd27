"""How each field of ``service_levels.yaml`` is written: values as people write them to values as the judges need them."""

import re
from collections.abc import Callable, Iterable
from datetime import date
from difflib import get_close_matches
from typing import Any, Final, TypeVar
from zoneinfo import ZoneInfo, available_timezones

from app.sla import public_holidays
from app.sla.model import DAY_MINUTES, Window

T = TypeVar("T")
Read = Callable[[Any], T]

DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
LONGEST_SECONDS: Final = 366 * 86_400
_UNITS: Final = {"s": 1, "sec": 1, "min": 60, "m": 60, "h": 3600, "d": 86_400}
_DURATION: Final = re.compile(r"(\d{1,9})\s*(s|sec|min|m|h|d)\b", re.ASCII)
_WINDOW: Final = re.compile(r"([0-2]\d):([0-5]\d)\s*-\s*([0-2]\d):([0-5]\d)", re.ASCII)
_SLUG: Final = re.compile(r"[a-z0-9][a-z0-9_.-]{0,39}", re.ASCII)


class BadField(ValueError):
    """A value that cannot be read, with the key inside it that is at fault, if it is one."""

    def __init__(self, msg: str, key: Any = None) -> None:
        super().__init__(msg)
        self.key = key


def meant(word: str, known: Iterable[str]) -> str:
    """`` (did you mean zone?)`` or the list of what is known."""
    known = tuple(known)
    close = get_close_matches(word, known, n=1)
    return f" (did you mean {close[0]}?)" if close else f" (known: {', '.join(known)})"


def one_of(known: tuple[str, ...]) -> Read[str]:
    """A reader of one word out of a list."""

    def read(value: Any) -> str:
        if str(value) not in known:
            raise BadField(f"unknown value {str(value)[:40]!r}{meant(str(value), known)}")
        return str(value)

    return read


def words(known: tuple[str, ...] | None) -> Read[tuple[str, ...]]:
    """A reader of one word or a list of them; ``any`` and ``*`` stand for all and give ()."""

    def read(value: Any) -> tuple[str, ...]:
        if value in ("any", "*"):
            return ()
        found = value if isinstance(value, list) else [value]
        reader = slug if known is None else one_of(known)
        return tuple(dict.fromkeys(reader(word) for word in found))

    return read


def slug(value: Any) -> str:
    """A short lower-case word."""
    if not isinstance(value, str | int) or isinstance(value, bool) or not _SLUG.fullmatch(str(value)):
        raise BadField(f"{str(value)[:40]!r} is not a lower-case word of letters, digits, '-', '_' and '.', at most 40 long")
    return str(value)


def seconds(value: Any) -> int:
    """``15 min``, ``1 h 30 min``, ``24 h``, ``2 d`` (a day is 24 counted hours)."""
    text = str(value).strip()
    parts = _DURATION.findall(text)
    if not parts or _DURATION.sub("", text).strip():
        raise BadField(f"{text[:40]!r} is no length of time: write 15 min, 1 h 30 min or 24 h")
    total = sum(int(n) * _UNITS[unit] for n, unit in parts)
    if not 1 <= total <= LONGEST_SECONDS:
        raise BadField("a target lies between 1 s and 366 d")
    return total


def share(value: Any) -> float:
    """``75 %`` or ``0.75``; above 0 and at most 1."""
    text = str(value).strip()
    try:
        number = float(text.rstrip("% ")) / (100 if text.endswith("%") else 1)
    except ValueError:
        number = 0.0
    if not 0 < number <= 1:
        raise BadField(f"{text[:40]!r} is no share: write 75 % or 0.75")
    return number


def factors(value: Any) -> tuple[tuple[str, float], ...]:
    """``{platinum: 0.5, gold: 75 %}``: tiers with the share of the time they have."""
    if not isinstance(value, dict):
        raise BadField("write tiers with their share of the time: {platinum: 50 %}")
    found = []
    for tier, number in value.items():
        try:
            found.append((slug(tier), share(number)))
        except BadField as wrong:
            raise BadField(str(wrong), tier) from wrong
    return tuple(found)


def zone(value: Any) -> str:
    """A name of the IANA time zone database."""
    name = str(value)
    if name not in available_timezones():
        raise BadField(f"unknown time zone {name[:40]!r}{_near_zone(name)}")
    return ZoneInfo(name).key


def _near_zone(name: str) -> str:
    close = get_close_matches(name, available_timezones(), n=1)
    return f" (did you mean {close[0]}?)" if close else ": write it like Europe/Berlin"


def country(value: Any) -> tuple[str, str]:
    """``DE`` or ``{country: DE, subdivision: BE}``, as the holidays package knows them."""
    found = value if isinstance(value, dict) else {"country": value}
    for name in found:
        if name not in ("country", "subdivision"):
            raise BadField("unknown field (known: country, subdivision)", name)
    code, part = str(found.get("country", "")), str(found.get("subdivision") or "")
    if not public_holidays.is_country(code):
        raise BadField(f"unknown country {code[:20]!r}: write a code like DE, ES or US", "country" if found is value else None)
    if part and part not in public_holidays.parts_of(code):
        raise BadField(f"unknown part of {code}{meant(part, public_holidays.parts_of(code))}", "subdivision")
    return code, part


def windows(value: Any) -> tuple[Window, ...]:
    """``["09:00-12:00", "13:00-18:00"]``; ``22:00-06:00`` runs into the next day; ``closed`` is none, ``all day`` all."""
    if value in (None, "closed", []):
        return ()
    if value == "all day":
        return (Window(0, DAY_MINUTES),)
    found = []
    for text in value if isinstance(value, list) else [value]:
        match = _WINDOW.fullmatch(str(text).strip())
        if not match:
            raise BadField(f"{str(text)[:40]!r} are no hours: write 09:00-18:00, closed or all day")
        start_hour, start_minute, end_hour, end_minute = map(int, match.groups())
        opens, closes = start_hour * 60 + start_minute, end_hour * 60 + end_minute
        if closes > DAY_MINUTES:
            raise BadField(f"{text!s} ends after 24:00: a night is written like 22:00-06:00")
        try:
            found.append(Window(opens, closes if closes > opens else closes + DAY_MINUTES))
        except ValueError as wrong:
            raise BadField(f"{text!s}: {wrong}") from wrong
    return tuple(sorted(found))


def week(value: Any) -> tuple[tuple[Window, ...], ...]:
    """``{mon-fri: [...], sat: [...]}``; a day that is not named is closed, one named twice is a fault."""
    if not isinstance(value, dict):
        raise BadField('write days with their hours: {mon-fri: ["09:00-18:00"]}')
    found: dict[int, tuple[Window, ...]] = {}
    for name, hours in value.items():
        try:
            opened = windows(hours)
            days = _day_numbers(str(name))
        except BadField as wrong:
            raise BadField(str(wrong), name) from wrong
        for day in days:
            if day in found:
                raise BadField(f"{DAYS[day]} is named twice", name)
            found[day] = opened
    return tuple(found.get(day, ()) for day in range(7))


def _day_numbers(name: str) -> range:
    first, _, last = name.partition("-")
    if first not in DAYS or (last and last not in DAYS):
        raise BadField(f"unknown day {name[:20]!r}: write mon, tue, wed, thu, fri, sat, sun or a span like mon-fri")
    start, end = DAYS.index(first), DAYS.index(last or first)
    if end < start:
        raise BadField(f"{name} runs backwards: a week begins on mon")
    return range(start, end + 1)


def days(value: Any) -> tuple[tuple[date, tuple[Window, ...]], ...]:
    """``{2026-12-24: ["09:00-13:00"], 2026-12-31: closed}``, in date order."""
    if not isinstance(value, dict):
        raise BadField("write dates with their hours: {2026-12-31: closed}")
    found: dict[date, tuple[Window, ...]] = {}
    for name, hours in value.items():
        try:
            day = date.fromisoformat(str(name))
            found[day] = windows(hours)
        except ValueError as wrong:
            msg = str(wrong) if isinstance(wrong, BadField) else f"{str(name)[:40]!r} is no date: write it like 2026-12-31"
            raise BadField(msg, name) from wrong
    return tuple(sorted(found.items()))
