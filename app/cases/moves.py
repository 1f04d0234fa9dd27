"""Which moves a case allows in its state, and what a refusal says. Pure."""

from typing import Final, Literal

from app.cases.model import BY_RULE, Reply, State

Move = Literal["claim", "release", "assign", "reply", "note", "snooze", "wake", "close", "reopen", "tag", "escalate", "score"]

_NOT_DONE: Final[frozenset[State]] = frozenset({"open", "waiting", "pending", "snoozed"})
_ALLOWED: Final[dict[Move, frozenset[State]]] = {
    "claim": _NOT_DONE,
    "release": _NOT_DONE,
    "assign": _NOT_DONE,
    "reply": _NOT_DONE,
    "note": _NOT_DONE | {"done"},
    "snooze": frozenset({"open", "waiting", "pending"}),
    "wake": frozenset({"snoozed"}),
    "close": _NOT_DONE,
    "reopen": frozenset({"done"}),
    "tag": _NOT_DONE | {"done"},
    "escalate": _NOT_DONE,
    "score": _NOT_DONE,
}
_COURTESY_BOUND: Final = 80  # characters
_STATE_WORDS: Final[dict[State, str]] = {
    "open": "open",
    "waiting": "waiting on the customer",
    "pending": "pending on approval or legal",
    "snoozed": "snoozed",
    "done": "done",
}


def refusal(move: Move, state: State) -> str | None:
    """Why the move is not possible in this state, None when it is."""
    if state in _ALLOWED[move]:
        return None
    mend = "Reopen it first." if state == "done" else f"It must be {' or '.join(sorted(_STATE_WORDS[s] for s in _ALLOWED[move]))}."
    return f"The case is {_STATE_WORDS[state]}, so you cannot {move} it now. {mend}"


def is_courtesy(intent: str, *, wants_answer: bool, text: str) -> bool:
    """Whether a post only closes a talk ("thanks!"); a longer one says more than that."""
    return intent in ("praise", "chat") and not wants_answer and len(text) <= _COURTESY_BOUND


def leaving(reply: Reply | None) -> bool:
    """Whether the answer is on its way, so that the clocks rest; not while it waits for approval, or for a person in doubt.

    What a rule sends answers nobody, so no clock rests for it.
    """
    if reply is None or reply.by_id == BY_RULE:
        return False
    return reply.state in ("queued", "sending", "by_hand") or (reply.state == "unknown" and reply.check_at is not None)


def after_mention(state: State, *, courtesy: bool, approval_waits: bool = False) -> State:
    """The state once its author wrote again. A closing courtesy wakes nothing: no false reopening, no false miss.

    ``approval_waits``: an answer is before whoever must approve it, so that a case put away meanwhile comes back pending.
    """
    if courtesy and state in ("waiting", "done"):
        return state
    return "pending" if state == "pending" or approval_waits else "open"
