"""Answers that wait for a second person: the question, the proposed text with what the checks find in it, who asked and since when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection

from app.cases import outbox
from app.cases import store as cases
from app.cases.model import Case, Reply
from app.channels.networks import network
from app.core.asker import Asker
from app.core.errors import Conflict
from app.engine.ports import Ports
from app.judgement.answering import standing
from app.judgement.desk import Desk, desk_of
from app.mentions import store as mentions
from app.people import store as people
from app.policy import approvals
from app.policy.gate import may_decide
from app.policy.model import APPROVAL_ROLES, Approval, ApprovalRole
from app.queries.case_records import FindingShown
from app.queries.case_thread import ThreadItem, thread_of

PAGE_SIZE: Final = 25


@dataclass(frozen=True, slots=True)
class ShownMark:
    """Words to mark in a text, in characters; ``kind`` is the risk class they speak of."""

    start: int
    end: int
    kind: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """One answer before a second person. ``mine`` is set for whoever wrote it: another person decides then."""

    id: str
    reply: str
    case: str
    role: str
    by: str
    since: datetime
    mine: bool
    may_decide: bool
    held: bool
    author: str
    customer: str | None
    tier: str | None
    network: str
    network_mark: str
    account: str
    question: str
    question_lang: str
    question_at: datetime | None
    marks: tuple[ShownMark, ...]
    text: str
    visibility: str
    policy: str
    ticks: tuple[str, ...]
    findings: tuple[FindingShown, ...]
    count: int
    limit: int


@dataclass(frozen=True, slots=True)
class ApprovalsPage:
    """What waits for this viewer, the longest waiting first."""

    waiting: tuple[Waiting, ...]
    next: str | None
    roles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ApprovalPage:
    """One answer to decide, with the conversation it belongs to."""

    waiting: Waiting
    thread: tuple[ThreadItem, ...]


def waiting_for(ports: Ports, conn: Connection, asker: Asker, *, cursor: str | None = None) -> ApprovalsPage:
    """What this viewer may decide. Forbidden for who may decide nothing."""
    roles = _roles(asker)
    page = approvals.waiting(conn, roles, cursor=cursor, limit=PAGE_SIZE)
    desk = desk_of(ports, conn)
    return ApprovalsPage(tuple(w for a in page.items if (w := _waiting(ports, conn, desk, asker, a)) is not None), page.next, roles)


def one(ports: Ports, conn: Connection, asker: Asker, id: str) -> ApprovalPage:
    """One that waits. Conflict, naming who decided, when it does not wait any more."""
    _roles(asker)
    approval = approvals.get_approval(conn, id)
    found = _waiting(ports, conn, desk_of(ports, conn), asker, approval) if approval.state == "asked" else None
    if found is None:
        by = approval.decided_by_name
        raise Conflict(f"{by} decided this answer already: it is {approval.state}." if by else "This answer was taken back.")
    return ApprovalPage(found, thread_of(conn, cases.get(conn, found.case)))


def proposal_of(ports: Ports, conn: Connection, asker: Asker, case: Case) -> Waiting | None:
    """The answer that waits for approval on a case, None without one."""
    ahead = outbox.outgoing(conn, case.id)
    if ahead is None or ahead.state != "pending_approval":
        return None
    asked = [a for a in approvals.approvals_of_reply(conn, ahead.id) if a.state == "asked"]
    return _waiting(ports, conn, desk_of(ports, conn), asker, asked[0]) if asked else None


def _roles(asker: Asker) -> tuple[ApprovalRole, ...]:
    role = asker.role
    roles = () if role is None else tuple(r for r in APPROVAL_ROLES if may_decide(r, role))
    if not roles:
        asker.need("replies.approve")
    return roles


def _waiting(ports: Ports, conn: Connection, desk: Desk, asker: Asker, approval: Approval) -> Waiting | None:
    reply = outbox.reply(conn, approval.reply_id)
    if reply.state != "pending_approval":
        return None
    case = cases.get(conn, reply.case_id)
    said = mentions.get(conn, reply.mention_id)
    net = network(case.network)
    author = people.get(conn, reply.by_id)
    writer = Asker(asker.actor, asker.permissions, author.role, reply.by_id)  # judged as its writer's words, not as the reader's
    found = standing(ports, conn, desk, writer, case, reply.text, reply.visibility)
    mine = approval.asked_by == asker.person_id
    return Waiting(
        id=approval.id, reply=reply.id, case=case.id, role=approval.role, by=approval.asked_by_name, since=approval.asked_at, mine=mine,
        may_decide=not mine and asker.role is not None and may_decide(approval.role, asker.role), held=case.hold, author=case.author_handle,
        customer=case.customer_name, tier=case.tier, network=case.network, network_mark=net.mark, account=case.account,
        question=said.text if said else "", question_lang=said.language if said else "und", question_at=said.created_at if said else None,
        marks=risk_marks(said.judgement["marks"]) if said else (), text=reply.text, visibility=reply.visibility,
        policy=_policy(reply), ticks=tuple(t["text"] for t in reply.ticks),
        findings=tuple(FindingShown(f"{f.text} {f.mend}", f.severity == "block") for f in found.findings),
        count=found.length.units, limit=found.length.limit,
    )  # fmt: skip


def risk_marks(marks: Sequence[dict[str, object]]) -> tuple[ShownMark, ...]:
    """Of a judgement's marks those that speak of a risk, in the order of the text."""
    found = [ShownMark(int(str(m["start"])), int(str(m["end"])), str(m["of"] or "risk")) for m in marks if m["kind"] == "risk"]
    return tuple(sorted(found, key=lambda m: (m.start, m.end)))


def _policy(reply: Reply) -> str:
    return f"{reply.policy} v{reply.policy_version}" if reply.policy else ""
