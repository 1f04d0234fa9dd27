"""The case an action works on, looked up and checked: it exists, the move is possible, and nobody else holds it.

Each begins by taking the case in hand (``cases.held``), so that of two actions on one case the second sees what the first did.
"""

from typing import Final

from app.cases import outbox
from app.cases import store as cases
from app.cases.model import Case, Reply
from app.cases.moves import Move, refusal
from app.core.asker import Asker
from app.core.errors import Claimed, Conflict
from app.engine.database import Transaction

CLAIM: Final = "claim"
"""The timer that ends a claim without a sign of life."""


def case_for(tx: Transaction, id: str, move: Move) -> Case:
    """The case; NotFound, or Conflict with the sentence why the move is not possible in its state."""
    case = cases.held(tx, id)
    refuse_move(case, move)
    return case


def refuse_move(case: Case, move: Move) -> None:
    """Raise Conflict, with the sentence why, when the move is not possible in the state of the case."""
    why = refusal(move, case.state)
    if why is not None:
        raise Conflict(why)


def reply_at_hand(tx: Transaction, id: str) -> tuple[Reply, Case]:
    """A reply and its case, the case taken in hand before the reply is read; NotFound."""
    case = cases.held(tx, outbox.reply(tx.conn, id).case_id)
    return outbox.reply(tx.conn, id), case


def refuse_taken(case: Case, asker: Asker) -> None:
    """Raise Claimed, naming who, when another person holds the case and the asker may not give cases to others."""
    if case.assignee_id is not None and case.assignee_id != asker.person_id and not asker.may("cases.assign"):
        raise Claimed(f"{case.assignee_name} holds this case.", by={"id": case.assignee_id, "name": case.assignee_name})
