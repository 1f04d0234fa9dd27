"""What the desk is set to: service levels and calendars, weights, queues, programs' tokens, and the process's settings less its secrets."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from app.core.asker import Asker
from app.core.languages import LANGUAGE_NAMES
from app.core.settings import Settings
from app.engine.ports import Ports
from app.judgement.desk import levels_of, queues_of, weights_of
from app.people import store as people
from app.people.model import Token
from app.priority.weights import Weights
from app.routing.model import Queue
from app.sla.model import Calendar, Target, Window
from app.sla.rests import RESTED_BY, RESTS, Rest
from app.sla.words import NAMES, exactly

_SECRET: Final = frozenset({"secret_key", "earshot_webhook_secret"})
_DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@dataclass(frozen=True, slots=True)
class TargetLine:
    """One target in words, in the order they are tried; ``pauses`` names what its clock rests for besides closed hours."""

    id: str
    metric: str
    fits: str
    within: str
    warn: str
    calendar: str
    pauses: str


@dataclass(frozen=True, slots=True)
class CalendarLine:
    """One calendar: its zone, its week as (days, hours), its own days and whose public holidays close it."""

    name: str
    zone: str
    week: tuple[tuple[str, str], ...]
    days: tuple[tuple[str, str], ...]
    holidays: str


@dataclass(frozen=True, slots=True)
class WeightLine:
    """One knob of the score with its points."""

    name: str
    points: str


@dataclass(frozen=True, slots=True)
class TokenLine:
    """One token; never its secret. ``as_person`` is whom it acts as, "" for itself."""

    id: str
    name: str
    scope: str
    as_person: str
    created_at: datetime
    revoked: bool


@dataclass(frozen=True, slots=True)
class SettingLine:
    """One setting of the process: the variable, what it is, and its value unless that is a secret."""

    variable: str
    value: str
    words: str
    is_default: bool


@dataclass(frozen=True, slots=True)
class QueueLine:
    """One queue in words: what an agent needs for it, how its cases are given out, who leads it, what its cases count in a load."""

    id: str
    title: str
    languages: str
    skills: str
    gives: str
    lead: str
    weights: str


@dataclass(frozen=True, slots=True)
class SettingsPage:
    """Everything the page shows. ``folder`` is where the data files lie."""

    folder: str
    levels_version: str
    targets: tuple[TargetLine, ...]
    calendars: tuple[CalendarLine, ...]
    weights: tuple[WeightLine, ...]
    queues: tuple[QueueLine, ...]
    tokens: tuple[TokenLine, ...]
    settings: tuple[SettingLine, ...]


def settings(ports: Ports, conn: Connection, asker: Asker) -> SettingsPage:
    """The page. Raises Invalid when a data file is broken, with its line and field."""
    asker.need("settings.edit")
    levels = levels_of(ports)
    everyone = people.everyone(conn)
    names: dict[str, str] = {p.id: p.name for p in everyone}
    addresses = {p.email.casefold(): p.name for p in everyone if not p.disabled}
    return SettingsPage(
        folder=str(ports.settings.earshot_rules_dir),
        levels_version=levels.version,
        targets=tuple(_target(t) for t in levels.targets),
        calendars=tuple(_calendar(c) for c in levels.calendars),
        weights=_weights(weights_of(ports)),
        queues=tuple(_queue(q, addresses) for q in queues_of(ports)),
        tokens=tuple(_token(t, names) for t in people.tokens(conn)),
        settings=tuple(_settings(ports.settings)),
    )


_SHORT: Final[dict[Rest, str]] = {
    "snoozed": "snooze", "legal": "legal", "community": "the community", "answer": "an answer on its way", "customer": "the customer",
}  # fmt: skip


def _target(target: Target) -> TargetLine:
    parts = [", ".join(words) for words in (target.band, target.tier, target.network) if words]
    parts += ["risk " + ", ".join(target.risk)] if target.risk else []
    warn = f"{target.warn_at:.0%}" if target.warn_at < 1 else "never"
    pauses = ", ".join(_SHORT[rest] for rest in RESTS if rest in RESTED_BY[target.metric]) or "nothing"
    return TargetLine(target.id, NAMES[target.metric], " · ".join(parts) or "any", exactly(target.seconds), warn, target.calendar, pauses)


def _calendar(calendar: Calendar) -> CalendarLine:
    week: list[tuple[str, str]] = []
    start = 0
    for day in range(1, 8):
        if day == 7 or calendar.week[day] != calendar.week[start]:
            name = _DAYS[start] if day - 1 == start else f"{_DAYS[start]} to {_DAYS[day - 1]}"
            week.append((name, _windows(calendar.week[start])))
            start = day
    days = tuple((day.isoformat(), _windows(windows)) for day, windows in calendar.days)
    place = " ".join(part for part in (calendar.country, calendar.subdivision) if part)
    return CalendarLine(calendar.name, calendar.zone, tuple(week), days, place)


def _windows(windows: tuple[Window, ...]) -> str:
    return ", ".join(f"{_clock(w.opens)} to {_clock(w.closes)}" for w in windows) or "closed"


def _clock(minutes: int) -> str:
    day, minute = divmod(minutes, 24 * 60)
    text = f"{minute // 60:02}:{minute % 60:02}"
    return "24:00" if day and not minute else f"{text} next day" if day else text


def _weights(weights: Weights) -> tuple[WeightLine, ...]:
    """The sheet as flat lines, in its order."""
    lines: list[WeightLine] = []

    def walk(name: str, value: object) -> None:
        if isinstance(value, dict):
            for key, inner in value.items():
                walk(f"{name} · {key}" if name else str(key), inner)
        elif isinstance(value, list):
            if value:
                lines.append(WeightLine(name.replace("_", " "), ", ".join(map(str, value))))
        else:
            lines.append(WeightLine(name.replace("_", " "), f"{value:g}" if isinstance(value, float) else str(value)))

    walk("", weights.model_dump())
    return tuple(lines)


def _queue(queue: Queue, addresses: dict[str, str]) -> QueueLine:
    gives = "agents take the next case themselves"
    if queue.push == "least_loaded":
        gives = "given to whoever is there and has the most room"
        gives += "; a customer comes back to who answered them last" if queue.sticky else ""
    lead = "nobody: the supervisors are told"
    if queue.lead:
        lead = addresses.get(queue.lead.casefold(), f"nobody here is {queue.lead}: the supervisors are told")
    counts = {"public": queue.weights.get("public", 1.0), "direct": queue.weights.get("direct", 1.0)}
    weights = "each as one" if set(counts.values()) == {1.0} else f"public as {counts['public']:g}, direct as {counts['direct']:g}"
    languages = ", ".join(LANGUAGE_NAMES.get(code, code) for code in queue.languages)
    return QueueLine(queue.id, queue.title, languages or "any", ", ".join(queue.skills) or "none", gives, lead, weights)


def _token(token: Token, names: dict[str, str]) -> TokenLine:
    who = names.get(token.person_id, "someone who left") if token.person_id else ""
    return TokenLine(token.id, token.name, token.scope, who, token.created_at, token.revoked)


def _settings(kept: Settings) -> list[SettingLine]:
    lines = []
    for name, about in type(kept).model_fields.items():
        value = getattr(kept, name)
        if name in _SECRET:
            shown = "set, not shown" if value else "kept in the data folder"
        elif name == "database_url":
            shown = _without_password(value)
        else:
            shown = str(value)
        lines.append(SettingLine(name.upper(), shown, about.description or "", value == about.default))
    return lines


def _without_password(address: str) -> str:
    """The address without the password in it, wherever the address hides one."""
    try:
        url = make_url(address)
    except ArgumentError:
        return "not readable"
    return url.set(query={}).render_as_string(hide_password=True)
