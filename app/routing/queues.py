"""``queues.yaml``: the queues a desk has, what their agents need, how their cases are given out, and the reasons people choose from."""

import re
from typing import Final

from app.routing.model import AwayReason, Problem, Push, Queue, Reasons
from app.routing.reading import SLUG, Reader
from app.routing.yaml_tree import Node, Scalar, read

QUEUE_KEYS: Final = ("id", "title", "languages", "skills", "push", "sticky", "lead", "weights")
FILE_KEYS: Final = ("queues", "presence_reasons", "skip_reasons")
VISIBILITIES: Final = ("public", "direct")
_PUSHES: Final[tuple[Push, ...]] = ("off", "least_loaded")
_HEAVIEST: Final = 10.0  # cases that one case may count as
_LONGEST_KEEP: Final = 12 * 60
_EMAIL: Final = re.compile(r"[^\s@]+@[^\s@]+")
DEFAULT_REASONS: Final = Reasons(
    presence=(
        AwayReason("Break", "away", 20),
        AwayReason("Lunch", "away", 60),
        AwayReason("Training", "away", 15),
        AwayReason("End of shift", "away", 0),
        AwayReason("Meeting", "busy"),
        AwayReason("Finishing what I have", "busy"),
    ),
    skip=("Needs a colleague who knows more", "Not in a language I write", "I know this customer in private", "Wrong queue"),
)
"""What people choose from on a desk whose file names none."""


def parse_queues(text: str) -> tuple[Queue, ...] | list[Problem]:
    """The queues in the order written, or every problem in the text. At least one queue is needed."""
    root, found = read(text)
    reader = Reader(found)
    if root is None or (isinstance(root, Scalar) and root.value is None):
        return reader.problems or [
            Problem(1, 1, "queues", "There is no queue", "Write queues: with at least one, each with id: and title:.")
        ]
    top = reader.mapping(root, "file", "The queues file")
    if top is None:
        return reader.problems
    reader.keys(top, "", FILE_KEYS)
    node = top.get("queues")
    listed = reader.sequence(node, "queues", "queues") if node is not None else None
    if node is None or (listed is not None and not listed.items):
        reader.note(node or top, "queues", "There is no queue", "Write queues: with at least one, each with id: and title:.")
    queues = [_queue(item, index, reader) for index, item in enumerate(listed.items if listed is not None else ())]
    seen: set[str] = set()
    for queue, item in zip(queues, listed.items if listed is not None else (), strict=True):
        if queue is not None and queue.id in seen:
            reader.note(item, f"queues[{queue.id}].id", f"The queue {queue.id!r} stands twice", "Give one of the two another id.")
        seen.add(queue.id if queue is not None else "")
    return reader.problems or tuple(queue for queue in queues if queue is not None)


def _queue(node: Node, index: int, reader: Reader) -> Queue | None:
    path = f"queues[{index}]"
    mapping = reader.mapping(node, path, "A queue")
    if mapping is None:
        return None
    reader.keys(mapping, path, QUEUE_KEYS)
    id_node = mapping.get("id")
    queue_id = reader.text(id_node, f"{path}.id", "The id")
    if id_node is None:
        reader.note(mapping, path, "This queue has no id", "Give it a short one in small letters, like id: care.")
    elif queue_id is not None and not SLUG.fullmatch(queue_id):
        reader.note(id_node, f"{path}.id", f"{queue_id!r} cannot be an id", "Use small letters, digits and dashes, at most 60.")
    title = reader.text(mapping.get("title"), f"{path}.title", "The title")
    languages = _several(mapping.get("languages"), f"{path}.languages", "A language", reader)
    skills = _several(mapping.get("skills"), f"{path}.skills", "A skill", reader)
    push = _push(mapping.get("push"), f"{path}.push", reader)
    sticky = mapping.get("sticky") is not None and reader.flag(mapping.get("sticky"), f"{path}.sticky", "sticky") is True
    lead = reader.text(mapping.get("lead"), f"{path}.lead", "The lead")
    if lead is not None and not _EMAIL.fullmatch(lead):
        reader.note(mapping.get("lead") or mapping, f"{path}.lead", f"{lead!r} is no e-mail address", "Write it like ana@shop.example.")
    weights = _weights(mapping.get("weights"), f"{path}.weights", reader)
    return Queue(queue_id, title or queue_id, languages, skills, index, push, sticky, lead, weights) if queue_id else None


