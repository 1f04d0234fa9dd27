"""``queues.yaml``: the queues a desk has, each with the languages and skills its agents need."""

from typing import Final

from app.routing.model import Problem, Queue
from app.routing.reading import SLUG, Reader
from app.routing.yaml_tree import Node, Scalar, read

QUEUE_KEYS: Final = ("id", "title", "languages", "skills")


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
    reader.keys(top, "", ("queues",))
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
    return Queue(queue_id, title or queue_id, languages, skills, index) if queue_id else None


def _several(node: Node | None, path: str, what: str, reader: Reader) -> tuple[str, ...]:
    if node is None or (isinstance(node, Scalar) and node.value is None) or getattr(node, "items", None) == ():
        return ()
    return reader.texts(node, path, what)
