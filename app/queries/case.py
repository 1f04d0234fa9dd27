"""The case page: thread, score with its reasons, checklist, clocks, customer, trace, gate, and what the viewer may do."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import Connection, select

from app.judgement.answering import Standing, standing
from app.judgement.desk import Desk, desk_of
from app.judgement.judging import moving
from app.cases import outbox
from app.cases import store as cases
from app.cases.model import Case, Draft, Reply
from app.cases.store import case_of
from app.cases.tables import CASE
from app.channels.networks import profile_link
from app.core.asker import Asker
from app.customers import store as customers
from app.customers.model import CustomerRecord
from app.engine.ports import Ports
from app.escalation import store as escalation
from app.escalation.model import Matter
from app.people import store as people
from app.people.model import Person
from app.policy.model import Policy
from app.priority import order, score
from app.queries.case_row import CaseRow, row_of
from app.queries.case_thread import ThreadItem, thread_of
from app.routing import store as routing
from app.routing.model import Queue, TraceLine
from app.sla import clock as clockwork
from app.sla import store as sla
from app.sla import words as sla_words

_OTHER_CASES: Final = 5
_TRACE_LINES: Final = 20


@dataclass(frozen=True, slots=True)
class TermShown:
    """One term of the score."""

    term: str
    points: int
    why: str


@dataclass(frozen=True, slots=True)
class ScoreShown:
    """The score as the panel "Why here" shows it."""

    total: int
    band: str
    terms: tuple[TermShown, ...]
    override: str | None
    what_would_change: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ItemShown:
    """One line of the checklist."""

    id: str
    text: str
    required: bool
    ticked_by: str | None
    ticked_at: datetime | None


@dataclass(frozen=True, slots=True)
class ChecklistShown:
    """The checklist that the next answer must satisfy."""

    policy: str
    title: str
    version: int
    items: tuple[ItemShown, ...]


@dataclass(frozen=True, slots=True)
class ClockShown:
    """One clock; ``arithmetic`` says in words how its deadline came about."""

    metric: str
    state: str
    due_at: datetime | None
    target_seconds: int
    elapsed_seconds: float
    arithmetic: str


@dataclass(frozen=True, slots=True)
class IdentityShown:
    """An account of the customer. ``verified`` says who vouches that it is theirs."""

    network: str
    handle: str
    verified: str
    url: str | None


@dataclass(frozen=True, slots=True)
class EntryShown:
    """One line of the customer's other cases."""

    at: datetime
    kind: str
    text: str
    who: str
    case_id: str


@dataclass(frozen=True, slots=True)
class CustomerShown:
    """The customer beside the thread."""

    id: str
    name: str
    known: bool
    tier: str | None
    value: float | None
    currency: str
    since: date | None
    author_class: str
    identities: tuple[IdentityShown, ...]
    timeline: tuple[EntryShown, ...]


@dataclass(frozen=True, slots=True)
class FindingShown:
    """One finding in the draft."""

    message: str
    blocks: bool


@dataclass(frozen=True, slots=True)
class GateShown:
    """Whether the draft may leave, and why not."""

    can_send: bool
    can_submit: bool
    reasons: tuple[str, ...]
    limit: int
    count: int
    findings: tuple[FindingShown, ...]


@dataclass(frozen=True, slots=True)
class DraftShown:
    """What the viewer was writing."""

    text: str
    version: int
    updated_at: datetime
    author: str
    visibility: str


@dataclass(frozen=True, slots=True)
class MatterShown:
    """The open matter of the case."""

    id: str
    kind: str
    state: str
    risk: tuple[str, ...]
    why: str
    asked_by: str
    opened_at: datetime


@dataclass(frozen=True, slots=True)
class UndoShown:
    """An answer that can still be taken back."""

    reply_id: str
    seconds_left: int


@dataclass(frozen=True, slots=True)
class OnItsWay:
    """The reply that holds the case's outgoing place, for whoever must act on it."""

    id: str
    state: str
    by: str
    text: str
    link: str | None
    error: str | None


