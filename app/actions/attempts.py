"""The two ends of an attempt: what is committed before the network is called, and what its outcome becomes.

Shared by the first attempt (``deliver_reply``) and by what settles a doubtful one (``reconcile_reply``). In both ends the case is read
before the reply is moved, and every move is a conditional update on state and fence: whoever comes late writes nothing.
"""

import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from app.actions import clocks
from app.actions.answered import note_answered
from app.actions.ask_rules import ask
from app.actions.send_reply import reply_data
from app.cases import outbox
from app.cases import store as cases
from app.cases.model import BY_RULE, Case, Reply, ReplyState, Trouble
from app.channels import patience
from app.channels import store as channels
from app.channels.model import ChannelKey
from app.channels.port import ByHand, Failed, Outcome, Outgoing, Publisher, RetryAfter, Sent, TryAgain, Unknown
from app.core.clock import steady
from app.core.errors import Unavailable
from app.core.events import SYSTEM, NewEvent
from app.engine.database import Transaction
from app.engine.ports import Ports
from app.engine.telemetry import REPLIES
from app.judgement.desk import desk_of
from app.mentions import store as mentions
from app.mentions.model import Mention

Publishers = Mapping[str, Publisher]
LEASE_MARGIN: Final = timedelta(seconds=3)  # beyond the call's own time: for writing down what came of it
_STOOD_STILL: Final = "the desk stood still before it could leave"
_CHANCES: Final = 1_000
RECORD_WITHIN_SECONDS: Final = 30.0  # a database that starts anew is back by then
_LOOK_AGAIN_SECONDS: Final = 0.5


def begin(ports: Ports, publisher: Publisher, reply: Reply) -> tuple[Outgoing, Reply] | None:
    """Take the reply for one attempt: number, fence and lease are committed. None when it is not ours to send now."""
    began = steady()  # before the transaction, so that the last moment to leave lies before the end of the lease
    with ports.db.write() as tx:
        case = cases.held_if_free(tx, reply.case_id)
        if case is None:
            return None  # somebody works on the case this very moment, perhaps another sender: the next tick looks again
        mention = mentions.get(tx.conn, reply.mention_id)
        channel = channels.find(tx.conn, ChannelKey(case.network, case.instance, case.account))
        if channel is not None and channel.quiet_until is not None and channel.quiet_until > tx.now:
            return None  # another process was told to be patient since we looked
        refused = "Legal put the case on hold while the answer waited." if case.hold else None
        if mention is not None and mention.deleted_at is not None:
            refused = "The customer deleted the post before the answer left."
        if refused is not None:
            _stopped(tx, ports, case, reply, refused)
            return None
        ours = replace(
            reply, state="sending", attempt=reply.attempt + 1, fence=reply.fence + 1, sending_at=tx.now,
            check_at=tx.now + timedelta(seconds=publisher.longest_seconds) + LEASE_MARGIN,
        )  # fmt: skip
        taken = outbox.move(
            tx, reply.id, (reply.state,), "sending", held=reply.fence, attempt=ours.attempt, fence=ours.fence,
            sending_at=ours.sending_at, check_at=ours.check_at,
        )  # fmt: skip
        if not taken:
            return None
        _tell(tx, case, ours, "sending")
    return replace(outgoing(case, ours, mention), leave_by=began + publisher.longest_seconds), ours


def attempt(publisher: Publisher, out: Outgoing) -> Outcome:
    """Call the network once, unless this process was frozen so long that the attempt is not its own any more."""
    if steady() >= out.leave_by:
        return TryAgain(_STOOD_STILL)
    try:
        return publisher.publish(out)
    except Exception as error:  # a publisher's own fault must not lose the answer: it may have left
        return Unknown(f"{type(error).__name__}: {error}")


def record(ports: Ports, publisher: Publisher, reply: Reply, outcome: Outcome, *, doubted: bool = False) -> None:
    """Write what became of the attempt, if it is still ours. ``doubted``: an attempt before this one may stand on the network, so
    that only a post or a person ends the doubt, never a refusal.

    While the database is away it waits: what the network said is known only here. Unavailable when it stays away.
    """
    give_up = steady() + RECORD_WITHIN_SECONDS
    while True:
        try:
            _record(ports, publisher, reply, outcome, doubted=doubted)
            break
        except Unavailable:
            if steady() >= give_up:
                raise
            time.sleep(_LOOK_AGAIN_SECONDS)
    REPLIES.labels(type(outcome).__name__.lower()).inc()


