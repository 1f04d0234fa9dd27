"""A stored policy as the text of its file, and its text cut into blocks for a page that shows no HTML of anybody's."""

import json
import re
from dataclasses import dataclass
from typing import Final, Literal

from app.policy.model import Policy

BlockKind = Literal["heading", "paragraph", "list"]
_HEADING: Final = re.compile(r"#{1,6}\s+(.*)")
_LISTED: Final = re.compile(r"\s*[-*+]\s+(.*)")
_TASK: Final = re.compile(r"\s*[-*+]\s+\[")


@dataclass(frozen=True, slots=True)
class Block:
    """One piece of a policy's text: ``lines`` are the items of a list, else there is one."""

    kind: BlockKind
    lines: tuple[str, ...]


def text_of(policy: Policy) -> str:
    """The file of a policy. What is parsed from it is the same policy; comments of the front matter are not stored and not here."""
    front = [f"id: {policy.id}", f"title: {_scalar(policy.title)}", f"applies: [{', '.join(policy.applies)}]"]
    if policy.approval is not None:
        front.append(f"approval: {policy.approval}")
    if policy.checks:
        front.append("checks:")
        front += [f"  {code}: {severity}" for code, severity in policy.checks.items()]
    return "\n".join(["---", *front, "---", policy.body, ""])


def blocks_of(body: str) -> tuple[Block, ...]:
    """Headings, paragraphs and lists of the text, without the checklist, which stands by itself."""
    found: list[Block] = []
    paragraph: list[str] = []
    items: list[str] = []

    def flush() -> None:
        if paragraph:
            found.append(Block("paragraph", (" ".join(paragraph),)))
        if items:
            found.append(Block("list", tuple(items)))
        paragraph.clear()
        items.clear()

    for line in body.split("\n"):
        heading, item = _HEADING.fullmatch(line.strip()), _LISTED.fullmatch(line)
        if _TASK.match(line) or not line.strip():
            flush()
        elif heading:
            flush()
            found.append(Block("heading", (heading[1],)))
        elif item:
            if paragraph:
                flush()
            items.append(item[1])
        elif items:
            items[-1] += f" {line.strip()}"
        else:
            paragraph.append(line.strip())
    flush()
    return tuple(found)


def _scalar(text: str) -> str:
    """The text as YAML: plain where nothing in it means anything, else in double quotes, whose escapes JSON shares."""
    plain = re.fullmatch(r"[A-Za-z][A-Za-z ]*", text) and text.lower() not in ("true", "false", "null", "yes", "no", "on", "off")
    return text if plain else json.dumps(text, ensure_ascii=False)
