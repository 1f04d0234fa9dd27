"""What is looked for in the list of rules: words, a queue, a trigger, an action. The browser does the same on the list it has."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Final

from app.routing.fields import TRIGGERS
from app.routing.model import NOTHING, Actions, Rule

Option = tuple[str, str]

ACTION_WORDS: Final[dict[str, str]] = {
    "queue": "put it into a queue",
    "assign": "give it to somebody",
    "tags": "add tags",
    "untag": "take tags off",
    "floor": "raise the priority to at least",
    "term": "add to the priority",
    "checklist": "ask for a checklist",
    "approval": "ask for approval",
    "hold": "hold it",
    "escalate": "escalate it",
    "notify": "tell somebody",
    "no_response_needed": "need no answer",
    "snooze_minutes": "let it sleep",
    "community_minutes": "wait for the community",
    "close": "close it",
    "note": "write a note",
    "start_timers": "start a timer",
    "stop_timers": "stop a timer",
    "webhooks": "call another system",
    "reply_with": "answer with a macro",
}
"""What a rule can do, as its filter names it; an action without words here goes by its own name."""


@dataclass(frozen=True, slots=True)
class Sought:
    """What is looked for; "" asks for nothing. ``words`` must all stand in what the rule says."""

    words: str = ""
    queue: str = ""
    on: str = ""
    does: str = ""

    @property
    def anything(self) -> bool:
        """Whether something is looked for at all."""
        return any((self.words.strip(), self.queue, self.on, self.does))


@dataclass(frozen=True, slots=True)
class Findable:
    """What a rule is found by. ``text`` is in small letters, ``does`` are the keys of its actions."""

    text: str
    queue: str
    on: tuple[str, ...]
    does: tuple[str, ...]

    def fits(self, sought: Sought) -> bool:
        """Whether the rule is among what is looked for."""
        return (
            all(word in self.text for word in sought.words.casefold().split())
            and sought.queue in ("", self.queue)
            and (not sought.on or sought.on in self.on)
            and (not sought.does or sought.does in self.does)
        )


@dataclass(frozen=True, slots=True)
class Choices:
    """What the filters offer: only what some rule has."""

    queues: tuple[Option, ...]
    on: tuple[Option, ...]
    does: tuple[Option, ...]


def findable(rule: Rule, heading: str, said: Iterable[str]) -> Findable:
    """What a rule is found by: its name, id, note and group, and what it says in words."""
    text = " ".join((rule.name, rule.id, rule.note, heading, *said)).casefold()
    return Findable(text, rule.do.queue or "", rule.on, done_by(rule.do))


def done_by(do: Actions) -> tuple[str, ...]:
    """The keys of the actions that are not left out."""
    return tuple(one.name for one in fields(do) if getattr(do, one.name) != getattr(NOTHING, one.name))


def choices_of(found: Iterable[Findable], queues: Iterable[Option]) -> Choices:
    """What the filters offer for these rules, in the order of the language."""
    rules = tuple(found)
    used = {one.queue for one in rules if one.queue}
    titles = dict(queues)
    on, does = {name for one in rules for name in one.on}, {name for one in rules for name in one.does}
    return Choices(
        tuple((id, title) for id, title in titles.items() if id in used) + tuple((id, id) for id in sorted(used - titles.keys())),
        tuple((name, words) for name, words in TRIGGERS.items() if name in on),
        tuple((one.name, ACTION_WORDS.get(one.name, one.name.replace("_", " "))) for one in fields(NOTHING) if one.name in does),
    )
