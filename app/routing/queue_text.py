"""A new queue in the text of ``queues.yaml``: one line at the end of its list, and everything else byte for byte as it was."""

import json

from app.core.errors import Conflict, Invalid
from app.routing.model import Queue
from app.routing.queues import parse_queues
from app.routing.yaml_tree import Mapping, Sequence, read


def with_queue(text: str, id: str, title: str, lead: str | None = None) -> str:
    """The text with the queue in it. Conflict when the id is taken, Invalid where it has to be written by hand."""
    before = _queues(text)
    if any(queue.id == id for queue in before):
        raise Conflict(f"There is a queue {id} already.")
    text = text.replace("\r\n", "\n")
    root, _ = read(text)
    listed = root.get("queues") if isinstance(root, Mapping) else None
    if not isinstance(listed, Sequence) or listed.flow or not listed.items:
        raise Invalid("The queues are not written one a line, so a new one has to be written into queues.yaml by hand.")
    lines = text.split("\n")
    end = min(listed.end_line - 1, len(lines))
    while end > listed.items[-1].line and (not lines[end - 1].strip() or lines[end - 1].lstrip().startswith("#")):
        end -= 1
    dash = lines[listed.items[-1].line - 1]
    said = f"title: {json.dumps(title, ensure_ascii=False)}" + (f", lead: {json.dumps(lead)}" if lead else "")
    made = "\n".join([*lines[:end], f"{dash[: len(dash) - len(dash.lstrip())]}- {{id: {id}, {said}}}", *lines[end:]])
    after = _queues(made)
    if after[:-1] != before or (after[-1].id, after[-1].title, after[-1].lead) != (id, title, lead):
        raise Invalid("A new queue has to be written into queues.yaml by hand: its list ends in a way that cannot be added to safely.")
    return made


def _queues(text: str) -> tuple[Queue, ...]:
    found = parse_queues(text)
    if isinstance(found, list):
        raise Invalid(f"queues.yaml: {found[0]}", errors=[problem.as_error() for problem in found])
    return found
