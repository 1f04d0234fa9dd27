"""Reports over a span of time: response times by group or day, the rules' effect, answers under policy.

The page, its download and the API ask these same functions, so that no two of them can disagree. Times of day are in the zone the
reader names; the days asked for are that zone's days.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any, Final, Literal
from zoneinfo import ZoneInfo, available_timezones

from sqlalchemy import Connection, select

from app.cases.tables import REPLY
from app.core.asker import Asker
from app.core.clock import parse_rfc3339
from app.core.errors import Invalid
from app.core.ids import first_id
from app.engine.ports import Ports
from app.judgement.desk import levels_of, queues_of
from app.measures import store as measures
from app.measures import summary
from app.measures.model import GROUPS, ResponseTimes, TimeKind
from app.people import store as people
from app.policy import store as policies
from app.policy.gate import missing
from app.policy.model import Policy
from app.routing import store as routing
from app.sla.model import RESPONSE_METRICS, ResponseMetric

ReportBy = Literal["queue", "network", "agent", "band", "tier", "day"]
REPORT_BYS: Final[tuple[ReportBy, ...]] = (*GROUPS, "day")
CALENDARS: Final[tuple[TimeKind, ...]] = ("wall", "business")
LONGEST: Final = timedelta(days=400)
DEFAULT_DAYS: Final = 7
APPROVAL_SLACK: Final = timedelta(days=7)  # how long before it left an answer may have been written, for finding it by its id
_NOT_KNOWN: Final = {"tier": "not known", "queue": "no queue"}


@dataclass(frozen=True, slots=True)
class Span:
    """What is asked: [since, until), how it is grouped and which time counts. ``first_day`` and ``last_day`` are days of ``zone``."""

    since: datetime
    until: datetime
    zone: str
    first_day: date
    last_day: date
    by: ReportBy
    metric: ResponseMetric
    calendar: TimeKind


@dataclass(frozen=True, slots=True)
class ResponseReport:
    """Response times. ``names`` gives the words for keys that are ids."""

    span: Span
    rows: tuple[ResponseTimes, ...]
    overall: ResponseTimes
    names: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class RuleEffect:
    """How often a rule matched. ``share`` is of the span's mentions, None where there were none; ``known`` whether it is in force."""

    rule: str
    name: str
    fires: int
    share: float | None
    known: bool


@dataclass(frozen=True, slots=True)
class PolicyUse:
    """Answers written under one version of a policy; ``policy`` is "" for answers under none."""

    policy: str
    title: str
    version: int
    answers: int
    complete: int


@dataclass(frozen=True, slots=True)
class PolicyReport:
    """Answers that went out in the span, and how many under a policy whose checklist was complete."""

    answered: int
    under_policy: int
    share: float | None
    uses: tuple[PolicyUse, ...]


def span_of(ports: Ports, asked: Mapping[str, str]) -> Span:
    """The span a query string asks for: from, to, by, metric, calendar, tz. Invalid names the parameter that is wrong.

    ``from`` and ``to`` are days, both included, or moments in RFC 3339; without them it is the last seven days.
    """
    zone = asked.get("tz") or desk_zone(ports)
    if zone not in _zones():
        raise _invalid("tz", f"{zone[:60]!r} is no time zone: write one like Europe/Berlin")
    local = ZoneInfo(zone)
    today = ports.clock.now().astimezone(local).date()
    until, last = _edge(asked.get("to", ""), "to", local, today, end=True)
    since, first = _edge(asked.get("from", ""), "from", local, last - timedelta(days=DEFAULT_DAYS - 1), end=False)
    if since >= until:
        raise _invalid("from", "the span begins after it ends: exchange from and to")
    if until - since > LONGEST:
        raise _invalid("from", f"a report spans at most {LONGEST.days} days: ask for less at once")
    return Span(
        since, until, zone, first, last,
        by=_one_of(asked, "by", REPORT_BYS), metric=_one_of(asked, "metric", RESPONSE_METRICS),
        calendar=_one_of(asked, "calendar", CALENDARS),
    )  # fmt: skip


def desk_zone(ports: Ports) -> str:
    """The zone of the desk's first calendar: what "today" means on its wallboard."""
    calendars = levels_of(ports).calendars
    return calendars[0].zone if calendars else "UTC"


def response_times(ports: Ports, conn: Connection, asker: Asker, span: Span) -> ResponseReport:
    """Response times of the span by what it is grouped by."""
    asker.need("measures.read")
    answers = measures.responses(conn, span.metric, span.since, span.until)
    if span.by == "day":
        rows = summary.by_day(answers, span.zone, span.calendar)
    else:
        rows = summary.by_group(answers, span.by, span.calendar)
    return ResponseReport(span, rows, summary.overall(answers, span.calendar), _names(ports, conn, span.by, rows))


