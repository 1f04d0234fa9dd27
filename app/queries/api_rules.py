"""Rules as programs see them: the active text, its versions, an examination, and what it would have decided before."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from app.core.asker import Asker
from app.core.errors import Invalid
from app.engine.ports import Ports
from app.judgement.examining import examine
from app.routing import store as routing
from app.routing.backtest import Change, backtest
from app.routing.model import Problem
from app.routing.store import RuleVersion

MOST_PASTS: Final = 5_000  # a few seconds of one processor


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


@dataclass(frozen=True, slots=True)
class RulesStep:
    """One version in the history."""

    version: int
    reason: str
    by: str
    at: datetime
    copy_of: int | None


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
    """What the tried rules would have decided otherwise; ``changes`` lists the first of them."""

    words: str
    total: int
    changed: int
    by_field: tuple[FieldCount, ...]
    moves: tuple[QueueMove, ...]
    fires: tuple[RuleCount, ...]
    changes: tuple[Change, ...]


def api_rules(ports: Ports, asker: Asker, version: int | None = None) -> RulesRecord:
    """The active rules, or one version of them; NotFound."""
    asker.need("rules.read")
    with ports.db.read() as conn:
        active = routing.active_version(conn)
        wanted = active if version is None else version
        if wanted == 0 and active == 0:
            return RulesRecord(0, True, "", "", "", "", None, None)
        v = routing.version(conn, wanted)
    return RulesRecord(v.version, v.version == active, v.text, v.hash, v.reason, v.by_name, v.at, v.copy_of)


def api_rule_versions(ports: Ports, asker: Asker, *, limit: int, before: int | None = None) -> tuple[RulesStep, ...]:
    """The versions below ``before``, the newest first."""
    asker.need("rules.read")
    with ports.db.read() as conn:
        return tuple(_step(v) for v in routing.versions(conn, limit, before))


def check_rules(ports: Ports, asker: Asker, text: str) -> Examination:
    """Examine a text; nothing is stored."""
    asker.need("rules.read")
    with ports.db.read() as conn:
        verdict = examine(ports, conn, text)
    return Examination(verdict.ok, verdict.words, verdict.problems)


def try_rules(ports: Ports, asker: Asker, text: str, last: int) -> Backtest:
    """Decide the last mentions with the text and with the active rules, and compare. Invalid when the text cannot be used."""
    asker.need("rules.read")
    with ports.db.read() as conn:
        verdict = examine(ports, conn, text)
        if verdict.compiled is None or not verdict.ok:
            raise Invalid(f"These rules cannot be tried: {verdict.errors[0]}", errors=[p.as_error() for p in verdict.errors])
        before, pasts = routing.active_rules(conn), routing.last_pasts(conn, min(last, MOST_PASTS))
    report = backtest(pasts, before, verdict.compiled)
    return Backtest(
        words=report.words,
        total=report.total,
        changed=report.changed,
        by_field=tuple(FieldCount(*one) for one in report.by_field),
        moves=tuple(QueueMove(*one) for one in report.moves),
        fires=tuple(RuleCount(*one) for one in report.fires),
        changes=report.changes,
    )


def _step(v: RuleVersion) -> RulesStep:
    return RulesStep(v.version, v.reason, v.by_name, v.at, v.copy_of)
