"""A second person decides an answer: approve, approve with edits, or reject. Nobody approves their own; of two, one wins.

When legal approves the answer to a held case, the matter is decided with it and the hold is lifted.
"""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final, Literal

from app.actions import clocks
from app.actions.ask_rules import ask_of_case
from app.actions.case_at_hand import reply_at_hand
from app.actions.matter_clocks import matter_decided
from app.actions.on_its_way import woken
from app.actions.send_reply import enqueue, reply_data
from app.cases import outbox
from app.cases import store as cases
from app.cases.model import Case, Reply
from app.channels.networks import network
from app.core.asker import Asker
from app.core.errors import Conflict, Forbidden, Invalid, OnHold
from app.core.events import NewEvent
from app.core.roles import Permission, may
from app.engine.database import Transaction
from app.engine.ports import Ports
from app.escalation import store as escalation
from app.escalation.model import Decision
from app.judgement.answering import standing
from app.judgement.deciding import unheld
from app.judgement.desk import Desk, desk_of
from app.people import store as people
from app.policy.approvals import approvals_of_reply, decide_approval
from app.policy.gate import may_decide
from app.policy.model import Approval, ApprovalRole

Verb = Literal["approve", "reject"]
_DECIDES: Final[dict[ApprovalRole, tuple[Permission, ...]]] = {
    "legal": ("matters.decide",),
    "supervisor": ("replies.approve", "matters.decide"),
    "agent": ("replies.approve", "matters.decide", "replies.send"),
}
"""A token may be narrower than its person: besides the person's role, its own permissions must reach."""


@dataclass(frozen=True, slots=True)
class Word:
    """What the second person says. ``text`` is the changed text, None to take it as it is."""

    verb: Verb
    reason: str = ""
    text: str | None = None


def decide_reply(ports: Ports, asker: Asker, id: str, word: Word) -> Reply:
    """Decide the open approval of a reply.

    Conflict when somebody decided it before, Forbidden for one's own, OnHold when the case was held since and the approval is not
    legal's: it can be approved once the hold is lifted.
    """
    with ports.db.write() as tx:
        reply, case = reply_at_hand(tx, id)
        approval = _open_approval(tx, reply)
        if asker.role is None or not may_decide(approval.role, asker.role):
            raise Forbidden(f"Only {approval.role} can decide this answer.")
        if not any(asker.may(p) for p in _DECIDES[approval.role]):
            raise Forbidden("This token's scope does not reach that far: make one with --scope admin.")
        if word.verb == "reject" and not word.reason.strip():
            raise Invalid("Say why you reject it: the agent needs to know.", errors=[{"loc": ["reason"], "msg": "must not be empty"}])
        changed = word.verb == "approve" and word.text is not None and word.text != reply.text
        kind: Literal["approved", "rejected", "changed"] = "rejected" if word.verb == "reject" else "changed" if changed else "approved"
        decided = decide_approval(
            tx, approval.id, kind, asker.person(), asker.actor.name, reason=word.reason, text=word.text if changed else None
        )
        if kind == "rejected":
            _rejected(tx, ports, asker, reply, case, word.reason)
        else:
            _approved(tx, ports, asker, reply, case, decided)
        return outbox.reply(tx.conn, id)


def _open_approval(tx: Transaction, reply: Reply) -> Approval:
    waiting = [a for a in approvals_of_reply(tx.conn, reply.id) if a.state == "asked"]
    if not waiting or reply.state != "pending_approval":
        decided = [a for a in approvals_of_reply(tx.conn, reply.id) if a.decided_by_name]
        who = f"{decided[-1].decided_by_name} decided this answer already" if decided else "This answer was taken back"
        raise Conflict(f"{who}: nothing waits for a decision here any more.")
    return waiting[0]


def _approved(tx: Transaction, ports: Ports, asker: Asker, reply: Reply, case: Case, approval: Approval) -> None:
    text = approval.text_after or reply.text
    told: list[tuple[str, int]] = []
    if text != reply.text:
        found = standing(ports, tx.conn, desk_of(ports, tx.conn), asker, case, text, reply.visibility)
        broken = [f"{f.text} {f.mend}" for f in found.findings if f.severity == "block"]
        if broken:
            raise Invalid(f"The changed text breaks the policy: {broken[0]}", errors=[{"loc": ["text"], "msg": b} for b in broken])
    if case.hold and (approval.role == "legal" or may(people.get(tx.conn, reply.by_id).role, "matters.decide")):
        # An answer that legal wrote itself is legal's decision; the second person's word lets it out.
        desk = desk_of(ports, tx.conn)
        how: Decision = "approved" if text == reply.text else "approved_with_edits"
        case, told = _decide_matter(tx, desk, asker, case, how, approval.reason)
        case = unheld(case, desk.policies)
        tx.append(NewEvent("case.unheld", asker.actor, {"why": "legal approved the answer"}, case=case.id, customer=case.customer_id))
    if case.hold:
        raise OnHold("Legal holds this case: nothing goes out until legal lifts that, or approves a proposed answer.")
    undo = network(case.network).undo_seconds(reply.visibility, ports.settings.earshot_undo_seconds)
    leaves = tx.now + timedelta(seconds=undo)
    if not outbox.move(
        tx, reply.id, ("pending_approval",), "queued", text=text, send_after=leaves, queued_at=tx.now, approved_by=asker.actor.name
    ):
        raise Conflict("The answer was taken back meanwhile.")
    reply = replace(reply, state="queued", text=text, send_after=leaves, approved_by=asker.actor.name)
    data = reply_data(reply) | {"approval": approval.id, "role": approval.role, "edited": approval.text_before != text}
    tx.append(NewEvent("reply.approved", asker.actor, data, case=case.id, customer=case.customer_id))
    enqueue(tx, ports, case, reply, asker)
    for matter, seq in told:
        ask_of_case(tx, ports, case, "matter.decided", asker.actor, cause=seq, matter=matter)


def _rejected(tx: Transaction, ports: Ports, asker: Asker, reply: Reply, case: Case, reason: str) -> None:
    outbox.move(tx, reply.id, ("pending_approval",), "cancelled", error=f"rejected: {reason}")
    outbox.save_draft(tx, case.id, reply.by_id, reply.text, reply.visibility)
    data = reply_data(reply) | {"why": reason}
    tx.append(NewEvent("reply.rejected", asker.actor, data, case=case.id, customer=case.customer_id))
    case = replace(woken(tx, case), state="open", version=case.version + 1, updated_at=tx.now)
    cases.save_all(tx, [clocks.resume(tx, case, desk_of(ports, tx.conn), "the answer was sent back", asker.actor)])


def _decide_matter(
    tx: Transaction, desk: Desk, asker: Asker, case: Case, decision: Decision, reason: str
) -> tuple[Case, list[tuple[str, int]]]:
    """The case as that leaves it, and the desks whose matters were decided, each with the event that tells it."""
    told: list[tuple[str, int]] = []
    for matter in escalation.for_case(tx.conn, case.id):
        if matter.state == "closed" or matter.kind == "supervisor":
            continue
        if escalation.decide(tx, matter.id, decision, asker.person(), asker.actor.name, reason):
            data = {"matter": matter.id, "decision": decision, "why": reason}
            seq = tx.append(NewEvent("matter.decided", asker.actor, data, case=case.id, customer=case.customer_id))
            told.append((matter.kind, seq))
            case = matter_decided(tx, case, desk, matter.id, decision, asker.actor)
            escalation.close(tx, matter.id)
            tx.append(NewEvent("matter.closed", asker.actor, {"matter": matter.id}, case=case.id, customer=case.customer_id))
    return case, told
