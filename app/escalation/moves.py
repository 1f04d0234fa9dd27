"""The state machine of a matter: open, acknowledged, decided, closed; who may move it, and the sentence when they may not.

A matter whose hold was ``kept`` is decided but not done: it may be decided again. Nothing leaves ``closed``; what comes up
later opens a new matter.
"""

from collections.abc import Iterable
from typing import Final, Literal

from app.core.roles import Permission, Role, may
from app.escalation.model import Decision, Kind, Matter, State

Move = Literal["acknowledge", "decide", "close"]
MOVES: Final[tuple[Move, ...]] = ("acknowledge", "decide", "close")

_DECIDERS: Final[dict[Kind, tuple[Permission, ...]]] = {
    "legal": ("matters.decide",),
    "pr": ("matters.decide", "replies.approve"),
    "supervisor": ("replies.approve",),
}
_WHO: Final[dict[Kind, str]] = {
    "legal": "legal",
    "pr": "legal or a supervisor",
    "supervisor": "a supervisor",
}
_AFTER: Final[dict[Move, State]] = {"acknowledge": "acknowledged", "decide": "decided", "close": "closed"}
_NEEDS_REASON: Final[frozenset[Decision]] = frozenset({"rejected", "released", "kept"})


def after(move: Move) -> State:
    """The state a move leads to."""
    return _AFTER[move]


def deciders(kind: Kind) -> tuple[Permission, ...]:
    """The permissions of which one is needed to move matters of the kind."""
    return _DECIDERS[kind]


def may_move(kind: Kind, role: Role) -> bool:
    """Whether people of the role may acknowledge, decide and close matters of the kind."""
    return any(may(role, permission) for permission in _DECIDERS[kind])


def refusal(move: Move, kind: Kind, state: State, decision: Decision | None, role: Role) -> str | None:
    """Why the move is not possible, as a sentence; None when it is. ``decision`` is the one taken so far."""
    if not may_move(kind, role):
        return f"Only {_WHO[kind]} can {move} this matter."
    if state == "closed":
        return "This matter is closed: open a new one if there is something new."
    if move == "acknowledge" and state != "open":
        return f"This matter is {state} already."
    if move == "decide" and state == "decided" and decision != "kept":
        return f"This matter is decided already ({_spoken(decision)}): close it, and open a new one if there is something new."
    if move == "close" and state != "decided":
        return "This matter is not decided yet: decide it first."
    return None


def allowed_moves(kind: Kind, state: State, decision: Decision | None, role: Role) -> tuple[Move, ...]:
    """The moves a person of the role can make now."""
    return tuple(m for m in MOVES if refusal(m, kind, state, decision, role) is None)


def decision_refusal(decision: Decision, reason: str, *, has_proposal: bool) -> str | None:
    """Why this decision cannot be taken with this reason; ``has_proposal``: an answer waits to be decided on."""
    if decision in ("approved", "approved_with_edits", "rejected") and not has_proposal:
        return "There is no proposed answer to decide on: release the hold or keep it."
    if decision in _NEEDS_REASON and not reason.strip():
        return f"Give the reason why it is {_spoken(decision)}: the agent and the record need it."
    return None


def lifts_hold(decision: Decision) -> bool:
    """Whether the case's hold ends with the decision: yes for approved and released, no for rejected and kept."""
    return decision in ("approved", "approved_with_edits", "released")


def keeping(matters: Iterable[Matter]) -> tuple[Matter, ...]:
    """Those of a case's matters that keep its hold: unclosed ones of legal and PR. A supervisor's matter holds nothing."""
    return tuple(m for m in matters if m.kind != "supervisor" and m.state != "closed")


def _spoken(decision: Decision | None) -> str:
    return (decision or "undecided").replace("_", " ")
