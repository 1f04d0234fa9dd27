"""The ``do:`` of a rule: its actions, read with a place for every problem."""

import re
from typing import Final

from app.routing.model import DESKS, MAX_TIER, NOTHING, Actions, Matter
from app.routing.reading import Reader
from app.routing.yaml_tree import Mapping, Node, Scalar, Sequence

ACTION_KEYS: Final = (
    "queue", "assign", "tags", "floor", "checklist", "hold", "escalate", "notify", "no_response_needed", "snooze_minutes", "approval",
)  # fmt: skip
APPROVERS: Final = ("supervisor", "legal")
AUDIENCES: Final = ("assignee", "lead", "supervisor", "legal", "pr")
LEAST_LOADED: Final = "least_loaded"
MAX_SNOOZE_MINUTES: Final = 60 * 24 * 30
MAX_SENTENCE_CHARACTERS: Final = 300

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
        assign=_person_or(get("assign"), f"{path}.assign", "assign", (LEAST_LOADED,), reader),
        tags=reader.texts(get("tags"), f"{path}.tags", "A tag"),
        floor=reader.whole(get("floor"), f"{path}.floor", "The floor", 0, 100),
        checklist=reader.text(get("checklist"), f"{path}.checklist", "The checklist"),
        hold=_sentence(get("hold"), f"{path}.hold", "A rule asks for a second look", reader),
        escalate=_matters(get("escalate"), f"{path}.escalate", reader),
        notify=_notified(get("notify"), f"{path}.notify", reader),
        no_response_needed=_sentence(get("no_response_needed"), f"{path}.no_response_needed", "no answer is needed", reader),
        snooze_minutes=reader.whole(get("snooze_minutes"), f"{path}.snooze_minutes", "snooze_minutes", 1, MAX_SNOOZE_MINUTES),
        approval=reader.choice(get("approval"), f"{path}.approval", "approval", APPROVERS),
    )


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