@dataclass(frozen=True, slots=True)
class CasePage:
    """Everything on the page of one case, for one viewer."""

    row: CaseRow
    version: int
    visibility: str
    intent: str
    thread: tuple[ThreadItem, ...]
    siblings: tuple[CaseRow, ...]
    score: ScoreShown
    checklist: ChecklistShown | None
    clocks: tuple[ClockShown, ...]
    customer: CustomerShown | None
    trace: tuple[TraceLine, ...]
    gate: GateShown
    draft: DraftShown | None
    matter: MatterShown | None
    can: frozenset[str]
    queues: tuple[Queue, ...]
    people: tuple[Person, ...]
    undo: UndoShown | None
    outgoing: OnItsWay | None


def case_page(ports: Ports, conn: Connection, asker: Asker, id: str, viewers: tuple[str, ...] = ()) -> CasePage:
    """The page of a case as this viewer may see it; NotFound when there is none."""
    asker.need("cases.read")
    now = ports.clock.now()
    desk = desk_of(ports, conn)
    case = cases.get(conn, id)
    customer = customers.get(conn, case.customer_id)
    draft = outbox.draft(conn, case.id, asker.person_id) if asker.person_id else None
    found = standing(ports, conn, desk, asker, case, draft.text if draft else "", draft.visibility if draft else "public")
    decisions = routing.for_case(conn, case.id, limit=1)
    ahead = outbox.outgoing(conn, case.id)
    matter = escalation.open_for_cases(conn, [case.id]).get(case.id)
    return CasePage(
        row=row_of(case, viewers),
        version=case.version,
        visibility=case.visibility,
        intent=case.intent,
        thread=thread_of(conn, case),
        siblings=tuple(row_of(c) for c in cases.siblings(conn, case)),
        score=_score(case, desk, now, decisions[0].facts if decisions else None),
        checklist=_checklist(found),
        clocks=_clocks(conn, case, desk, now),
        customer=_customer(conn, customer, case) if customer else None,
        trace=tuple(line for line in decisions[0].decision.trace[:_TRACE_LINES]) if decisions else (),
        gate=gate_of(found, asker, case, ahead, empty_draft=draft is None or not draft.text),
        draft=DraftShown(draft.text, draft.version, draft.updated_at, asker.actor.name, draft.visibility) if draft and draft.text else None,
        matter=_matter(matter),
        can=_can(asker, case, ahead),
        queues=desk.queues,
        people=tuple(p for p in people.everyone(conn) if not p.disabled and p.role in ("agent", "trainee", "supervisor")),
        undo=_undo(asker, ahead, now),
        outgoing=OnItsWay(ahead.id, ahead.state, ahead.by_name, ahead.text, ahead.url, ahead.error) if ahead else None,
    )


def gate_of(found: Standing, asker: Asker, case: Case, ahead: Reply | None, *, empty_draft: bool) -> GateShown:
    """The gate in words. An empty draft is not told that it is empty."""
    reasons = [b.text for b in found.verdict.blocks if b.code not in ("policy",)]
    findings = tuple(
        FindingShown(f"{f.text} {f.mend}", f.severity == "block") for f in found.findings if not (f.code == "empty" and empty_draft)
    )
    if ahead is not None:
        reasons.insert(0, f"{ahead.by_name}'s answer is {ahead.state.replace('_', ' ')}.")
    if case.assignee_id is not None and case.assignee_id != asker.person_id and not asker.may("cases.assign"):
        reasons.insert(0, f"{case.assignee_name} holds this case.")
    blocked = bool(found.verdict.blocks) or ahead is not None or bool(reasons)
    needs = found.verdict.needs_approval
    if needs is not None and not blocked:
        reasons.append(f"It goes to {needs} for approval first.")
    return GateShown(
        not blocked and needs is None, not blocked and needs is not None, tuple(reasons), found.length.limit, found.length.units, findings
    )


def _score(case: Case, desk: Desk, now: datetime, facts: Any) -> ScoreShown:
    terms = tuple(TermShown(t["term"], t["points"], t["why"]) for t in case.terms)
    override = None
    if case.override_score is not None and case.override_until is not None:
        override = f"Set to {case.override_score} by {case.override_by} until {case.override_until:%d %b %H:%M} UTC: {case.override_reason or 'no reason given'}"
    change: tuple[str, ...] = ()
    if facts is not None:
        current = score.of(facts, desk.weights)
        change = order.what_would_change(_with(facts, moving(case, now)), current, desk.weights)
    return ScoreShown(case.score, case.band, terms, override, change)


