"""Settle an answer that may or may not stand on the network: its sender died or was frozen in mid-call, or no clear answer came.

A network that honours keys is sent it again under the same key. One that can be asked is asked: what it has is sent, what it surely
has not leaves again. Where there is neither, a person decides, and nothing is ever sent again by itself.
"""

from datetime import timedelta
from typing import Final

from app.actions.attempts import Publishers, attempt, begin, doubt, fail, outgoing, record, requeue, stands
from app.cases import outbox
from app.cases import store as cases
from app.cases.model import Reply
from app.channels import patience
from app.channels.port import Found, Outcome, Outgoing, Publisher, Sent
from app.engine.ports import Ports
from app.mentions import store as mentions

SENDER_GONE: Final = "the desk stopped or stood still while it was leaving"
_ASKING: Final = timedelta(seconds=15)  # longer than a look-up takes; then another process may ask


def reconcile_reply(ports: Ports, publishers: Publishers, reply: Reply) -> Outcome | None:
    """One step towards certainty, for a reply that ``outbox.in_doubt`` named. The outcome when it was sent again, else None."""
    publisher = publishers[reply.publisher]
    if publisher.sure == "keyed":
        return _again(ports, publisher, reply)
    if reply.state == "sending" or publisher.sure == "never":
        _give_up_waiting(ports, publisher, reply)
        return None
    asked = _claim(ports, reply)
    if asked is not None:
        out, ours = asked
        _settle(ports, publisher, ours, publisher.reconcile(out))
    return None


def _again(ports: Ports, publisher: Publisher, reply: Reply) -> Outcome | None:
    """The same key once more, as long as there is patience."""
    with ports.db.write() as tx:
        if patience.spent(reply.tries, tx.now - (reply.queued_at or tx.now), patient=False):
            case = cases.held(tx, reply.case_id)
            doubt(tx, ports, case, reply, (reply.state,), f"{reply.error or SENDER_GONE}; asked {reply.tries} times", None)
            return None
    begun = begin(ports, publisher, reply)
    if begun is None:
        return None
    out, ours = begun
    outcome = attempt(publisher, out)
    record(ports, publisher, ours, outcome, doubted=True)
    return outcome


def _give_up_waiting(ports: Ports, publisher: Publisher, reply: Reply) -> None:
    """The lease is over and the sender has not come back: unknown, and asked about at once where the network can be asked."""
    with ports.db.write() as tx:
        case = cases.held(tx, reply.case_id)
        check_at = tx.now if publisher.sure == "asked" else None
        doubt(tx, ports, case, reply, (reply.state,), reply.error if reply.state == "unknown" and reply.error else SENDER_GONE, check_at)


def _claim(ports: Ports, reply: Reply) -> tuple[Outgoing, Reply] | None:
    """The question is ours for a while; None when another process asks it, or a person has settled it."""
    with ports.db.write() as tx:
        until = tx.now + _ASKING
        if not outbox.put_off(tx, reply, until):
            return None
        case = cases.held(tx, reply.case_id)
        return outgoing(case, reply, mentions.get(tx.conn, reply.mention_id)), outbox.reply(tx.conn, reply.id)


def _settle(ports: Ports, publisher: Publisher, reply: Reply, found: Sent | Found) -> None:
    with ports.db.write() as tx:
        case = cases.held(tx, reply.case_id)
        if isinstance(found, Sent):
            stands(tx, ports, case, reply, found)
            return
        since = tx.now - (reply.sending_at or tx.now)
        proven = timedelta(seconds=publisher.settle_seconds)
        if found == "absent" and since >= proven:
            if patience.spent(reply.tries, tx.now - (reply.queued_at or tx.now), patient=False):
                fail(tx, ports, case, reply, ("unknown",), f"{reply.error}; given up after {reply.tries} attempts")
            else:
                requeue(tx, case, reply, "the network has it not: it leaves again")
            return
        # Not there yet proves nothing while the network may still be at work on it.
        after = proven - since if found == "absent" else patience.next_question(since)
        if after is None:
            doubt(tx, ports, case, reply, ("unknown",), f"{reply.error}; the network does not say whether it stands there", None)
        else:
            outbox.put_off(tx, reply, tx.now + after)
