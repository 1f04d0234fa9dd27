"""One rule's own lines in a text, found without parsing it: a history reads hundreds of texts of which a few matter."""

import re
from typing import Final

_ID: Final = re.compile(r"(?P<lead>\s*(?:-\s+)?)id:\s*(?P<quote>['\"]?)(?P<id>[a-z0-9][a-z0-9_-]*)(?P=quote)\s*(?:#.*)?")


def lines_of(text: str, rule_id: str) -> str:
    """The lines from the rule's dash to its last, "" where it is not or where rules are not written one below the other.

    Comments above the dash are no part of it: rules move past them.
    """
    lines = text.replace("\r\n", "\n").split("\n")
    at = next((n for n, line in enumerate(lines) if (found := _ID.fullmatch(line)) and found["id"] == rule_id), None)
    if at is None:
        return ""
    inner = _key(lines[at])
    start = at
    while not (lines[start].lstrip().startswith("- ") and _key(lines[start]) == inner):
        start -= 1
        if start < 0 or (lines[start].strip() and _key(lines[start]) < inner):
            return ""
    dash, end = _indent(lines[start]), at + 1
    while end < len(lines) and (not lines[end].strip() or _indent(lines[end]) > dash):
        end += 1
    own = lines[start:end]
    while own and (not own[-1].strip() or own[-1].lstrip().startswith("#")):
        own.pop()
    return "\n".join(line[dash:] for line in own)


def _key(line: str) -> int:
    """The column at which a line's own text begins, behind its dash if it has one."""
    return len(line) - len(line.lstrip(" -"))


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())
