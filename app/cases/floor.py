"""What is to happen to a person on the floor and to the cases they hold, as one act. Pure."""

from dataclasses import dataclass
from typing import Final, Literal

from app.cases.bulk import Change
from app.cases.model import State
from app.core.ids import PersonId

FloorVerb = Literal["presence", "reassign", "sign_out"]
FLOOR_VERBS: Final[tuple[FloorVerb, ...]] = ("presence", "reassign", "sign_out")
HELD: Final[tuple[State, ...]] = ("open", "pending")
HELD_OR_WAITING: Final[tuple[State, ...]] = (*HELD, "waiting", "snoozed")


@dataclass(frozen=True, slots=True)
class FloorChange:
    """What is to happen to a person. ``cases`` says what becomes of those they hold: they stay, go back to their queue, or to a person.

    ``only`` names cases where not all are meant; ``waiting_too`` means those as well that wait on their customer or sleep.
    """

    verb: FloorVerb
    presence: str = ""
    reason: str = ""
    cases: Literal["stay", "queue", "person"] = "stay"
    to: PersonId | None = None
    only: tuple[str, ...] = ()
    waiting_too: bool = False


def cases_change(change: FloorChange) -> Change | None:
    """What it does to the cases, as an act on many; None when they stay. Who asks this means what the person is at work on too."""
    if change.cases == "person":
        return Change("assign", person=change.to, reason=change.reason, taken_too=True)
    return Change("release", reason=change.reason, taken_too=True) if change.cases == "queue" else None
