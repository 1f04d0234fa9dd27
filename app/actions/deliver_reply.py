"""Let one queued answer leave: one attempt, its outcome recorded, never blindly repeated.

The attempt is committed before the network is called, the outcome after. A sender that dies between the two leaves the reply in
``sending`` until its lease is over; then ``reconcile_reply`` looks after it.
"""

from app.actions.attempts import Publishers, attempt, begin, record
from app.cases.model import Reply
from app.channels.port import Outcome
from app.engine.ports import Ports


def deliver_reply(ports: Ports, publishers: Publishers, reply: Reply) -> Outcome | None:
    """One attempt and what came of it. None when the reply is not ours to send any more: taken back, or another process is at it."""
    publisher = publishers[reply.publisher]
    begun = begin(ports, publisher, reply)
    if begun is None:
        return None
    out, ours = begun
    outcome = attempt(publisher, out)
    record(ports, publisher, ours, outcome, doubted=reply.state != "queued")
    return outcome
