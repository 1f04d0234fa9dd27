"""One case as programs see it: the contract's case JSON as a frozen record, read in one snapshot.

What can be answered, and why not, is said in ``reply``; ``viewers`` are those whose page of the case is open.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection

from app.cases import outbox
from app.cases import store as cases
from app.cases.model import Case, Reply
from app.channels.networks import network
from app.core.asker import Asker
from app.customers import store as customers
from app.customers.model import CustomerRecord
from app.engine.ports import Ports
from app.engine.viewers import people_at
from app.escalation import store as escalation
from app.escalation.model import Matter
from app.judgement.desk import levels_of
from app.mentions import store as mentions
from app.mentions.model import Mention
from app.policy import store as policies
from app.policy.model import Policy, Tick, applying
from app.queries.api_case_records import (
    Author,
    CanReply,
    CaseClock,
    CaseCustomer,
    CaseMatter,
    CaseMention,
    CaseRecord,
    CaseReply,
    Checklist,
    ChecklistItem,
    Override,
    Priority,
    Sentiment,
    Term,
    Viewer,
    Who,
)
from app.routing import store as routing
from app.sla import clock as clockwork
from app.sla import store as clocks
from app.sla.arithmetic import arithmetic
from app.sla.model import WALL, Clock, ServiceLevels

_TYPING: Final = timedelta(seconds=10)  # drafts are saved 0.8 s after the last letter


def api_case(ports: Ports, asker: Asker, id: str) -> CaseRecord:
    """The case; NotFound when there is none."""
    asker.need("cases.read")
    with ports.db.read() as conn:
        case = cases.get(conn, id)
        said = mentions.of_case(conn, case.id)
        matters = escalation.for_case(conn, case.id)
        decisions = routing.for_case(conn, case.id, limit=1)
        return CaseRecord(
            id=case.id, version=case.version, state=case.state, disposition=case.disposition, hold=case.hold, network=case.network,
            instance=case.instance, account=case.account, queue=case.queue, assignee=assignee_of(case), language=case.language,
            visibility=case.visibility, opened_at=case.opened_at, updated_at=case.updated_at, waiting_since=case.waiting_since,
            snoozed_until=case.snoozed_until, closed_at=case.closed_at, priority=priority_of(case), reply=_can_reply(ports, case, said),
            customer=customer_of(customers.get(conn, case.customer_id)), mentions=tuple(_mention(m) for m in said),
            replies=tuple(reply_of(r) for r in outbox.replies(conn, case.id)),
            clocks=_clocks(clocks.for_cases(conn, [case.id])[case.id], levels_of(ports), ports.clock.now()),
            checklist=_checklist(conn, case), matter=_matter(matters), tags=tuple(case.tags),
            trace=decisions[0].decision.trace if decisions else (), viewers=_viewers(conn, case, ports.clock.now()),
        )  # fmt: skip


def _viewers(conn: Connection, case: Case, now: datetime) -> tuple[Viewer, ...]:
    """Who has the case open; typing is who saved words of a draft a moment ago."""

    def types(person: str) -> bool:
        draft = outbox.draft(conn, case.id, person)
        return draft is not None and now - draft.updated_at <= _TYPING

    return tuple(Viewer(person, name, types(person)) for person, name in people_at(case.id))


def api_reply(ports: Ports, asker: Asker, id: str) -> CaseReply:
    """One reply; NotFound when there is none."""
    asker.need("cases.read")
    with ports.db.read() as conn:
        return reply_of(outbox.reply(conn, id))


def assignee_of(case: Case) -> Who | None:
    """Who holds the case."""
    return Who(case.assignee_id, case.assignee_name or "") if case.assignee_id else None


def priority_of(case: Case) -> Priority:
    """Score, band and terms as the case's row keeps them."""
    override = None
    if case.override_score is not None:
        override = Override(case.override_score, case.override_by, case.override_reason, case.override_until)
    return Priority(case.score, case.band, tuple(Term(t["term"], t["points"], t["why"]) for t in case.terms), override)


