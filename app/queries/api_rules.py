"""Rules as programs see them: the active text, its versions, an examination, and what it would have decided before."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from app.core.asker import Asker
from app.core.errors import Invalid, NotFound
from app.engine.ports import Ports
from app.judgement.desk import queues_of
from app.judgement.examining import examine
from app.policy import store as policies
from app.queries.rule_trial import Run, trial_of
from app.queries.rule_why import Moment, why_page
from app.routing import store as routing
from app.routing import store_proposals as proposals
from app.routing.backtest import Change, Report
from app.routing.model import Problem
from app.routing.schema import schema
from app.routing.store import RuleVersion
from app.routing.store_proposals import Proposal

MOST_PASTS: Final = 100_000  # a minute of one processor at the slowest; it ends when the caller hangs up


@dataclass(frozen=True, slots=True)
class RulesRecord:
    """A version of the rules with its text; version 0 and no text before anything was published."""

    version: int
    active: bool
    rules: str
    hash: str
    reason: str
    by: str
    at: datetime | None
    copy_of: int | None
    confirmed_by: str | None = None
    waits: "RulesWaiting | None" = None


@dataclass(frozen=True, slots=True)
class TouchedRule:
    """A rule that legal relies on, and what the change does to it."""

    rule: str
    name: str
    why: str


@dataclass(frozen=True, slots=True)
class RulesWaiting:
    """A change that touches legal and waits for a second person, or what became of it. ``outdated``: another version came since."""

    id: str
    state: str
    against: int
    reason: str
    copy_of: int | None
    by: str
    at: datetime
    touches: tuple[TouchedRule, ...]
    outdated: bool
    mine: bool
    rules: str
    decided_by: str | None
    decided_why: str


@dataclass(frozen=True, slots=True)
class RulesStep:
    """One version in the history. ``changes`` are the rules it changed, null where that was not kept."""

    version: int
    reason: str
    by: str
    at: datetime
    copy_of: int | None
    confirmed_by: str | None
    changes: list[str] | None


@dataclass(frozen=True, slots=True)
class Examination:
    """What an examination found; ``ok`` says whether the text may be published."""

    ok: bool
    words: str
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class FieldCount:
    """How many mentions would differ in one outcome."""

    field: str
    mentions: int


@dataclass(frozen=True, slots=True)
class QueueMove:
    """How many mentions would go from one queue to another."""

    before: str
    after: str
    mentions: int


@dataclass(frozen=True, slots=True)
class RuleCount:
    """How often one rule fired, and would fire."""

    rule: str
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class Backtest:
    """What the tried rules would have decided otherwise. ``total`` and ``changed`` count mentions, ``moments`` what else asked the rules,
    ``cases`` cases; ``changes`` lists the newest; ``left_out`` says what the comparison does not know."""

    words: str
    against: int
    total: int
    changed: int
    moments: int
    moments_changed: int
    cases: int
    by_field: tuple[FieldCount, ...]
    moves: tuple[QueueMove, ...]
    fires: tuple[RuleCount, ...]
    changes: tuple[Change, ...]
    left_out: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WhyAnswer:
    """Why a rule fired on a case or did not, by moment, the newest first; ``lines`` of a moment tell every rule when none was named."""

    case: str
    rule: str
    moments: tuple[Moment, ...]


def api_rules(ports: Ports, asker: Asker, version: int | None = None) -> RulesRecord:
    """The active rules, or one version of them; NotFound."""
    asker.need("rules.read")
    with ports.db.read() as conn:
        active = routing.active_version(conn)
        wanted = active if version is None else version
        if wanted == 0 and active == 0:
            return RulesRecord(0, True, "", "", "", "", None, None)
        v = routing.version(conn, wanted)
    return RulesRecord(v.version, v.version == active, v.text, v.hash, v.reason, v.by_name, v.at, v.copy_of, v.confirmed_by_name)


def api_rule_versions(ports: Ports, asker: Asker, *, limit: int, before: int | None = None) -> tuple[RulesStep, ...]:
    """The versions below ``before``, the newest first."""
    asker.need("rules.read")
    with ports.db.read() as conn:
        return tuple(_step(v) for v in routing.versions(conn, limit, before))


def api_published(ports: Ports, asker: Asker, version: int, waits: Proposal | None) -> RulesRecord:
    """The version in force after a publication, with what waits of it."""
    record = api_rules(ports, asker, version)
    return record if waits is None else replace(record, waits=_waiting(asker, waits, version))


def api_rules_waiting(ports: Ports, asker: Asker) -> tuple[RulesWaiting, ...]:
    """What waits for a second person, the oldest first."""
    asker.need("rules.read")
    with ports.db.read() as conn:
        active = routing.active_version(conn)
        return tuple(_waiting(asker, one, active) for one in proposals.waiting(conn))


def api_rules_proposal(ports: Ports, asker: Asker, id: str) -> RulesWaiting:
    """One of them, decided or not; NotFound."""
    asker.need("rules.read")
    with ports.db.read() as conn:
        return _waiting(asker, proposals.proposal(conn, id), routing.active_version(conn))


def api_why(ports: Ports, asker: Asker, rule: str, case: str) -> WhyAnswer:
    """What the page says, for programs; NotFound when there is no such case, or no rule of that id decided it."""
    found = why_page(ports, asker, rule, case)
    if found.unknown:
        raise NotFound(found.unknown)
    return WhyAnswer(found.case, found.rule, found.moments)


def check_rules(ports: Ports, asker: Asker, text: str) -> Examination:
    """Examine a text; nothing is stored."""
    asker.need("rules.read")
    with ports.db.read() as conn:
        verdict = examine(ports, conn, text)
    return Examination(verdict.ok, verdict.words, verdict.problems)


def rules_schema(ports: Ports, asker: Asker) -> dict[str, Any]:
    """The JSON Schema of a rule file, with the names of the desk's own queues and policies."""
    asker.need("rules.read")
    with ports.db.read() as conn:
        policy_ids = tuple(sorted(policy.id for policy in policies.all_active(conn)))
    return schema(tuple(queue.id for queue in queues_of(ports)), policy_ids)


