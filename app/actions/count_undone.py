"""Count that a person undid what a rule had chosen on a case: another queue, a tag taken off, a hold lifted, another person, reopened.

Called by the person's action in its transaction, after its own event. Reads the case's newest decisions by their index and no more.
"""

from collections.abc import Callable
from typing import Final, Literal

from app.cases.model import Case
from app.core.events import Actor
from app.engine.database import Transaction
from app.measures import store as measures
from app.routing import store as routing
from app.routing.model import Actions, Decision

Undone = Literal["queue", "tag", "hold", "assign", "closed"]
LOOKED_THROUGH: Final = 10
"""Newest decisions of the case that are looked through; what a rule chose before them counts as the case's own by then."""

_CHOSE: Final[dict[Undone, Callable[[Decision, str], bool | None]]] = {
    "queue": lambda made, was: made.queue == was if made.queue else None,
    "tag": lambda made, was: was in made.tags or None,
    "hold": lambda made, _: made.hold or None,
    "assign": lambda made, _: True if made.assign else None,
    "closed": lambda made, was: was == made.close or (bool(made.no_response_needed) and was == "no_response_needed") or None,
}
"""Whether a decision chose what was there; None where it says nothing, so that an older one is asked."""
_SAYS: Final[dict[Undone, Callable[[Actions, str], bool]]] = {
    "queue": lambda do, was: do.queue == was,
    "tag": lambda do, was: was in do.tags,
    "hold": lambda do, _: do.hold is not None,
    "assign": lambda do, _: do.assign is not None,
    "closed": lambda do, was: do.close == was or (do.no_response_needed is not None and was == "no_response_needed"),
}


def count_undone(tx: Transaction, actor: Actor, case: Case, undone: Undone, was: str = "") -> str | None:
    """The rule whose choice was undone, counted for it; None when no rule had chosen what was there, or no person undid it.

    ``was`` is the queue, the tag or the disposition that was there; each call counts.
    """
    if actor.kind != "agent":
        return None
    for made in routing.for_case(tx.conn, case.id, LOOKED_THROUGH):
        chose = _CHOSE[undone](made.decision, was)
        if chose is None:
            continue
        if not chose or not made.version:
            return None
        rules = {rule.id: rule for rule in routing.rules_of(tx.conn, made.version).rules}
        for id in made.decision.fired:
            if id in rules and _SAYS[undone](rules[id].do, was):
                measures.add(tx, "rule_undone", id)
                return id
        return None
    return None
