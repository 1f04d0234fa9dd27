"""Take an answer back before it leaves: within the undo window, or while it waits for approval. The text becomes the draft again."""

from dataclasses import replace

from app.actions import clocks
from app.actions.case_at_hand import reply_at_hand
from app.actions.on_its_way import forget_failed
from app.actions.send_reply import reply_data
from app.cases import outbox
from app.cases import store as cases
from app.cases.model import Reply
from app.core.asker import Asker
from app.core.errors import Conflict, Forbidden
from app.core.events import NewEvent
from app.core.ids import ReplyId
from app.engine.ports import Ports
from app.judgement.desk import desk_of
from app.policy.approvals import expire_approvals


def cancel_reply(ports: Ports, asker: Asker, id: str, *, why: str = "taken back") -> Reply:
    """Take it back. Conflict once it is leaving; a cancelled one stays cancelled."""
    asker.need("replies.draft")
    with ports.db.write() as tx:
        reply, case = reply_at_hand(tx, id)
        if reply.by_id != asker.person_id and not asker.may("replies.approve"):
            raise Forbidden(f"This answer is {reply.by_name}'s: they or a supervisor can take it back.")
        if reply.state == "cancelled":
            return reply
        late = reply.state == "queued" and reply.send_after is not None and reply.send_after <= tx.now
        if late or not outbox.move(tx, ReplyId(id), ("queued", "pending_approval", "by_hand", "failed"), "cancelled", error=why):
            raise Conflict("It is too late to take this back: the answer has left.")
        expire_approvals(tx, reply.id)
        if reply.state == "failed":
            forget_failed(tx, case)
        else:
            outbox.save_draft(tx, reply.case_id, reply.by_id, reply.text, reply.visibility)
            if case.state in ("open", "waiting", "pending"):  # open: the customer wrote while the answer was on its way
                case = replace(case, state="open", version=case.version + 1, updated_at=tx.now, reply_trouble=None)
                case = clocks.resume(tx, case, desk_of(ports, tx.conn), "the answer was taken back", asker.actor)
                cases.save_all(tx, [case])
        tx.append(NewEvent("reply.cancelled", asker.actor, reply_data(reply) | {"why": why}, case=case.id, customer=case.customer_id))
        return outbox.reply(tx.conn, id)