def try_rules(ports: Ports, asker: Asker, text: str, last: int) -> Run:
    """A trial of the text against the active rules, to be stepped through. Invalid when the text cannot be used."""
    asker.need("rules.read")
    with ports.db.read() as conn:
        verdict = examine(ports, conn, text)
        if verdict.compiled is None or not verdict.ok:
            raise Invalid(f"These rules cannot be tried: {verdict.errors[0]}", errors=[p.as_error() for p in verdict.errors])
        return trial_of(ports, conn, verdict.compiled, min(last, MOST_PASTS))


def api_backtest(run: Run) -> Backtest:
    """What came of a trial."""
    report: Report = run.report()
    return Backtest(
        words=report.words,
        against=run.against,
        total=report.total,
        changed=report.changed,
        moments=report.moments,
        moments_changed=report.moments_changed,
        cases=report.cases,
        by_field=tuple(FieldCount(*one) for one in report.by_field),
        moves=tuple(QueueMove(*one) for one in report.moves),
        fires=tuple(RuleCount(*one) for one in report.fires),
        changes=report.changes,
        left_out=report.left_out,
    )


def _waiting(asker: Asker, p: Proposal, active: int) -> RulesWaiting:
    touches = tuple(TouchedRule(one.rule, one.name, one.why) for one in p.touches)
    return RulesWaiting(
        id=p.id, state=p.state, against=p.base, reason=p.reason, copy_of=p.copy_of, by=p.by_name, at=p.at, touches=touches,
        outdated=p.state == "waiting" and p.base != active, mine=p.is_by(asker.person_id, asker.actor), rules=p.text,
        decided_by=p.decided_by_name, decided_why=p.decided_why,
    )  # fmt: skip


def _step(v: RuleVersion) -> RulesStep:
    return RulesStep(v.version, v.reason, v.by_name, v.at, v.copy_of, v.confirmed_by_name, v.changes)
