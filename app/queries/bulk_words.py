"""An act on many cases in one sentence, before it is done and after."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

from app.cases.model import BulkVerb, Change

_AHEAD: Final[dict[BulkVerb, tuple[str, str]]] = {
    "assign": ("goes to {to}", "go to {to}"), "release": ("goes back to {to}", "go back to {to}"),
    "queue": ("moves to {to}", "move to {to}"), "tag": ("gets {to}", "get {to}"), "untag": ("loses {to}", "lose {to}"),
    "snooze": ("sleeps", "sleep"), "close": ("is closed {to}", "are closed {to}"),
}  # fmt: skip
_DONE: Final[dict[BulkVerb, str]] = {
    "assign": "went to {to}", "release": "went back to {to}", "queue": "moved to {to}", "tag": "got {to}", "untag": "lost {to}",
    "snooze": "put to sleep", "close": "closed {to}",
}  # fmt: skip

_MANY: Final = (("it is", "they are"), ("it was", "they were"), ("its answer is", "their answers are"), ("its", "their"), ("it", "them"))
"""Of one case and of several."""


def sentence(change: Change, moved: Sequence[str], notes: Iterable[str], stays: Iterable[str], same: int, to: str, *, done: bool) -> str:
    """Such as "7 cases go back to care, 1 has a draft that stays offered; 1 stays: its answer is being sent".

    ``moved`` holds the queue of each case that moves, ``stays`` the reason of each that does not, ``to`` is where to, in words.
    """
    parts = [_main(change, moved, to, done=done)]
    told = Counter(note for note in notes if note)
    parts += [f"{n} {_noted(note, n, done=done)}" for note, n in sorted(told.items(), key=lambda one: (-one[1], one[0]))]
    said = ", ".join(parts)
    rest = [_staying(why, n, done=done) for why, n in Counter(stays).most_common()]
    if same:
        rest.append(f"{same} {'was' if done else 'is'} so already" if same == 1 else f"{same} {'were' if done else 'are'} so already")
    return "; ".join([said, *rest]) + "."


def _main(change: Change, moved: Sequence[str], to: str, *, done: bool) -> str:
    n = len(moved)
    if not n:
        return "No case changed" if done else "No case changes"
    if change.verb == "release":
        queues = Counter(moved).most_common()
        to = queues[0][0] if len(queues) == 1 else "their queues: " + ", ".join(f"{count} to {queue}" for queue, count in queues)
    form = _DONE[change.verb] if done else _AHEAD[change.verb][0 if n == 1 else 1]
    return f"{n} case{'' if n == 1 else 's'} {form.format(to=to)}".rstrip()


def _staying(why: str, n: int, *, done: bool) -> str:
    for one, many in _MANY if n > 1 else ():
        why = re.sub(rf"\b{one}\b", many, why)
    return f"{n} stayed: {why}" if done else f"{n} {'stays' if n == 1 else 'stay'}: {why}"


def _noted(note: str, n: int, *, done: bool) -> str:
    if not done and note.startswith("was "):
        note = "is " + note.removeprefix("was ")
    for one, many in (("has ", "have "), ("stays ", "stay "), ("was ", "were "), ("is ", "are ")):
        if n > 1 and note.startswith(one):
            return many + note.removeprefix(one)
    return note


def ahead_of(change: Change, person: str) -> str:
    """Where to, in words: of a person their name, of a queue its id, of tags themselves, of closing what it is closed as."""
    if change.verb in ("tag", "untag"):
        return " ".join(f"#{tag}" for tag in change.tags)
    if change.verb == "close":
        return f"as {change.disposition.replace('_', ' ')}" if change.disposition else "as answered, or as needing no response"
    return person if change.verb == "assign" else change.queue
