"""A person says what became of an answer: it is posted, it is to be sent again, or it shall not be sent.

Each is a conditional update of the one row: of two people, and of a person and the desk's own settling, one wins.
"""

import re
from dataclasses import replace
from typing import Final

from app.actions import clocks
from app.actions.answered import note_answered
from app.actions.case_at_hand import reply_at_hand
from app.actions.on_its_way import forget_failed
from app.actions.send_reply import enqueue, reply_data
from app.cases import outbox
from app.cases import store as cases
from app.cases.model import Reply
from app.core.asker import Asker
from app.core.errors import Conflict, Invalid, OnHold
from app.core.events import NewEvent
from app.engine.database import Transaction
from app.engine.ports import Ports
from app.judgement.desk import desk_of

_LINK: Final = re.compile(r"https?://[!-~]{1,2000}")


def settle_reply(ports: Ports, asker: Asker, id: str, *, url: str | None = None) -> Reply:
    """Mark a by-hand or unknown answer as sent. One that is sent already stays as it is. Invalid for a link that is none."""
    asker.need("replies.send")
    if url is not None and not _LINK.fullmatch(url):
        words = "must begin with https:// and have no spaces"
        raise Invalid(f"The link {words}.", errors=[{"loc": ["url"], "msg": words}])
    with ports.db.write() as tx:
        reply, case = reply_at_hand(tx, id)
        if reply.state == "sent":
            return reply
        sent = {"sent_at": tx.now, "url": url or reply.url, "error": None, "check_at": None}
        if not outbox.move(tx, reply.id, ("by_hand", "unknown"), "sent", held=reply.fence, **sent):
            raise Conflict(f"This answer is {_now(tx, reply)}: only one handed to you, or of unknown outcome, can be marked sent.")
        note_answered(tx, ports, case, outbox.reply(tx.conn, id), asker.actor)
        return outbox.reply(tx.conn, id)


def retry_reply(ports: Ports, asker: Asker, id: str) -> Reply:
    """Queue a failed answer, or one of unknown outcome, once more: a new attempt on the same row, under the same key, so that a
    network that honours keys posts it once. Twice: the second finds it queued."""
    asker.need("replies.send")
    with ports.db.write() as tx:
        reply, case = reply_at_hand(tx, id)
        if reply.state == "queued":
            return reply
        if case.hold:
            raise OnHold("Legal holds this case: nothing goes out.")
        if case.state == "done":
            raise Conflict("The case is done: reopen it to answer.")
        ahead = outbox.outgoing(tx.conn, case.id)
        if ahead is not None and ahead.id != reply.id:
            raise Conflict(f"Another answer by {ahead.by_name} is on its way.")
        again = {"send_after": tx.now, "queued_at": tx.now, "error": None, "check_at": None, "tries": 0}
        if not outbox.move(tx, reply.id, ("failed", "unknown"), "queued", held=reply.fence, **again):
            raise Conflict(f"This answer is {_now(tx, reply)}: only a failed one, or one of unknown outcome, can be tried again.")
        enqueue(tx, ports, case, replace(reply, state="queued", send_after=tx.now), asker)
        return outbox.reply(tx.conn, id)


def drop_reply(ports: Ports, asker: Asker, id: str) -> Reply:
    """Do not send a failed answer, or one of unknown outcome, any more: its text is the draft again and the case is free for
    another answer. One that is dropped stays so."""
    asker.need("replies.send")
    with ports.db.write() as tx:
        reply, case = reply_at_hand(tx, id)
        if reply.state == "cancelled":
            return reply
        why = "not sent" if reply.state == "failed" else "not sent again; whether it stands on the network is not known"
        if not outbox.move(tx, reply.id, ("failed", "unknown"), "cancelled", held=reply.fence, error=why, check_at=None):
            raise Conflict(f"This answer is {_now(tx, reply)}: only a failed one, or one of unknown outcome, can be dropped.")
        if reply.state == "failed":
            forget_failed(tx, case)
        else:
            outbox.save_draft(tx, case.id, reply.by_id, reply.text, reply.visibility)
            case = replace(case, version=case.version + 1, updated_at=tx.now, reply_trouble=None)
            if case.state in ("open", "waiting"):
                case = clocks.resume(tx, replace(case, state="open"), desk_of(ports, tx.conn), why, asker.actor)
            cases.save_all(tx, [case])
        tx.append(NewEvent("reply.cancelled", asker.actor, reply_data(reply) | {"why": why}, case=case.id, customer=case.customer_id))
        return outbox.reply(tx.conn, id)


def _now(tx: Transaction, reply: Reply) -> str:
    return outbox.reply(tx.conn, reply.id).state.replace("_", " ")
