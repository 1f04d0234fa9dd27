"""Rule versions and decisions in the database, and the compiled rules by the hash of their text.

Publishing says nothing to other processes: they see the new version at their next decision, because ``active_rules``
asks for the highest version each time (one indexed row) and compiles a text only once per hash.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, bindparam, delete, func, insert, select
from sqlalchemy.exc import IntegrityError

from app.core.errors import Conflict, NotFound
from app.core.events import Actor
from app.core.facts import Facts
from app.core.ids import CaseId, DecisionId, MentionId
from app.engine.among import among
from app.engine.bulk import insert_rows, read_rows
from app.engine.columns import Written, json_text, table_of
from app.engine.database import Transaction
from app.routing import store_repeats
from app.routing.chain import NO_CHAIN, Chain
from app.routing.changes import changed_ids
from app.routing.compile import Compiled
from app.routing.decide import TRACES_KEPT
from app.routing.fields import ARRIVAL
from app.routing.kept_rules import compiled, hash_of, kept
from app.routing.model import Decision
from app.routing.tables import DecisionRow, RuleVersionRow

_VERSION: Final = table_of(RuleVersionRow)
_DECISION: Final = table_of(DecisionRow)
_WRITTEN: Final[dict[int, tuple[Decision, tuple[Written, Written]]]] = {}
"""By identity, of decisions that are kept with it: comparing two of them costs more than writing one."""
_RECORD: Final = insert(_DECISION)
_RECORD_NAMES: Final = ("id", "mention_id", "case_id", "at", "trigger", "version", "facts", "outcome", "trace")
_OUTCOMES: Final = select(_DECISION.c.case_id, _DECISION.c.outcome).where(among(_DECISION.c.case_id, "cases"))
ACTIVE: Final = select(_VERSION.c.version, _VERSION.c.hash).order_by(_VERSION.c.version.desc()).limit(1)
"""Which version is active: its number and the hash of its text, or no row before anything was published."""
_ASKED: Final = (
    select(_DECISION.c.case_id, func.count())
    .where(among(_DECISION.c.case_id, "cases"), _DECISION.c.at > bindparam("since"), _DECISION.c.trigger != bindparam("but", ARRIVAL))
    .group_by(_DECISION.c.case_id)
)


@dataclass(frozen=True, slots=True)
class RuleVersion:
    """One published version. ``copy_of`` names the version it went back to; ``text`` is empty in lists.

    ``changes`` are the rules it changed, None where that was not kept; ``confirmed_by_name`` is the second person, None without one.
    """

    version: int
    hash: str
    reason: str
    by_id: str
    by_name: str
    at: datetime
    copy_of: int | None
    changes: list[str] | None = None
    confirmed_by_id: str | None = None
    confirmed_by_name: str | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class MadeDecision:
    """A decision as it was stored, with the Facts it was made on."""

    id: DecisionId
    mention: MentionId | None
    case: CaseId | None
    at: datetime
    trigger: str
    version: int
    facts: Facts
    decision: Decision
    chain: Chain = NO_CHAIN


def active_version(conn: Connection) -> int:
    """The number of the active version, 0 before anything was published."""
    return conn.execute(select(_VERSION.c.version).order_by(_VERSION.c.version.desc()).limit(1)).scalar() or 0


def active(conn: Connection) -> tuple[int, str]:
    """The active version and its text; (0, "") before anything was published: no rules."""
    row = conn.execute(select(_VERSION.c.version, _VERSION.c.text).order_by(_VERSION.c.version.desc()).limit(1)).first()
    return (row.version, row.text) if row is not None else (0, "")


def active_rules(conn: Connection) -> Compiled:
    """The active rules, compiled. Reads one small row per call; the text only when its hash is new to this process."""
    found = read_rows(conn, ACTIVE, {})
    return rules_known(conn, *found[0]) if found else compiled("")


def rules_known(conn: Connection, number: int, digest: str) -> Compiled:
    """The rules of one version whose hash was read already: its text is read only when this process does not know them."""
    return replace(kept(digest) or compiled(version(conn, number).text), version=number)


def rules_of(conn: Connection, number: int) -> Compiled:
    """The rules of one version, compiled; raises NotFound."""
    return replace(compiled(version(conn, number).text), version=number)


def publish(
    tx: Transaction, text: str, reason: str, actor: Actor, *, expected: int | None = None, copy_of: int | None = None,
    confirmed_by: Actor | None = None,
) -> int:  # fmt: skip
    """Store a text as the next version, which makes it the active one; returns its number.

    The caller has checked it (``check.check``); a text that does not even parse raises Invalid and nothing is stored.
    ``expected`` is the version the editor started from: when another was published since, Conflict is raised instead of
    overwriting it. Publishing the same text again makes a new version.
    """
    rules = compiled(text).rules
    now_active = active_version(tx.conn)
    if expected is not None and expected != now_active:
        msg = f"Version {now_active} was published while you edited version {expected}: look at its changes, then publish again."
        raise Conflict(msg)
    values = {
        "version": now_active + 1, "text": text, "hash": hash_of(text), "reason": reason, "copy_of": copy_of,
        "by_id": actor.id, "by_name": actor.name, "at": tx.now, "changes": changed_ids(active_rules(tx.conn).rules, rules),
        "confirmed_by_id": confirmed_by.id if confirmed_by else None, "confirmed_by_name": confirmed_by.name if confirmed_by else None,
    }  # fmt: skip
    try:
        tx.conn.execute(insert(_VERSION).values(values))
    except IntegrityError as error:  # Two processes on PostgreSQL took the same number; the other one was first.
        raise Conflict("Somebody published rules at the same moment: look at their changes, then publish again.") from error
    return now_active + 1


def versions(conn: Connection, limit: int = 200, before: int | None = None) -> tuple[RuleVersion, ...]:
    """Published versions without their texts, newest first; ``before`` continues below a version."""
    query = select(*(column for column in _VERSION.c if column.name != "text")).order_by(_VERSION.c.version.desc()).limit(limit)
    if before is not None:
        query = query.where(_VERSION.c.version < before)
    return tuple(_version(row) for row in conn.execute(query))


def last_change(conn: Connection, rule: str, limit: int) -> RuleVersion | None:
    """The newest version that changed the rule, of the newest ``limit``; None where it is older, or from before changes were kept."""
    return next((one for one in versions(conn, limit) if one.changes is not None and rule in one.changes), None)


def version(conn: Connection, number: int) -> RuleVersion:
    """One version with its text; raises NotFound."""
    row = conn.execute(select(_VERSION).where(_VERSION.c.version == number)).first()
    if row is None:
        raise NotFound(f"There is no version {number} of the rules: choose one from the list of versions.")
    return _version(row)


def record_decision(
    tx: Transaction, facts: Facts, decision: Decision, *, mention: MentionId | None = None, case: CaseId | None = None
) -> DecisionId:
    """Store one decision with its Facts and trace."""
    return record_decisions(tx, [(facts, decision, mention, case)])[0]


def record_decisions(
    tx: Transaction, made: Sequence[tuple[Facts, Decision, MentionId | None, CaseId | None]], chains: Sequence[Chain] | None = None
) -> list[DecisionId]:
    """Store a batch of decisions in one statement; ids in the same order. ``chains`` are theirs, where there is anything to say."""
    rows: list[tuple[Any, ...]] = [
        (
            tx.new_id(), mention, case, tx.now, facts.trigger, decision.version, facts.as_stored(), *_written(decision),
        )
        for facts, decision, mention, case in made
    ]  # fmt: skip
    ids = [DecisionId(row[0]) for row in rows]
    told = [chain.as_json() for chain in chains or ()]
    if any(told):
        rows = [(*row, chain) for row, chain in zip(rows, told, strict=True)]
        insert_rows(tx.conn, _RECORD, (*_RECORD_NAMES, "chain"), rows)
    else:
        insert_rows(tx.conn, _RECORD, _RECORD_NAMES, rows)
    return ids


def _written(decision: Decision) -> tuple[Written, Written]:
    """The outcome and the trace as they are stored. ``decide`` gives the very same decision again and again: it is written out once."""
    kept = _WRITTEN.get(id(decision))
    if kept is not None and kept[0] is decision:
        return kept[1]
    if len(_WRITTEN) >= TRACES_KEPT:
        _WRITTEN.clear()
    texts = Written(json_text(decision.as_json())), Written(json_text(decision.trace_json()))
    _WRITTEN[id(decision)] = decision, texts
    return texts


def asked_since(conn: Connection, cases: Collection[CaseId], since: datetime) -> dict[CaseId, int]:
    """How often the rules were asked about each of these cases since then, arrivals of mentions aside; cases without are left out."""
    return {CaseId(case): n for case, n in read_rows(conn, _ASKED, {"cases": sorted(cases), "since": since})} if cases else {}


def fired_since(conn: Connection, case: CaseId, since: datetime, *, most: int) -> int:
    """On how many events rules fired on the case since then, arrivals of mentions aside; counted among ten times ``most``."""
    where = (_DECISION.c.case_id == case, _DECISION.c.at > since, _DECISION.c.trigger != ARRIVAL)
    outcomes = conn.execute(select(_DECISION.c.outcome).where(*where).order_by(_DECISION.c.at.desc()).limit(most * 10)).scalars()
    return sum(1 for outcome in outcomes if outcome["fired"])


def last_decisions(conn: Connection, n: int, trigger: str | None = None) -> tuple[MadeDecision, ...]:
    """The newest ``n`` decisions, newest first, of one trigger or of all."""
    query = select(_DECISION).order_by(_DECISION.c.at.desc(), _DECISION.c.id.desc()).limit(n)
    if trigger is not None:
        query = query.where(_DECISION.c.trigger == trigger)
    return tuple(_made(row) for row in conn.execute(query))


def cases_fired_on(conn: Connection, rule: str, among_cases: Sequence[CaseId]) -> frozenset[CaseId]:
    """Of these cases those on which the rule fired, by the decisions that are kept of them."""
    if not among_cases:
        return frozenset()
    rows = read_rows(conn, _OUTCOMES, {"cases": list(dict.fromkeys(among_cases))})
    return frozenset(CaseId(case) for case, outcome in rows if rule in outcome["fired"])


def fired_lately(conn: Connection, n: int) -> tuple[tuple[CaseId, datetime, tuple[str, ...]], ...]:
    """Of the newest ``n`` decisions the case, the time and the rules that fired, newest first."""
    columns = (_DECISION.c.case_id, _DECISION.c.at, _DECISION.c.outcome)
    query = select(*columns).where(_DECISION.c.case_id.is_not(None)).order_by(_DECISION.c.at.desc(), _DECISION.c.id.desc()).limit(n)
    return tuple((CaseId(row.case_id), row.at, tuple(row.outcome.get("fired", ()))) for row in conn.execute(query))


def for_case(conn: Connection, case: CaseId, limit: int = 100) -> tuple[MadeDecision, ...]:
    """The decisions made about a case, newest first."""
    query = select(_DECISION).where(_DECISION.c.case_id == case).order_by(_DECISION.c.at.desc(), _DECISION.c.id.desc()).limit(limit)
    return tuple(_made(row) for row in conn.execute(query))


def forget_case(tx: Transaction, case: CaseId) -> int:
    """Delete the decisions about a case, with the customer's words in their Facts; returns how many."""
    store_repeats.forget(tx, [case])
    return tx.conn.execute(delete(_DECISION).where(_DECISION.c.case_id == case)).rowcount


def _made(row: Row[Any]) -> MadeDecision:
    decision = Decision.from_json(row.outcome, row.trace)
    return MadeDecision(
        row.id,
        row.mention_id,
        row.case_id,
        row.at,
        row.trigger,
        row.version,
        Facts.from_json(row.facts),
        decision,
        Chain.from_json(row.chain),
    )


def _version(row: Row[Any]) -> RuleVersion:
    return RuleVersion(**row._mapping)