def customer_of(record: CustomerRecord | None) -> CaseCustomer | None:
    """What of a customer a case shows."""
    if record is None:
        return None
    return CaseCustomer(
        record.id, record.name, record.known, record.value_tier, record.lifetime_value, record.currency, record.author_class
    )


def reply_of(reply: Reply) -> CaseReply:
    """A reply as programs see it."""
    return CaseReply(
        id=reply.id, case=reply.case_id, text=reply.text, visibility=reply.visibility, state=reply.state,
        by=Who(reply.by_id, reply.by_name), approved_by=reply.approved_by, created_at=reply.created_at, send_after=reply.send_after,
        queued_at=reply.queued_at, sent_at=reply.sent_at, external_id=reply.external_id, url=reply.url, error=reply.error,
        policy=reply.policy, policy_version=reply.policy_version, response_seconds=reply.response_seconds,
    )  # fmt: skip


def _can_reply(ports: Ports, case: Case, said: Sequence[Mention]) -> CanReply:
    net = network(case.network)
    why = None
    if case.hold:
        why = "Legal holds this case: nothing goes out."
    elif case.state == "done":
        why = "The case is done: reopen it to answer."
    elif any(m.id == case.last_mention_id and m.deleted_at is not None for m in said):
        why = "The customer deleted the post."
    if why is not None:
        return CanReply("no", why, net.limit, None)
    publisher = ports.settings.earshot_default_publisher
    by_hand = publisher == "by_hand" or (net.can_reply == "by_hand" and publisher != "echo")
    return CanReply("by_hand" if by_hand else "yes", None, net.limit, None)


def _mention(m: Mention) -> CaseMention:
    return CaseMention(
        id=m.id, external_id=m.external_id, text=m.text, created_at=m.created_at, received_at=m.received_at, edited_at=m.edited_at,
        deleted_at=m.deleted_at, revision=m.revision, url=m.url, kind=m.kind, visibility=m.visibility,
        author=Author(m.author_handle, m.author_name), in_reply_to=m.in_reply_to, language=m.language,
        sentiment=Sentiment(m.sentiment, m.sentiment is not None), risk=tuple(m.judgement.get("risk", ())),
        content_warning=m.content_warning, media=tuple(m.media),
    )  # fmt: skip


def _clocks(found: Sequence[Clock], served: ServiceLevels, now: datetime) -> tuple[CaseClock, ...]:
    return tuple(
        CaseClock(
            c.metric,
            c.target_seconds,
            c.due_at,
            c.state,
            clockwork.elapsed(c, served.calendar(c.calendar), now),
            arithmetic(c, served.calendar(c.calendar), now, served.zone if c.calendar == WALL else None),
        )
        for c in found
    )


def _checklist(conn: Connection, case: Case) -> Checklist | None:
    every = policies.all_active(conn)
    fitting = applying(every, case.visibility, case.risk if case.hold else [])
    policy = next((p for p in every if p.id == case.policy), fitting[0] if fitting else None)
    if policy is None:
        return None
    ticks = policies.ticks(conn, case.id)
    return Checklist(policy.id, policy.version, tuple(_item(policy, i.id, i.text, i.required, ticks.get(i.id)) for i in policy.items))


def _item(policy: Policy, id: str, text: str, required: bool, tick: Tick | None) -> ChecklistItem:
    if tick is None or (tick.policy, tick.version) != (policy.id, policy.version):
        return ChecklistItem(id, text, required, None, None)
    return ChecklistItem(id, text, required, tick.by_name, tick.at)


def _matter(matters: Sequence[Matter]) -> CaseMatter | None:
    if not matters:
        return None
    m = next((m for m in matters if m.state != "closed"), max(matters, key=lambda m: m.opened_at))
    return CaseMatter(
        id=m.id, kind=m.kind, tier=m.tier, state=m.state, risk=m.risk, reason=m.reason, opened_at=m.opened_at,
        acknowledged_by=m.acknowledged_by_name or None, decided_by=m.decided_by_name or None, decided_at=m.decided_at, decision=m.decision,
    )  # fmt: skip