def _record(ports: Ports, publisher: Publisher, reply: Reply, outcome: Outcome, *, doubted: bool) -> None:
    # Only a try that came to an end is counted: a desk that is killed over and over must not use up the patience with the network.
    reply = replace(reply, tries=reply.tries + 1)
    with ports.db.write() as tx:
        case = cases.held(tx, reply.case_id)
        if isinstance(outcome, Sent):
            stands(tx, ports, case, reply, outcome)
        elif isinstance(outcome, RetryAfter | TryAgain):
            _wait(tx, ports, case, reply, outcome, doubted=doubted)
        elif isinstance(outcome, ByHand):
            if outbox.move(tx, reply.id, ("sending",), "by_hand", held=reply.fence, url=outcome.link, check_at=None):
                data = reply_data(reply) | {"by_hand": True, "link": outcome.link}
                tx.append(NewEvent("case.updated", SYSTEM, data, case=case.id, customer=case.customer_id))
        elif isinstance(outcome, Failed) and not doubted:
            fail(tx, ports, case, reply, ("sending",), outcome.reason)
        elif isinstance(outcome, Failed):
            doubt(tx, ports, case, reply, ("sending",), outcome.reason, None)
        else:
            doubt(tx, ports, case, reply, ("sending",), outcome.reason, _settled_at(tx, publisher, reply))
        _note_channel(tx, case, outcome)


def stands(tx: Transaction, ports: Ports, case: Case, reply: Reply, post: Sent) -> None:
    """It is on the network. Also from a sender that comes late, as long as no later attempt has begun: what it saw is true."""
    sent = {"sent_at": tx.now, "external_id": post.external_id, "url": post.url, "error": None, "check_at": None}
    if outbox.move(tx, reply.id, ("sending", "unknown", "queued"), "sent", held=reply.fence, **sent):
        note_answered(tx, ports, case, replace(reply, external_id=post.external_id, url=post.url), SYSTEM)


def fail(tx: Transaction, ports: Ports, case: Case, reply: Reply, before: Sequence[ReplyState], why: str) -> None:
    """It did not leave and will not by itself."""
    if outbox.move(tx, reply.id, before, "failed", held=reply.fence, error=why, check_at=None):
        _give_back(tx, ports, case, reply, "reply.failed", why, "failed")


def doubt(
    tx: Transaction, ports: Ports, case: Case, reply: Reply, before: Sequence[ReplyState], why: str, check_at: datetime | None
) -> None:
    """It may stand on the network. The desk looks after it at ``check_at``; with None the case is a person's again."""
    if not outbox.move(tx, reply.id, before, "unknown", held=reply.fence, error=why, check_at=check_at, tries=reply.tries):
        return
    if check_at is None:
        _return(tx, ports, case, reply, why, "unknown")
    data = reply_data(reply) | _said(why) | {"checking": check_at is not None}
    tx.append(NewEvent("reply.unknown", SYSTEM, data, case=case.id, customer=case.customer_id))


def requeue(tx: Transaction, case: Case, reply: Reply, why: str) -> None:
    """The network surely has it not: it may leave again."""
    if outbox.move(tx, reply.id, ("unknown", "sending"), "queued", held=reply.fence, send_after=tx.now, error=why, check_at=None):
        _tell(tx, case, reply, "queued", why)


def outgoing(case: Case, reply: Reply, mention: Mention | None) -> Outgoing:
    """What a publisher is handed."""
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


def _wait(tx: Transaction, ports: Ports, case: Case, reply: Reply, outcome: RetryAfter | TryAgain, *, doubted: bool) -> None:
    """Nothing was published: later again, until patience is at its end."""
    patient = isinstance(outcome, RetryAfter)
    if patience.spent(reply.tries, tx.now - (reply.queued_at or tx.now), patient=patient):
        why = f"{outcome.reason}; given up after {reply.tries} attempts"
        if doubted:
            doubt(tx, ports, case, reply, ("sending",), why, None)
        else:
            fail(tx, ports, case, reply, ("sending",), why)
        return
    seconds = outcome.seconds if isinstance(outcome, RetryAfter) else _pause(reply)
    then = tx.now + timedelta(seconds=seconds)
    if doubted:
        doubt(tx, ports, case, reply, ("sending",), outcome.reason, then)
        return
    later = {"send_after": then, "error": outcome.reason, "check_at": None, "tries": reply.tries}
    if outbox.move(tx, reply.id, ("sending",), "queued", held=reply.fence, **later):
        _tell(tx, case, reply, "queued", outcome.reason)


