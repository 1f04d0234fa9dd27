"""A person says what became of an answer: sent by hand, or to be tried again."""

from app.actions.answered import note_answered
from app.actions.send_reply import reply_data
from app.cases import outbox
from app.cases import store as cases
from app.cases.model import Reply
from app.core.asker import Asker
from app.core.errors import Conflict, OnHold
from app.core.events import NewEvent
from app.engine.ports import Ports


def settle_reply(ports: Ports, asker: Asker, id: str, *, url: str | None = None) -> Reply:
    """Mark a by-hand or unknown answer as sent. One that is sent already stays as it is."""
    asker.need("replies.send")
    with ports.db.write() as tx:
        reply = outbox.reply(tx.conn, id)
        if reply.state == "sent":
            return reply
        if not outbox.move(tx, reply.id, ("by_hand", "unknown"), "sent", sent_at=tx.now, url=url or reply.url, error=None):
            raise Conflict(
                f"This answer is {reply.state.replace('_', ' ')}: only one handed to you, or of unknown outcome, can be marked sent."
            )
        case = cases.get(tx.conn, reply.case_id)
        note_answered(tx, ports, case, outbox.reply(tx.conn, id), asker.actor)
        return outbox.reply(tx.conn, id)


def retry_reply(ports: Ports, asker: Asker, id: str) -> Reply:
    """Queue a failed answer, or one of unknown outcome, once more: a new attempt on the same row. Twice: the second finds it queued."""
    asker.need("replies.send")
    with ports.db.write() as tx:
        reply = outbox.reply(tx.conn, id)
        if reply.state == "queued":
            return reply
        case = cases.get(tx.conn, reply.case_id)
        if case.hold:
            raise OnHold("Legal holds this case: nothing goes out.")
        ahead = outbox.outgoing(tx.conn, case.id)
        if ahead is not None and ahead.id != reply.id:
            raise Conflict(f"Another answer by {ahead.by_name} is on its way.")
        if not outbox.move(tx, reply.id, ("failed", "unknown"), "queued", send_after=tx.now, queued_at=tx.now, error=None):
            raise Conflict(
                f"This answer is {reply.state.replace('_', ' ')}: only a failed one, or one of unknown outcome, can be tried again."
            )
        cases.change(tx, case.id, state="waiting")
        tx.append(
            NewEvent(
                "reply.queued", asker.actor, reply_data(reply) | {"attempt": reply.attempt + 1}, case=case.id, customer=case.customer_id
            )
        )
        return outbox.reply(tx.conn, id)
