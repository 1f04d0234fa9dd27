"""The case page: thread, score with its reasons, checklist, clocks, customer, trace, gate, and what the viewer may do."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, select

from app.cases import outbox
from app.cases import store as cases
from app.cases.model import BY_RULE, Case, Draft, Reply
from app.cases.store import case_of
from app.cases.tables import CASE
from app.channels.networks import profile_link
from app.core.asker import Asker
from app.customers import store as customers
from app.customers.model import CustomerRecord
from app.engine.ports import Ports
from app.escalation import store as escalation
from app.escalation.model import Matter
from app.judgement.answering import Standing, standing
from app.judgement.desk import Desk, desk_of, reasons_of
from app.judgement.judging import moving
from app.people import store as people
from app.policy.model import Policy
from app.priority import order, score
from app.queries.case_records import (
    CasePage,
    ChecklistShown,
    ClockShown,
    CustomerShown,
    DraftShown,
    EntryShown,
    FindingShown,
    GateShown,
    IdentityShown,
    ItemShown,
    MatterShown,
    OnItsWay,
    QueueShown,
    ScoreShown,
    TermShown,
    UndoShown,
)
from app.queries.case_row import row_of
from app.queries.case_thread import thread_of
from app.routing import store as routing
from app.sla import clock as clockwork
from app.sla import store as sla
from app.sla.arithmetic import arithmetic
from app.sla.model import WALL, Clock, ServiceLevels
from app.sla.words import NAMES, exactly

_OTHER_CASES: Final = 5
_TRACE_LINES: Final = 20


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
    writes = asker.may("replies.draft") and case.state != "done" and (draft is None or not draft.text)
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
        queues=tuple(QueueShown(q.id, q.title) for q in desk.queues),
        people=tuple(p for p in people.everyone(conn) if not p.disabled and p.role in ("agent", "trainee", "supervisor")),
        undo=_undo(asker, ahead, now),
        outgoing=OnItsWay(ahead.id, ahead.state, ahead.by_name, ahead.text, ahead.url, ahead.error) if ahead else None,
        left_draft=_left_draft(conn, case, asker) if writes else None,
        skip_reasons=reasons_of(ports).skip,
    )


def _left_draft(conn: Connection, case: Case, asker: Asker) -> DraftShown | None:
    """A draft of somebody who does not hold the case any more; what its holder is writing is theirs alone."""
    me = asker.person_id or ""
    left = outbox.left_draft(conn, case.id, {me, case.assignee_id or me})
    if left is None:
        return None
    who = "the rules" if left.person_id == BY_RULE else people.get(conn, left.person_id).name
    return DraftShown(left.text, left.version, left.updated_at, who, left.visibility)


def _in_the_way(ahead: Reply) -> str:
    if ahead.state == "unknown":
        return f"Whether {ahead.by_name}'s answer left is not known: that comes first."
    return f"{ahead.by_name}'s answer is {ahead.state.replace('_', ' ')}."


def gate_of(found: Standing, asker: Asker, case: Case, ahead: Reply | None, *, empty_draft: bool) -> GateShown:
    """The gate in words. An empty draft is not told that it is empty."""
    reasons = [b.text for b in found.verdict.blocks if b.code != "policy"]
    findings = tuple(
        FindingShown(f"{f.text} {f.mend}", f.severity == "block") for f in found.findings if not (f.code == "empty" and empty_draft)
    )
    if ahead is not None:
        reasons.insert(0, _in_the_way(ahead))
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
        until = f"{case.override_until:%d %b %H:%M} UTC"
        override = f"Set to {case.override_score} by {case.override_by} until {until}: {case.override_reason or 'no reason given'}"
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
    """Those that last, the nearest due first; then those that stopped, the latest first."""
    found = sla.for_cases(conn, [case.id])[case.id]
    lasting = sorted((c for c in found if not c.stopped), key=lambda c: (c.due_at is None, c.due_at or c.started_at))
    stopped = sorted((c for c in found if c.stopped), key=lambda c: c.stopped_at or now, reverse=True)
    return tuple(_clock(clock, desk.levels, now) for clock in (*lasting, *stopped))


def _clock(clock: Clock, levels: ServiceLevels, now: datetime) -> ClockShown:
    calendar = levels.calendar(clock.calendar)
    own_zone = levels.zone if calendar.name == WALL else None
    state = "warned" if clock.state == "running" and clock.warned_at else clock.state
    return ClockShown(
        clock.id, clock.metric, NAMES[clock.metric], state, clock.stopped, clock.due_at, clock.target_seconds,
        exactly(clock.target_seconds), clockwork.elapsed(clock, calendar, clock.stopped_at or now),
        arithmetic(clock, calendar, now, own_zone),
    )  # fmt: skip


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
            if free or mine:
                can.add("skip")
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


def own_draft(ports: Ports, asker: Asker, case_id: str) -> Draft | None:
    """The viewer's own draft on a case."""
    asker.need("replies.draft")
    with ports.db.read() as conn:
        return outbox.draft(conn, cases.get(conn, case_id).id, asker.person())


@dataclass(frozen=True, slots=True)
class GatePage:
    """The gate alone, in the form the page's macro takes."""

    gate: GateShown


def check_draft(ports: Ports, asker: Asker, case_id: str, text: str, visibility: str, ticked: tuple[str, ...] = ()) -> GatePage:
    """How a text would stand if it were sent now; runs while people type."""
    asker.need("replies.draft")
    with ports.db.read() as conn:
        case = cases.get(conn, case_id)
        found = standing(ports, conn, desk_of(ports, conn), asker, case, text, visibility, ticked=ticked)
        return GatePage(gate_of(found, asker, case, outbox.outgoing(conn, case.id), empty_draft=not text))
