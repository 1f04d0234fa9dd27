"""Why a rule fired on a case or did not, at each moment at which the rules were asked about it; and at one moment, every rule."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection

from app.cases import store as cases
from app.core.asker import Asker
from app.core.errors import NotFound
from app.core.ids import CaseId
from app.engine.ports import Ports
from app.routing import store as routing
from app.routing.backtest import excerpt
from app.routing.because import condition_words
from app.routing.compile import Compiled
from app.routing.explain import why_not
from app.routing.fields import TRIGGERS
from app.routing.kept_rules import compiled
from app.routing.model import Rule
from app.routing.store import MadeDecision

MOMENTS: Final = 20
"""Moments of a case that are explained, the newest: enough for a day of it; older ones stand in the ledger."""
LOOKED_THROUGH: Final = 200
"""Newest decisions looked through for the cases that are offered."""
OFFERED: Final = 12
_ID: Final = re.compile(r"([0-9a-z]{20})/?\s*$")


@dataclass(frozen=True, slots=True)
class LateCase:
    """A case the rules were asked about lately; ``fired`` says whether the chosen rule did, None when none is chosen."""

    id: str
    author: str
    excerpt: str
    at: datetime
    fired: bool | None


@dataclass(frozen=True, slots=True)
class Line:
    """One rule at one moment, in words."""

    rule: str
    name: str
    fired: bool
    because: str
    did: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Moment:
    """One moment at which the rules were asked. ``line`` is the chosen rule's, None when none is chosen; ``now`` is what that rule in force
    says to the same picture, None where it is the same version; ``lines`` is every rule of the version;
    ``beside`` says what guards kept from firing and what was wanted and not done."""

    at: datetime
    when: str
    excerpt: str
    version: int
    line: Line | None
    now: Line | None
    lines: tuple[Line, ...]
    beside: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WhyPage:
    """What is asked and the answer. ``rules`` are those to choose from as (id, name); ``asked`` is the rule's condition in words;
    ``unknown`` says that there is no such case; ``moments`` are empty until a case is chosen."""

    rule: str
    rule_name: str
    asked: str
    case: str
    case_author: str
    unknown: str
    active: int
    rules: tuple[tuple[str, str], ...]
    lately: tuple[LateCase, ...]
    moments: tuple[Moment, ...]


def why_page(ports: Ports, asker: Asker, rule: str, case: str) -> WhyPage:
    """The page. ``case`` is an id or the address of a case's page; either may be "" while it is not chosen."""
    asker.need("rules.read")
    asker.need("cases.read")
    with ports.db.read() as conn:
        active = routing.active_rules(conn)
        found, unknown = _case(conn, case)
        made = routing.for_case(conn, found, limit=MOMENTS) if found else ()
        sets = {d.version: _set(conn, d.version, active) for d in made}
        names = {one.id: one.name for rules in (*sets.values(), active) for one in rules.rules}
        if rule and rule not in names and found:
            unknown = unknown or f"No version that decided this case has a rule {rule}."
        return WhyPage(
            rule=rule,
            rule_name=names.get(rule, rule),
            asked=next((condition_words(one.when) for one in active.rules if one.id == rule), ""),
            case=found or "",
            case_author=cases.get(conn, found).author_handle if found else "",
            unknown=unknown,
            active=active.version,
            rules=tuple((one.id, one.name) for one in active.rules),
            lately=_lately(conn, rule),
            moments=tuple(_moment(d, sets[d.version], active, rule) for d in made),
        )


def _case(conn: Connection, typed: str) -> tuple[CaseId | None, str]:
    if not typed.strip():
        return None, ""
    id = _ID.search(typed.strip().lower())
    try:
        return cases.get(conn, CaseId(id[1] if id else "")).id, ""
    except NotFound:
        return None, "There is no such case: paste the address of its page, or choose one of those below."


def _set(conn: Connection, version: int, active: Compiled) -> Compiled:
    if version == active.version:
        return active
    return routing.rules_of(conn, version) if version else compiled("")


def _moment(d: MadeDecision, rules: Compiled, active: Compiled, rule: str) -> Moment:
    return Moment(
        at=d.at,
        when=TRIGGERS.get(d.trigger, d.trigger),
        excerpt=excerpt(d.facts.text),
        version=d.version,
        line=_line(d, rules, rule) if rule else None,
        now=_would(d, active, rule) if rule and active.version != d.version else None,
        lines=() if rule else tuple(_line(d, rules, one.id) for one in rules.rules),
        beside=d.chain.beside,
    )


def _line(d: MadeDecision, rules: Compiled, rule: str) -> Line:
    """What was: the stored trace of what fired, else why it did not."""
    own = _named(rules, rule)
    for line in d.decision.trace:
        if line.rule == rule and line.matched:
            return Line(rule, own.name if own else rule, True, line.because, line.actions)
    found = why_not(rules, d.facts, rule, d.decision.spent, d.chain.words_of(rule))
    return Line(rule, own.name if own else rule, rule in d.decision.fired, found.because, ())


def _would(d: MadeDecision, active: Compiled, rule: str) -> Line:
    own, found = _named(active, rule), why_not(active, d.facts, rule)
    return Line(rule, own.name if own else rule, found.fired, found.because, ())


def _named(rules: Compiled, rule: str) -> Rule | None:
    return next((one for one in rules.rules if one.id == rule), None)


def _lately(conn: Connection, rule: str) -> tuple[LateCase, ...]:
    """The cases of the newest decisions, each once; those on which the chosen rule fired first."""
    newest: dict[CaseId, tuple[datetime, bool]] = {}
    for case, at, fired in routing.fired_lately(conn, LOOKED_THROUGH):
        seen = newest.get(case)
        newest[case] = (at, rule in fired) if seen is None else (seen[0], seen[1] or rule in fired)
    order = sorted(newest.items(), key=lambda one: (not one[1][1], -one[1][0].timestamp()))[:OFFERED]
    held = cases.get_all(conn, [id for id, _ in order])
    return tuple(
        LateCase(id, held[id].author_handle, held[id].excerpt, at, fired if rule else None) for id, (at, fired) in order if id in held
    )
