"""What is to happen to a person on the floor and to the cases they hold, as one act. Pure."""

from typing import Final

from app.cases.model import Change, FloorChange, State

HELD: Final[tuple[State, ...]] = ("open", "pending")
HELD_OR_WAITING: Final[tuple[State, ...]] = (*HELD, "waiting", "snoozed")


def cases_change(change: FloorChange) -> Change | None:
    """What it does to the cases, as an act on many; None when they stay. Who asks this means what the person is at work on too."""
    if change.cases == "person":
        return Change("assign", person=change.to, reason=change.reason, taken_too=True)
    return Change("release", reason=change.reason, taken_too=True) if change.cases == "queue" else None