def _with(facts: Any, changes: dict[str, Any]) -> Any:
    return type(facts).from_json(facts.as_json() | changes)


def _checklist(found: Standing) -> ChecklistShown | None:
    policy: Policy | None = found.policy
    if policy is None:
        return None
    ticks = {i: t for i, t in found.ticks.items() if t.policy == policy.id and t.version == policy.version}
    items = tuple(
        ItemShown(i.id, i.text, i.required, ticks[i.id].by_name if i.id in ticks else None, ticks[i.id].at if i.id in ticks else None)
        for i in policy.items
    )
    return ChecklistShown(policy.id, policy.title, policy.version, items)


def _clocks(conn: Connection, case: Case, desk: Desk, now: datetime) -> tuple[ClockShown, ...]:
    shown = []
    for clock in sla.for_cases(conn, [case.id])[case.id]:
        calendar = desk.levels.calendar(clock.calendar)
        elapsed = clockwork.elapsed(clock, calendar, clock.stopped_at or now)
        shown.append(
            ClockShown(clock.metric, clock.state, clock.due_at, clock.target_seconds, elapsed, sla_words.deadline(clock, calendar, now))
        )
    return tuple(shown)


def _customer(conn: Connection, customer: CustomerRecord, case: Case) -> CustomerShown:
    identities = tuple(
        IdentityShown(
            i.network, i.handle or i.external_id or "", f"by {i.verified_by}", profile_link(i.network, i.instance, i.handle or "")
        )
        for i in customers.identities_of(conn, customer.id)
    )
    rows = conn.execute(
        select(CASE)
        .where(CASE.c.customer_id == customer.id, CASE.c.id != case.id)
        .order_by(CASE.c.last_mention_at.desc())
        .limit(_OTHER_CASES)
    )
    others = [case_of(r) for r in rows]
    timeline = tuple(EntryShown(c.last_mention_at, c.state, c.excerpt, c.author_handle, c.id) for c in others)
    return CustomerShown(
        customer.id, customer.name or case.author_handle, customer.known, customer.value_tier, customer.lifetime_value, customer.currency,
        customer.since, customer.author_class, identities, timeline,
    )  # fmt: skip


def _matter(matter: Matter | None) -> MatterShown | None:
    if matter is None:
        return None
    return MatterShown(matter.id, matter.kind, matter.state, matter.risk, matter.reason, matter.opened_by.name, matter.opened_at)


def _undo(asker: Asker, ahead: Reply | None, now: datetime) -> UndoShown | None:
    if ahead is None or ahead.state != "queued" or ahead.send_after is None or ahead.send_after <= now or ahead.by_id != asker.person_id:
        return None
    return UndoShown(ahead.id, max(1, round((ahead.send_after - now).total_seconds())))


def _can(asker: Asker, case: Case, ahead: Reply | None) -> frozenset[str]:
    """The names of what this viewer may do here now; templates ask only whether a name is there."""
    can: set[str] = set()
    done = case.state == "done"
    mine = case.assignee_id is not None and case.assignee_id == asker.person_id
    free = case.assignee_id is None
    if asker.may("cases.work"):
        can.add("note")
        can.add("tag")
        if not done:
            can |= {"escalate", "override"}
            if free:
                can.add("claim")
            if mine or (not free and asker.may("cases.assign")):
                can.add("release")
            if asker.may("cases.assign"):
                can.add("assign")
            if free or mine or asker.may("cases.assign"):
                can |= {"snooze", "close"}
    if asker.may("replies.draft") and not done:
        can.add("reply")
    if asker.may("matters.decide") and case.hold:
        can.add("decide")
    if ahead is not None and ahead.state == "pending_approval" and (asker.may("replies.approve") or asker.may("matters.decide")):
        can.add("approve")
    if ahead is not None and asker.may("replies.send") and ahead.state in ("by_hand", "unknown"):
        can.add("settle")
    return frozenset(can)


def draft_of(conn: Connection, case_id: str, asker: Asker) -> Draft | None:
    """The viewer's own draft on a case."""
    asker.need("replies.draft")
    return outbox.draft(conn, cases.get(conn, case_id).id, asker.person())
