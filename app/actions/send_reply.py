"""Send an answer: through the gate, into the outbox, with time to take it back. Of two people who answer at once one wins.

The same idempotency key with the same text gives the first answer again; with another text it is refused.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final, Literal

from app.actions import clocks
from app.actions.case_at_hand import case_for, refuse_taken
from app.actions.on_its_way import state_with, woken
from app.cases import outbox
from app.cases import store as cases
from app.cases.model import BY_RULE, Case, Reply
from app.channels.networks import network
from app.core.asker import Asker
from app.core.errors import ChecklistIncomplete, Conflict, Invalid, OnHold, PolicyBroken, Stale
from app.core.events import NewEvent
from app.core.ids import ReplyId
from app.engine.database import Transaction
from app.engine.ports import Ports
from app.judgement.answering import Standing, standing
from app.judgement.desk import desk_of
from app.policy import store as policies
from app.policy.approvals import ask_approval
from app.sla.rests import WORDS

LONGEST_KEY: Final = 100
ReplyVisibility = Literal["public", "direct"]


@dataclass(frozen=True, slots=True)
class ReplyForm:
    """What an agent sends. ``seen_version`` is the case's version on their screen; ``propose`` puts it before legal while held."""

    text: str
    seen_version: int
    visibility: ReplyVisibility = "public"
    checklist: Mapping[str, bool] | None = None
    idempotency_key: str | None = None
    propose: bool = False


def send_reply(ports: Ports, asker: Asker, case_id: str, form: ReplyForm) -> Reply:
    """Queue the answer, or put it before whoever must approve it.

    Raises Stale when the case changed since ``seen_version`` or an answer is on its way, OnHold, ChecklistIncomplete,
    PolicyBroken, Claimed, Conflict; nothing is stored then, and the draft stays.
    """
    asker.need("replies.draft")
    key = form.idempotency_key or None
    if key is not None and len(key) > LONGEST_KEY:
        raise Invalid(f"The idempotency key has over {LONGEST_KEY} characters.", errors=[{"loc": ["idempotency_key"], "msg": "too long"}])
    with ports.db.write() as tx:
        cases.held(tx, case_id)  # before the key is looked up: the same key at the same moment waits here for the first
        if key is not None:
            again = outbox.by_key(tx.conn, asker.person(), key)
            if again is not None:
                return _same(again, case_id, form)
        case = case_for(tx, case_id, "reply")
        if not (form.propose and case.hold and asker.may("matters.decide")):  # legal may take over from whoever holds the case
            refuse_taken(case, asker)
        _refuse_stale(tx, case, form)
        ticked = [item for item, on in (form.checklist or {}).items() if on]
        found = standing(ports, tx.conn, desk_of(ports, tx.conn), asker, case, form.text, form.visibility, ticked=ticked)
        refuse(found, case, propose=form.propose)
        _tick(tx, case, found, ticked, asker)
        return put_out(tx, ports, asker, case, form, found)


def put_out(tx: Transaction, ports: Ports, asker: Asker, case: Case, form: ReplyForm, found: Standing) -> Reply:
    """Put an answer that the gate let through into the outbox, or before whoever must approve it; a person's or a rule's."""
    reply = _reply(tx, ports, asker, case, form, found, form.idempotency_key or None)
    outbox.add_reply(tx, reply)
    outbox.save_draft(tx, case.id, reply.by_id, form.text, form.visibility)
    if found.verdict.needs_approval is not None:
        _submit(tx, ports, case, reply, found, asker)
    else:
        enqueue(tx, ports, case, reply, asker)
    return reply


def refuse(found: Standing, case: Case, *, propose: bool) -> None:
    """Raise what the gate's verdict says, the hardest first: hold, then checklist, then policy."""
    if case.hold and not propose:
        raise OnHold("Legal holds this case: nothing goes out. Propose your answer to legal instead.")
    blocks = found.verdict.blocks
    unticked = [b for b in blocks if b.code == "checklist"]
    if unticked:
        raise ChecklistIncomplete(" ".join(b.text for b in unticked), missing=[b.where for b in unticked])
    broken = [b for b in blocks if b.code == "policy"]
    if broken:
        raise PolicyBroken(" ".join(b.text for b in broken), breaks=[{"text": b.text, "where": b.where} for b in broken])
    if blocks:
        raise Conflict(blocks[0].text)


def enqueue(tx: Transaction, ports: Ports, case: Case, reply: Reply, asker: Asker) -> None:
    """What follows when an answer may go: the clock rests while it is on its way, and the case waits on the customer.

    Where they wrote again since the answer was written the case stays open. What a rule sends is nobody's answer: the case and its clocks
    stay as they are.
    """
    data = reply_data(reply) | {"send_after": reply.send_after.isoformat() if reply.send_after else None}
    if reply.by_id == BY_RULE:
        cases.change(tx, case.id)
        tx.append(NewEvent("reply.queued", asker.actor, data, case=case.id, customer=case.customer_id))
        return
    desk = desk_of(ports, tx.conn)
    case = clocks.pause(tx, clocks.touched(tx, case, desk.levels, asker.actor), desk, WORDS["answer"], asker.actor, rest="answer")
    state = state_with(tx.conn, reply)
    cases.save_all(tx, [replace(woken(tx, case), state=state, version=case.version + 1, updated_at=tx.now, reply_trouble=None)])
    tx.append(NewEvent("reply.queued", asker.actor, data, case=case.id, customer=case.customer_id))


