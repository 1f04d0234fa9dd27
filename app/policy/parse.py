"""Reads a policy file: YAML front matter, then Markdown with the checklist as task lines.

    ---
    id: public-reply              # the file's name without .md
    title: Public reply
    applies: [public reply]       # public reply, direct reply, or risk classes
    approval: legal               # who must approve: agent, supervisor, legal; left out: no one
    checks: {promise: warn}       # per text check: block or warn
    ---
    Text for people.

    - [ ] {order-verified} The order was looked up (required)
    - [ ] {tone} The answer names the customer's own words

Every error of every file is reported at once, each with file, line, field and mend.
"""

import hashlib
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from ruamel.yaml.comments import CommentedMap

from app.policy.model import APPLIES, APPROVAL_ROLES, DEFAULT_CHECKS, Item, Policy
from app.policy.yaml_source import place, read_each, read_fronted, refused

FIELDS: Final = ("id", "title", "applies", "approval", "checks")
MAX_ITEMS: Final = 50
_MAX_TITLE_CHARACTERS: Final = 120
_MAX_ITEM_CHARACTERS: Final = 300
_SLUG: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")
_TASK: Final = re.compile(r"\s*[-*+]\s+\[")
_ITEM: Final = re.compile(r"- \[ \] \{([^{}]*)\}(.*)")
_REQUIRED: Final = re.compile(r"\s*\(required\)\s*\Z", re.IGNORECASE)
_ITEM_FORM: Final = "write it like `- [ ] {order-verified} The order was looked up (required)`"


@dataclass(slots=True)
class _Reading:
    """A file half read, with the errors found so far."""

    file: str
    errors: list[dict[str, Any]] = field(default_factory=list)

    def wrong(self, line: int, name: str, msg: str) -> None:
        self.errors.append(place(self.file, line, name, msg))


def parse(text: str, file: str) -> Policy:
    """The policy in one file's text, with version 0. Raises Invalid with all that is wrong with it."""
    read = read_fronted(text, file, FIELDS)
    reading = _Reading(file)
    fields = _fields(reading, read.fields)
    body = read.rest.strip("\n")
    items = _items(reading, read.rest, read.rest_line)
    if reading.errors:
        raise refused(sorted(reading.errors, key=lambda e: int(e["loc"][1])))
    return Policy(version=0, hash=hashlib.sha256(read.text.encode("utf-8", "replace")).hexdigest(), body=body, items=items, **fields)


def read_folder(folder: Path) -> tuple[Policy, ...]:
    """Every ``*.md`` of the folder as a policy, by id. Raises Invalid with the errors of all files together."""
    return tuple(sorted(read_each(folder, parse), key=lambda p: p.id))


def _fields(reading: _Reading, top: CommentedMap) -> dict[str, Any]:
    """The front matter's fields, checked; a wrong one is noted and left at a harmless value."""
    lines = {name: top.lc.key(name)[0] + 2 for name in top}
    for name in top:
        if name not in FIELDS:
            hint = "versions are counted by the desk: leave it out" if name == "version" else f"use one of {', '.join(FIELDS)}"
            reading.wrong(lines[name], str(name), f"is not a field of a policy: {hint}")
    for name in ("id", "title", "applies"):
        if top.get(name) is None:
            reading.wrong(lines.get(name, 1), name, "is missing: give it in the front matter")
    return {
        "id": _id(reading, top.get("id"), lines.get("id", 1)),
        "title": _title(reading, top.get("title"), lines.get("title", 1)),
        "applies": _applies(reading, top.get("applies"), lines.get("applies", 1)),
        "approval": _approval(reading, top.get("approval"), lines.get("approval", 1)),
        "checks": _checks(reading, top.get("checks"), lines.get("checks", 1)),
    }


def _id(reading: _Reading, value: Any, line: int) -> str:
    stem = Path(reading.file).stem
    if value is None:
        return ""
    if not isinstance(value, str) or not _SLUG.fullmatch(value):
        reading.wrong(line, "id", "must be at most 40 lower-case letters, digits and -: write it like public-reply")
    elif value != stem:
        reading.wrong(line, "id", f"is {value} but the file is {stem}.md: give both the same name")
    return str(value)


def _title(reading: _Reading, value: Any, line: int) -> str:
    if value is not None and (not isinstance(value, str) or not value.strip() or len(value) > _MAX_TITLE_CHARACTERS):
        reading.wrong(line, "title", f"must be a text of 1 to {_MAX_TITLE_CHARACTERS} characters: put it in quotes")
    return str(value).strip()


def _applies(reading: _Reading, value: Any, line: int) -> tuple[str, ...]:
    if value is None:
        return ()
    values = [value] if isinstance(value, str) else value
    if not isinstance(values, list) or not values:
        reading.wrong(line, "applies", f"must be a list of: {', '.join(APPLIES)}")
        return ()
    for one in values:
        if one not in APPLIES:
            reading.wrong(line, "applies", f"{one!r} is not known: use {', '.join(APPLIES)}")
    return tuple(dict.fromkeys(str(v) for v in values))


def _approval(reading: _Reading, value: Any, line: int) -> str | None:
    if value is not None and value not in APPROVAL_ROLES:
        reading.wrong(line, "approval", f"must be one of {', '.join(APPROVAL_ROLES)}, or left out when no one needs to approve")
        return None
    return value if value is None else str(value)


def _checks(reading: _Reading, value: Any, line: int) -> dict[str, str]:
    if value is None:
        return {}
    if not isinstance(value, CommentedMap):
        reading.wrong(line, "checks", "must be text checks with block or warn, such as {promise: warn}")
        return {}
    for code, severity in value.items():
        at = value.lc.key(code)[0] + 2
        if code not in DEFAULT_CHECKS:
            reading.wrong(at, f"checks.{code}", f"is not a text check: use one of {', '.join(DEFAULT_CHECKS)}")
        elif severity not in ("block", "warn"):
            reading.wrong(at, f"checks.{code}", "must be block or warn")
    return {str(code): str(severity) for code, severity in value.items()}


def _items(reading: _Reading, body: str, first_line: int) -> tuple[Item, ...]:
    items: dict[str, Item] = {}
    for line, text in enumerate(body.split("\n"), first_line):
        if not _TASK.match(text):
            continue
        found = _ITEM.fullmatch(text.rstrip())
        if not found:
            reading.wrong(line, "checklist", f"is no checklist line: {_ITEM_FORM}")
            continue
        id, said = found[1], _REQUIRED.sub("", found[2]).strip()
        if not _SLUG.fullmatch(id):
            reading.wrong(line, "checklist", f"the id {id!r} must be at most 40 lower-case letters, digits and -: {_ITEM_FORM}")
        elif id in items:
            reading.wrong(line, "checklist", f"the id {id} stands twice: ticks could not tell them apart, so give one another id")
        elif not said or len(said) > _MAX_ITEM_CHARACTERS:
            reading.wrong(line, "checklist", f"{id} needs a text of 1 to {_MAX_ITEM_CHARACTERS} characters: {_ITEM_FORM}")
        else:
            items[id] = Item(id, said, required=_REQUIRED.search(found[2]) is not None)
    if len(items) > MAX_ITEMS:
        reading.wrong(first_line, "checklist", f"has {len(items)} lines and may have {MAX_ITEMS}: no one reads more, so split the policy")
    return tuple(items.values())