def _settled_at(tx: Transaction, publisher: Publisher, reply: Reply) -> datetime | None:
    """When the desk itself takes a doubtful attempt up again; None where only a person can."""
    if publisher.sure == "never":
        return None
    if publisher.sure == "asked":
        after = patience.next_question(tx.now - (reply.sending_at or tx.now))
        return None if after is None else tx.now + after
    if patience.spent(reply.tries, tx.now - (reply.queued_at or tx.now), patient=False):
        return None
    return tx.now + timedelta(seconds=_pause(reply))


def _pause(reply: Reply) -> float:
    return patience.pause(reply.tries, secrets.randbelow(_CHANCES) / _CHANCES)


def _stopped(tx: Transaction, ports: Ports, case: Case, reply: Reply, why: str) -> None:
    """It must not leave any more. What never left is cancelled; of what may have left a person decides."""
    if reply.state != "queued":
        doubt(tx, ports, case, reply, (reply.state,), why, None)
    elif outbox.move(tx, reply.id, ("queued",), "cancelled", held=reply.fence, error=why):
        _give_back(tx, ports, case, reply, "reply.cancelled", why, None)


def _give_back(tx: Transaction, ports: Ports, case: Case, reply: Reply, kind: str, why: str, trouble: Trouble | None) -> None:
    """An answer that did not leave: its text is the draft again, the case is ours again, its clock runs on."""
    outbox.save_draft(tx, case.id, reply.by_id, reply.text, reply.visibility)
    after = _return(tx, ports, case, reply, why, trouble)
    told = tx.append(NewEvent(kind, SYSTEM, reply_data(reply) | _said(why), case=case.id, customer=case.customer_id))
    ask(tx, desk_of(ports, tx.conn), after, kind, SYSTEM, cause=told, before=case)


def _return(tx: Transaction, ports: Ports, case: Case, reply: Reply, why: str, trouble: Trouble | None) -> Case:
    """The case needs us again: it stands in the inbox with the mark of its answer, and its clock runs on."""
    case = replace(case, version=case.version + 1, updated_at=tx.now, reply_trouble=trouble)
    if case.state in ("open", "waiting") and reply.by_id != BY_RULE:  # open: the customer wrote while the answer was on its way
        case = clocks.resume(tx, replace(case, state="open"), desk_of(ports, tx.conn), why, SYSTEM)
    cases.save_all(tx, [case])
    return case


def _tell(tx: Transaction, case: Case, reply: Reply, state: ReplyState, why: str | None = None) -> None:
    data = reply_data(reply) | {"state": state} | (_said(why) if why else {})
    tx.append(NewEvent("case.updated", SYSTEM, data, case=case.id, customer=case.customer_id))


def _said(why: str) -> dict[str, str]:
    """A reason as an event tells it: what stands behind its first colon are the network's own words, and they may quote a customer, so
    they stand under a key that an erasure empties."""
    ours, _, theirs = why.partition(": ")
    return {"why": ours} | ({"words": theirs} if theirs else {})


def _note_channel(tx: Transaction, case: Case, outcome: Outcome) -> None:
    """The channel shows how its last attempt went; what is wrong with one text is not the channel's fault."""
    if isinstance(outcome, ByHand) or (isinstance(outcome, Failed) and outcome.fixable):
        return
    channel = channels.find(tx.conn, ChannelKey(case.network, case.instance, case.account))
    if channel is None:
        return
    quiet = tx.now + timedelta(seconds=outcome.seconds) if isinstance(outcome, RetryAfter) else None
    if channels.note_delivery(tx, channel.id, "" if isinstance(outcome, Sent) else outcome.reason, quiet):
        state = "live" if isinstance(outcome, Sent) else "error"
        tx.append(NewEvent("channel.changed", SYSTEM, {"channel": channel.id, "state": state}))
