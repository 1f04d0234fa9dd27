"""Let one queued answer leave: one attempt at a time, its outcome recorded, never blindly repeated.

The attempt is committed before the network is called, the outcome after. A sender that dies between the two leaves the
reply in ``sending``; ``settle_stuck`` asks the network whether it stands there and, where that is unsure, hands it to a person.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from app.actions import clocks
from app.actions.answered import note_answered
from app.actions.send_reply import reply_data
from app.cases import outbox
from app.cases import store as cases
from app.cases.model import Case, Reply, ReplyState
from app.channels.port import ByHand, Failed, Outcome, Outgoing, Publisher, RetryAfter, Sent, Unknown
from app.core.events import SYSTEM, NewEvent
from app.engine.database import Transaction
from app.engine.ports import Ports
from app.engine.telemetry import REPLIES
from app.judgement.desk import desk_of
from app.mentions import store as mentions
from app.mentions.model import Mention

Publishers = Mapping[str, Publisher]
STUCK_AFTER: Final = timedelta(seconds=60)


def deliver_reply(ports: Ports, publishers: Publishers, reply: Reply) -> None:
    """One attempt. When the reply is not ours to send any more (taken back, sent by another process) nothing happens."""
    begun = _begin(ports, reply)
    if begun is None:
        return
    out, ours = begun
    try:
        outcome = publishers[reply.publisher].publish(out)
    except Exception as error:  # a publisher's own fault must not lose the answer: it may have left
        outcome = Unknown(f"{type(error).__name__}: {error}")
    _record(ports, ours, outcome)


def settle_stuck(ports: Ports, publishers: Publishers) -> None:
    """Answers whose sender died in mid-call: sent if the network has them, queued again if it surely has not, else a person's."""
    with ports.db.read() as conn:
        stuck = outbox.stuck(conn, ports.clock.now() - STUCK_AFTER)
        outs = [_outgoing(cases.get(conn, r.case_id), r, mentions.get(conn, r.mention_id)) for r in stuck]
    for reply, out in zip(stuck, outs, strict=True):
        found = publishers[reply.publisher].reconcile(out)
        if found == "absent":
            with ports.db.write() as tx:
                outbox.move(tx, reply.id, ("sending",), "queued", held=reply.fence, send_after=tx.now)
        else:
            _record(ports, reply, found if isinstance(found, Sent) else Unknown("the desk stopped while it was leaving"))


def _begin(ports: Ports, reply: Reply) -> tuple[Outgoing, Reply] | None:
    with ports.db.write() as tx:
        case = cases.get(tx.conn, reply.case_id)
        mention = mentions.get(tx.conn, reply.mention_id)
        refused = "Legal put the case on hold while the answer waited." if case.hold else None
        if mention is not None and mention.deleted_at is not None:
            refused = "The customer deleted the post before the answer left."
        if refused is not None:
            if outbox.move(tx, reply.id, ("queued",), "cancelled", held=reply.fence, error=refused):
                _give_back(tx, ports, case, reply, "reply.cancelled", refused)
            return None
        ours = replace(reply, attempt=reply.attempt + 1, fence=reply.fence + 1)
        moved = outbox.move(
            tx, reply.id, ("queued",), "sending", held=reply.fence, attempt=ours.attempt, fence=ours.fence, sending_at=tx.now
        )
        return (_outgoing(case, ours, mention), ours) if moved else None


def _record(ports: Ports, reply: Reply, outcome: Outcome) -> None:
    """Write what became of the attempt, if it is still ours: a thawed sender whose reply was settled meanwhile writes nothing."""
    with ports.db.write() as tx:
        case = cases.get(tx.conn, reply.case_id)
        if isinstance(outcome, Sent):
            if _move(tx, reply, "sent", sent_at=tx.now, external_id=outcome.external_id, url=outcome.url, error=None):
                note_answered(tx, ports, case, replace(reply, external_id=outcome.external_id, url=outcome.url), SYSTEM)
        elif isinstance(outcome, RetryAfter):
            _move(tx, reply, "queued", send_after=tx.now + timedelta(seconds=outcome.seconds), error=outcome.reason)
        elif isinstance(outcome, ByHand):
            if _move(tx, reply, "by_hand", url=outcome.link):
                data = reply_data(reply) | {"by_hand": True, "link": outcome.link}
                tx.append(NewEvent("case.updated", SYSTEM, data, case=case.id, customer=case.customer_id))
        elif isinstance(outcome, Failed):
            if _move(tx, reply, "failed", error=outcome.reason):
                _give_back(tx, ports, case, reply, "reply.failed", outcome.reason)
        elif _move(tx, reply, "unknown", error=outcome.reason):
            tx.append(
                NewEvent("reply.unknown", SYSTEM, reply_data(reply) | {"why": outcome.reason}, case=case.id, customer=case.customer_id)
            )
    REPLIES.labels(type(outcome).__name__.lower()).inc()


def _move(tx: Transaction, reply: Reply, after: ReplyState, **values: Any) -> bool:
    return outbox.move(tx, reply.id, ("sending",), after, held=reply.fence, **values)


def _give_back(tx: Transaction, ports: Ports, case: Case, reply: Reply, kind: str, why: str) -> None:
    """An answer that did not leave: its text is the draft again, the case is ours again, its clock runs on."""
    outbox.save_draft(tx, case.id, reply.by_id, reply.text, reply.visibility)
    if case.state in ("open", "waiting"):  # open: the customer wrote while the answer was on its way
        case = replace(case, state="open", version=case.version + 1, updated_at=tx.now)
        case = clocks.resume(tx, case, desk_of(ports, tx.conn), why, SYSTEM)
        cases.save_all(tx, [case])
    tx.append(NewEvent(kind, SYSTEM, reply_data(reply) | {"why": why}, case=case.id, customer=case.customer_id))


def _outgoing(case: Case, reply: Reply, mention: Mention | None) -> Outgoing:
    return Outgoing(
        reply_id=reply.id,
        network=case.network,
        instance=case.instance,
        account=case.account,
        in_reply_to=mention.external_id if mention else "",
        in_reply_to_url=mention.url if mention else None,
        author_handle=case.author_handle,
        text=reply.text,
        visibility=reply.visibility,
        attempt=reply.attempt,
    )
