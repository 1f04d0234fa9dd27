"""The clock of a move to private messages: it follows its tag, and stops when the customer has moved."""

from typing import Final

from app.actions import clocks
from app.cases import store as cases
from app.cases.model import Case
from app.core.events import Actor
from app.engine.database import Transaction
from app.judgement.desk import Desk
from app.sla.model import Metric

_PRIVATE: Final[frozenset[Metric]] = frozenset({"move_to_private"})


def tagged(tx: Transaction, case: Case, desk: Desk) -> None:
    """The clock of the move to private messages follows the tag. The case, whose tags were changed, is saved with what that leaves it."""
    after = clocks.adjust(tx, case, desk)
    if after != case:
        cases.change(tx, case.id, bump=False, due_at=after.due_at, due_metric=after.due_metric, due_state=after.due_state)


def gone_private(tx: Transaction, case: Case, desk: Desk, actor: Actor) -> Case:
    """The customer wrote in private: whatever waited for that is over. The case is saved, if that changed it."""
    after, moved = clocks.stop(tx, case, desk, "the customer wrote in private", actor, _PRIVATE)
    if moved:
        cases.change(tx, case.id, bump=False, due_at=after.due_at, due_metric=after.due_metric, due_state=after.due_state)
    return after