def rule_effects(conn: Connection, asker: Asker, span: Span) -> tuple[RuleEffect, ...]:
    """Every rule in force in its order, with 0 where it never matched; then rules of earlier versions that did."""
    asker.need("measures.read")
    counted = measures.totals(conn, ("rule_fired", "mentions"), span.since, span.until)
    mentions = counted.pop(("mentions", ""), 0)
    fires = {rule: n for (_, rule), n in counted.items()}
    active = {rule.id: rule.name for rule in routing.active_rules(conn).rules}
    gone = sorted((rule for rule in fires if rule not in active), key=lambda rule: -fires[rule])
    return tuple(
        RuleEffect(rule, active.get(rule) or rule, fires.get(rule, 0), fires.get(rule, 0) / mentions if mentions else None, rule in active)
        for rule in (*active, *gone)
    )


def policy_report(conn: Connection, asker: Asker, span: Span) -> PolicyReport:
    """Answers by the policy they were written under. The totals are the tallies that the scorecard uses too."""
    asker.need("measures.read")
    counted = measures.totals(conn, ("answered", "answered_under_policy"), span.since, span.until)
    answered, under = counted.get(("answered", ""), 0), counted.get(("answered_under_policy", ""), 0)
    used: Counter[tuple[str, int]] = Counter()
    complete: Counter[tuple[str, int]] = Counter()
    checklists = Checklists(conn)
    for row in conn.execute(select(REPLY.c.policy, REPLY.c.policy_version, REPLY.c.ticks).where(*sent_in(span.since, span.until))):
        used[row.policy, row.policy_version] += 1
        complete[row.policy, row.policy_version] += checklists.unticked(row.policy, row.policy_version, row.ticks) == ()
    uses = tuple(
        PolicyUse(id, checklists.title(id, version), version, n, complete[id, version]) for (id, version), n in sorted(used.items())
    )
    return PolicyReport(answered, under, under / answered if answered else None, uses)


def sent_in(since: datetime, until: datetime) -> tuple[Any, ...]:
    """Conditions for replies that went out in [since, until), found by their ids and therefore at the cost of the window."""
    return (
        REPLY.c.id >= first_id(since - APPROVAL_SLACK),
        REPLY.c.id < first_id(until + timedelta(milliseconds=1)),
        REPLY.c.state == "sent",
        REPLY.c.sent_at >= since,
        REPLY.c.sent_at < until,
    )


class Checklists:
    """The policies that answers were written under, each read once."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn
        self._read: dict[tuple[str, int], Policy] = {}

    def title(self, policy: str, version: int) -> str:
        """Its title; words for answers under none."""
        return self._policy(policy, version).title if policy else "No policy"

    def unticked(self, policy: str, version: int, ticks: list[dict[str, Any]]) -> tuple[str, ...] | None:
        """The required items that were not ticked: () for a complete checklist, None for an answer under no policy."""
        if not policy:
            return None
        return tuple(item.text for item in missing(self._policy(policy, version), {tick["item"] for tick in ticks}))

    def _policy(self, policy: str, version: int) -> Policy:
        key = (policy, version)
        if key not in self._read:
            self._read[key] = policies.version(self._conn, policy, version)
        return self._read[key]


def _names(ports: Ports, conn: Connection, by: ReportBy, rows: tuple[ResponseTimes, ...]) -> dict[str, str]:
    if by == "agent":
        return {person.id: person.name for person in people.everyone(conn)}
    titles = {queue.id: queue.title for queue in queues_of(ports)} if by == "queue" else {}
    return {row.key: titles.get(row.key) or row.key or _NOT_KNOWN.get(by, "not known") for row in rows}


def _edge(text: str, name: str, local: ZoneInfo, default: date, *, end: bool) -> tuple[datetime, date]:
    """One end of the span as a moment, and the day it shows as."""
    text = text.strip()
    try:
        if len(text) > 10:
            moment = parse_rfc3339(text.replace(" ", "+"))  # a plus in an address arrives as a space
            return moment, moment.astimezone(local).date()
        day = date.fromisoformat(text) if text else default
        start = datetime.combine(day + timedelta(days=1) if end else day, time(), local)
        return start.astimezone(UTC), day
    except (ValueError, OverflowError):
        raise _invalid(name, f"{text[:40]!r} is no day: write it like 2026-03-02, or a moment like 2026-03-02T12:00:00Z") from None


def _one_of(asked: Mapping[str, str], name: str, allowed: tuple[Any, ...]) -> Any:
    value = asked.get(name) or allowed[0]
    if value not in allowed:
        raise _invalid(name, f"must be one of {', '.join(allowed)}")
    return value


def _invalid(name: str, words: str) -> Invalid:
    return Invalid(f"{name}: {words}.", errors=[{"loc": ["query", name], "msg": words}])


@lru_cache(maxsize=1)
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())
