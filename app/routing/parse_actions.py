"""The ``do:`` of a rule: its actions, read with a place for every problem."""

import re
from typing import Final

from app.routing.decide import MAX_TERM_POINTS
from app.routing.model import DESKS, DISPOSITIONS, MAX_TIER, NOTHING, Actions, Matter, TimerSpec
from app.routing.reading import SLUG, Reader
from app.routing.yaml_tree import Mapping, Node, Scalar, Sequence

ACTION_KEYS: Final = (
    "queue", "assign", "tags", "untag", "term", "floor", "checklist", "approval", "hold", "escalate", "notify", "note", "reply_with",
    "snooze_minutes", "community_minutes", "no_response_needed", "close", "start_timers", "stop_timers", "webhooks",
)  # fmt: skip
CASELESS_ACTIONS: Final = ("notify", "webhooks")
"""What can be done where there is no case."""
APPROVERS: Final = ("supervisor", "legal")
AUDIENCES: Final = ("assignee", "lead", "supervisor", "legal", "pr")
LEAST_LOADED: Final = "least_loaded"
LAST_AGENT: Final = "last_agent"
SKILL_PREFIX: Final = "skill:"
MAX_SNOOZE_MINUTES: Final = 60 * 24 * 30
"""Longest snooze, wait for the community, or timer: thirty days."""
MAX_TIMERS: Final = 10
TIMER_KEYS: Final = ("name", "minutes", "business", "waiting")
MAX_SENTENCE_CHARACTERS: Final = 300

SKILL: Final = re.compile(r"skill:[\w-]{1,40}")
PERSON: Final = re.compile(r"[\w.+-]{1,64}@[\w.-]{1,100}|[0-9a-z]{20}")


def actions_of(node: Node, path: str, reader: Reader) -> Actions:
    """The ``do:`` of a rule; notes problems in the reader."""
    mapping = reader.mapping(node, path, "do")
    if mapping is None:
        return NOTHING
    reader.keys(mapping, path, ACTION_KEYS)
    get = mapping.get
    return Actions(
        queue=reader.text(get("queue"), f"{path}.queue", "The queue"),
        assign=_assignee(get("assign"), f"{path}.assign", reader),
        tags=reader.texts(get("tags"), f"{path}.tags", "A tag"),
        floor=reader.whole(get("floor"), f"{path}.floor", "The floor", 0, 100),
        checklist=reader.text(get("checklist"), f"{path}.checklist", "The checklist"),
        hold=_sentence(get("hold"), f"{path}.hold", "A rule asks for a second look", reader),
        escalate=_matters(get("escalate"), f"{path}.escalate", reader),
        notify=_notified(get("notify"), f"{path}.notify", reader),
        no_response_needed=_sentence(get("no_response_needed"), f"{path}.no_response_needed", "no answer is needed", reader),
        snooze_minutes=reader.whole(get("snooze_minutes"), f"{path}.snooze_minutes", "snooze_minutes", 1, MAX_SNOOZE_MINUTES),
        approval=reader.choice(get("approval"), f"{path}.approval", "approval", APPROVERS),
        untag=reader.texts(get("untag"), f"{path}.untag", "A tag"),
        term=reader.whole(get("term"), f"{path}.term", "The term", -MAX_TERM_POINTS, MAX_TERM_POINTS),
        close=reader.choice(get("close"), f"{path}.close", "close", DISPOSITIONS),
        community_minutes=reader.whole(get("community_minutes"), f"{path}.community_minutes", "community_minutes", 1, MAX_SNOOZE_MINUTES),
        note=reader.text(get("note"), f"{path}.note", "The note", MAX_SENTENCE_CHARACTERS),
        start_timers=_timers(get("start_timers"), f"{path}.start_timers", reader),
        stop_timers=_names(get("stop_timers"), f"{path}.stop_timers", "A timer", reader),
        webhooks=_names(get("webhooks"), f"{path}.webhooks", "A webhook", reader),
        reply_with=reader.text(get("reply_with"), f"{path}.reply_with", "The macro"),
    )


def _assignee(node: Node | None, path: str, reader: Reader) -> str | None:
    text = reader.text(node, path, "assign")
    if text is not None and SKILL.fullmatch(text):
        return text
    return _person_or(node, path, "assign", (LEAST_LOADED, LAST_AGENT, f"{SKILL_PREFIX}NAME"), reader) if text is not None else None


