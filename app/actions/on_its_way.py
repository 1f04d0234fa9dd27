"""How a case stands while an answer to it is on its way, and once it has left: the customer may have written again since it was written."""

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import Connection

from app.actions.side_effects import WAKE
from app.cases import outbox
from app.cases import store as cases
from app.cases.model import Case, Reply, State
from app.cases.moves import is_courtesy, leaving
from app.engine import timers
from app.engine.database import Transaction
from app.mentions import store as mentions


def wrote_since(conn: Connection, reply: Reply) -> bool:
    """Whether the customer said more than thanks after the post that this answers: those words it cannot have answered."""
    later = mentions.after(conn, reply.case_id, reply.mention_id)
    return any(not is_courtesy(m.judgement["intent"], wants_answer=m.judgement["wants_answer"], text=m.text) for m in later)


def state_with(conn: Connection, reply: Reply) -> State:
    """The state of a case whose outgoing place this answer has: pending on its approval, open for newer words or a doubt, else waiting."""
    if reply.state == "pending_approval":
        return "pending"
    return "open" if not leaving(reply) or wrote_since(conn, reply) else "waiting"


def woken(tx: Transaction, case: Case) -> Case:
    """The case without its snooze, or its wait for the community; its timer goes with it."""
    return woken_all(tx, [case])[0]


def woken_all(tx: Transaction, asleep: Sequence[Case]) -> list[Case]:
    """``woken`` for many, in their order."""
    timers.disarm_all(tx, [case.id for case in asleep if case.snoozed_until is not None], WAKE)
    return [case if case.snoozed_until is None else replace(case, snoozed_until=None, waiting_on=None) for case in asleep]


def forget_failed(tx: Transaction, case: Case) -> None:
    """A failed answer is put aside. The case and the draft were given back when it failed, and both may be further by now."""
    if outbox.outgoing(tx.conn, case.id) is None:
        cases.save_all(tx, [replace(case, version=case.version + 1, updated_at=tx.now, reply_trouble=None)])