def _push(node: Node | None, path: str, reader: Reader) -> Push:
    # YAML reads a bare off as false.
    if node is None or (isinstance(node, Scalar) and node.value in (None, False)):
        return "off"
    said = reader.text(node, path, "push")
    known = next((way for way in _PUSHES if way == said), None)
    if known is None and said is not None:
        reader.note(node, path, f"{said!r} is no way to give cases out", "Use off or least_loaded.")
    return known or "off"


def _weights(node: Node | None, path: str, reader: Reader) -> dict[str, float]:
    mapping = reader.mapping(node, path, "weights") if node is not None else None
    if mapping is None:
        return {}
    reader.keys(mapping, path, VISIBILITIES)
    found: dict[str, float] = {}
    for visibility in VISIBILITIES:
        weight = reader.number(mapping.get(visibility), f"{path}.{visibility}", "A weight")
        if weight is None:
            continue
        if not 0 < weight <= _HEAVIEST:
            reader.note(
                mapping.get(visibility) or mapping, f"{path}.{visibility}", f"{weight:g} is no weight",
                f"Use a number above 0 and at most {_HEAVIEST:g}.",
            )  # fmt: skip
        found[visibility] = float(weight)
    return found


def parse_reasons(text: str) -> Reasons | list[Problem]:
    """The reasons of the same file, each list as it stands or, where it is missing, the desk's own; or every problem in them."""
    root, found = read(text)
    reader = Reader(found)
    top = reader.mapping(root, "file", "The queues file") if root is not None else None
    if top is None:
        return reader.problems or DEFAULT_REASONS
    node = top.get("presence_reasons")
    listed = reader.sequence(node, "presence_reasons", "presence_reasons") if node is not None else None
    presence = [_reason(item, index, reader) for index, item in enumerate(listed.items)] if listed is not None else None
    skip = _several(top.get("skip_reasons"), "skip_reasons", "A reason", reader)
    if reader.problems:
        return reader.problems
    return Reasons(
        DEFAULT_REASONS.presence if presence is None else tuple(reason for reason in presence if reason is not None),
        skip if top.get("skip_reasons") is not None else DEFAULT_REASONS.skip,
    )


def _reason(node: Node, index: int, reader: Reader) -> AwayReason | None:
    path = f"presence_reasons[{index}]"
    mapping = reader.mapping(node, path, "A reason")
    if mapping is None:
        return None
    reader.keys(mapping, path, ("title", "presence", "keep_minutes"))
    title = reader.text(mapping.get("title"), f"{path}.title", "The title")
    if title is None:
        reader.note(mapping, path, "This reason has no title", "Give it one, like title: Lunch.")
    said = reader.text(mapping.get("presence"), f"{path}.presence", "The presence") or "away"
    if said not in ("busy", "away"):
        reader.note(mapping.get("presence") or mapping, f"{path}.presence", f"{said!r} needs no reason", "Use busy or away.")
    keep = mapping.get("keep_minutes")
    minutes = reader.whole(keep, f"{path}.keep_minutes", "keep_minutes", 0, _LONGEST_KEEP) if keep is not None else None
    return AwayReason(title, "busy" if said == "busy" else "away", minutes) if title else None


def _several(node: Node | None, path: str, what: str, reader: Reader) -> tuple[str, ...]:
    if node is None or (isinstance(node, Scalar) and node.value is None) or getattr(node, "items", None) == ():
        return ()
    return reader.texts(node, path, what)