def reply_data(reply: Reply) -> dict[str, Any]:
    """What every event of a reply tells; its text stands in the reply's own row, so that an erasure leaves the ledger whole."""
    return {
        "reply": reply.id, "by": reply.by_name, "visibility": reply.visibility, "policy": reply.policy,
        "policy_version": reply.policy_version, "ticks": reply.ticks,
    }  # fmt: skip


def _same(again: Reply, case_id: str, form: ReplyForm) -> Reply:
    if again.case_id != case_id or again.text != form.text:
        raise Invalid(
            "This idempotency key was used for another answer: make a new key for a new answer.",
            errors=[{"loc": ["idempotency_key"], "msg": "used before with another body"}],
        )
    return again


def _refuse_stale(tx: Transaction, case: Case, form: ReplyForm) -> None:
    ahead = outbox.outgoing(tx.conn, case.id)
    if ahead is not None:
        raise Stale(
            f"{ahead.by_name}'s answer is already on its way. Your text is kept as a draft.", by={"id": ahead.by_id, "name": ahead.by_name}
        )
    if form.seen_version != case.version:
        left = [r for r in outbox.replies(tx.conn, case.id) if r.state == "sent" and r.mention_id == case.last_mention_id]
        if left:  # gone before the other pressed Send: who it was matters more than that something changed
            raise Stale(
                f"{left[-1].by_name} answered meanwhile: read that, then send yours if it is still needed. Your text is kept as a draft.",
                by={"id": left[-1].by_id, "name": left[-1].by_name}, version=case.version, seen_version=form.seen_version,
            )  # fmt: skip
        raise Stale(
            "The case changed since you opened it: read what is new, then send again. Your text is kept as a draft.",
            version=case.version, seen_version=form.seen_version,
        )  # fmt: skip


def _tick(tx: Transaction, case: Case, found: Standing, ticked: list[str], asker: Asker) -> None:
    if found.policy is None:
        return
    items = {i.id: i for i in found.policy.items}
    for id in ticked:
        if id in items and policies.set_tick(tx, case.id, id, found.policy, asker.person(), asker.actor.name):
            data = {"item": id, "text": items[id].text, "on": True, "policy": found.policy.id, "policy_version": found.policy.version}
            tx.append(NewEvent("checklist.ticked", asker.actor, data, case=case.id, customer=case.customer_id))


def _reply(tx: Transaction, ports: Ports, asker: Asker, case: Case, form: ReplyForm, found: Standing, key: str | None) -> Reply:
    ready = found.verdict.needs_approval is None
    undo = network(case.network).undo_seconds(form.visibility, ports.settings.earshot_undo_seconds)
    texts = {i.id: i.text for i in found.policy.items} if found.policy else {}
    kept = policies.ticks(tx.conn, case.id)
    return Reply(
        id=ReplyId(tx.new_id()), case_id=case.id, mention_id=case.last_mention_id, text=form.text, visibility=form.visibility,
        state="queued" if ready else "pending_approval", by_id=asker.person(), by_name=asker.actor.name, created_at=tx.now,
        send_after=tx.now + timedelta(seconds=undo) if ready else None, queued_at=tx.now if ready else None, sending_at=None, sent_at=None,
        attempt=0, fence=0, publisher=found.publisher, external_id=None, url=None, error=None,
        policy=found.policy.id if found.policy else "", policy_version=found.policy.version if found.policy else 0,
        ticks=[{"item": i, "text": texts[i], "by": t.by_name, "at": t.at.isoformat()} for i, t in kept.items() if i in texts],
        response_seconds=None, idempotency_key=key, approved_by=None,
    )  # fmt: skip


def _submit(tx: Transaction, ports: Ports, case: Case, reply: Reply, found: Standing, asker: Asker) -> None:
    role = found.verdict.needs_approval
    if role is None:
        raise Conflict("This answer needs no approval.")
    ask_approval(tx, reply.id, case.id, role, asker.person(), asker.actor.name, reply.text)
    case = replace(woken(tx, case), state="pending", version=case.version + 1, updated_at=tx.now, reply_trouble=None)
    desk = desk_of(ports, tx.conn)
    case = clocks.touched(tx, case, desk.levels, asker.actor)
    cases.save_all(tx, [clocks.resume(tx, case, desk, "an answer waits for approval", asker.actor)])
    tx.append(NewEvent("reply.submitted", asker.actor, reply_data(reply) | {"role": role}, case=case.id, customer=case.customer_id))