def _names(node: Node | None, path: str, what: str, reader: Reader) -> tuple[str, ...]:
    """One name or a list of them, each fit to be an id."""
    found = reader.texts(node, path, what)
    parts = () if node is None else node.items if isinstance(node, Sequence) else (node,)
    for part in parts:
        if isinstance(part, Scalar) and part.text.strip() in found:
            _fit(part, path, what, reader)
    return tuple(name for name in found if SLUG.fullmatch(name))


def _fit(node: Scalar, path: str, what: str, reader: Reader) -> bool:
    if SLUG.fullmatch(node.text.strip()):
        return True
    reader.note(node, path, f"{what} cannot be named {node.text[:60]!r}", "Use small letters, digits and dashes, at most 60.")
    return False


def _timers(node: Node | None, path: str, reader: Reader) -> tuple[TimerSpec, ...]:
    parts = () if node is None else node.items if isinstance(node, Sequence) else (node,)
    found: dict[str, TimerSpec] = {}
    for part in parts[:MAX_TIMERS]:
        mapping = reader.mapping(part, path, "A timer")
        if mapping is None:
            continue
        reader.keys(mapping, path, TIMER_KEYS)
        name_node = mapping.get("name")
        name = reader.text(name_node, f"{path}.name", "The timer's name")
        minutes = reader.whole(mapping.get("minutes"), f"{path}.minutes", "minutes", 1, MAX_SNOOZE_MINUTES)
        business = reader.flag(mapping.get("business"), f"{path}.business", "business")
        waiting = reader.flag(mapping.get("waiting"), f"{path}.waiting", "waiting")
        for key in ("name", "minutes"):
            if mapping.get(key) is None:
                reader.note(mapping, f"{path}.{key}", f"This timer has no {key}", "Write it like {name: chase, minutes: 30}.")
        if name is None or minutes is None or not isinstance(name_node, Scalar) or not _fit(name_node, f"{path}.name", "A timer", reader):
            continue
        if name in found:
            reader.note(mapping, f"{path}.name", f"The timer {name!r} is started twice here", "Keep one of the two.")
        found.setdefault(name, TimerSpec(name, minutes, business is True, waiting is True))
    if len(parts) > MAX_TIMERS and node is not None:
        reader.note(node, path, f"A rule starts at most {MAX_TIMERS} timers, this one {len(parts)}", "Remove some.")
    return tuple(found.values())


def _sentence(node: Node | None, path: str, otherwise: str, reader: Reader) -> str | None:
    if isinstance(node, Scalar) and isinstance(node.value, bool):
        return otherwise if node.value else None
    return reader.text(node, path, "The reason", MAX_SENTENCE_CHARACTERS)


def _person_or(node: Node | None, path: str, what: str, words: tuple[str, ...], reader: Reader) -> str | None:
    """One of the words, or a person by e-mail or id."""
    text = reader.text(node, path, what)
    if node is None or text is None or text in words or PERSON.fullmatch(text):
        return text
    reader.unknown(node, path, text, what, (*words, "a person's e-mail"))
    return None


def _notified(node: Node | None, path: str, reader: Reader) -> tuple[str, ...]:
    parts = () if node is None else node.items if isinstance(node, Sequence) else (node,)
    found = [_person_or(part, path, "notify", AUDIENCES, reader) for part in parts]
    return tuple(dict.fromkeys(name for name in found if name is not None))


def _matters(node: Node | None, path: str, reader: Reader) -> tuple[Matter, ...]:
    parts = () if node is None else node.items if isinstance(node, Sequence) else (node,)
    found: list[Matter] = []
    for part in parts:
        tier: int | None = 1
        to_node: Node | None = part
        if isinstance(part, Mapping):
            reader.keys(part, path, ("to", "tier"))
            to_node = part.get("to")
            if part.get("tier") is not None:
                tier = reader.whole(part.get("tier"), f"{path}.tier", "The tier", 1, MAX_TIER)
            if to_node is None:
                reader.note(part, path, "escalate does not say to whom", f"Add to: and one of {', '.join(DESKS)}.")
        to = reader.choice(to_node, path, "escalate", DESKS)
        desk = next((desk for desk in DESKS if desk == to), None)
        if desk is not None and tier is not None:
            found.append(Matter(desk, tier))
    return tuple(found)
