"""Where each rule stands in a YAML text: its own lines, the comment lines that belong to it, and the headings between rules."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from app.core.errors import Invalid, NotFound
from app.routing import yaml_tree
from app.routing.model import Problem, Rule, RuleSet
from app.routing.parse import parse

_HEADING: Final = re.compile(r"\s*#+\s*(?:[-=─—*~]{2,}\s*(?P<ruled>[^\s=─—*~#-].*?)\s*[-=─—*~#]*|(?<=##)\s+(?P<plain>\S.*?))\s*")
LONGEST_HEADING_CHARACTERS: Final = 120
_ODD_BREAKS = ("\r", "\x85", "\u2028", "\u2029")  # YAML counts them as lines, editors show them as none


@dataclass(frozen=True, slots=True)
class Block:
    """The lines of one rule, from its own comment lines to its last line; ``indent`` is the column of its dash."""

    id: str
    start: int
    dash: int
    end: int
    indent: int


def blocks_of(text: str) -> tuple[list[str], list[Block]]:
    """The lines of the text and where each rule stands. Raises Invalid when the text does not parse or is not a block list."""
    parsed = parsed_or_refused(text, "The rules cannot be edited here until they parse")
    if any(sign in text for sign in _ODD_BREAKS):
        raise Invalid("The text holds an unusual line break (a lone CR, NEL, U+2028 or U+2029): replace it in the YAML view first.")
    lines = text.removesuffix("\n").split("\n") if text else []
    root, _ = yaml_tree.read(text)
    listed = root.get("rules") if isinstance(root, yaml_tree.Mapping) else None
    if not isinstance(listed, yaml_tree.Sequence) or not listed.items:
        return lines, []
    if listed.flow or any(isinstance(item, yaml_tree.Mapping) and item.flow for item in listed.items):
        raise Invalid("Rules written inside [ ] or { } can only be edited in the YAML view: write each on its own lines with a dash.")
    dashes = [item.line - 1 for item in listed.items]
    ends = [*dashes[1:], listed.end_line - 1]
    if dashes != sorted(set(dashes)) or any(line.lstrip()[:1] != "-" for line in (lines[dash] for dash in dashes)):
        raise Invalid("A rule that is an alias (*name) can only be edited in the YAML view: write it out.")
    blocks: list[Block] = []
    for rule, dash, limit in zip(parsed.rules, dashes, ends, strict=True):
        indent = len(lines[dash]) - len(lines[dash].lstrip())
        blocks.append(Block(rule.id, _start(lines, dash), dash, _end(lines, dash, limit, indent), indent))
    return lines, blocks


def heading_in(line: str) -> str:
    """The words of a comment that is a heading (``# ---- Risk ----`` or ``## Risk``), "" for any other line."""
    found = _HEADING.fullmatch(line)
    return (found["ruled"] or found["plain"])[:LONGEST_HEADING_CHARACTERS] if found else ""


def headings_of(text: str, rules: Sequence[Rule]) -> dict[str, str]:
    """The heading above each rule that begins a group, by the rule's id. Never raises; ``rules`` are those of this very text."""
    lines = text.replace("\r\n", "\n").split("\n")
    found: dict[str, str] = {}
    above = next((number for number, line in enumerate(lines) if line.startswith("rules:")), 0)
    for rule in rules:
        between = [line for line in lines[above : rule.line - 1] if len(line) - len(line.lstrip()) < max(1, rule.column - 1)]
        words = next((words for line in reversed(between) if (words := heading_in(line))), "")
        if words:
            found[rule.id] = words
        above = rule.line
    return found


def _start(lines: list[str], dash: int) -> int:
    """The first of the comment lines right above the dash; a heading belongs to the rules below it together, not to the first."""
    start = dash
    while start > 0 and lines[start - 1].lstrip().startswith("#") and not heading_in(lines[start - 1]):
        start -= 1
    return start


def _end(lines: list[str], dash: int, limit: int, indent: int) -> int:
    """The line after the rule's last own line: its comments are those indented deeper than its dash."""
    end = min(max(limit, dash + 1), len(lines))
    while end > dash + 1 and (not lines[end - 1].strip() or _outside(lines[end - 1], indent)):
        end -= 1
    return end


def _outside(line: str, indent: int) -> bool:
    stripped = line.lstrip()
    return stripped.startswith("#") and len(line) - len(stripped) <= indent


def block_of(blocks: list[Block], rule_id: str) -> Block:
    found = [block for block in blocks if block.id == rule_id]
    if not found:
        raise NotFound(f"There is no rule {rule_id} in this text.")
    if len(found) > 1:
        raise Invalid(f"Two rules have the id {rule_id}: give one another id first.")
    return found[0]


def parsed_or_refused(text: str, sentence: str) -> RuleSet:
    """The rule set of a text; raises Invalid with the sentence and every problem."""
    parsed: RuleSet | list[Problem] = parse(text)
    if isinstance(parsed, list):
        raise Invalid(f"{sentence}: {parsed[0]}", errors=[problem.as_error() for problem in parsed])
    return parsed
