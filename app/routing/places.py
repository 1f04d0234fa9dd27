"""The line of what a problem names: a linter knows the rule it looked at, the text knows where its key stands."""

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from app.routing.model import Problem
from app.routing.reading import plain
from app.routing.yaml_tree import Mapping, Sequence, read

_IN_RULE: Final = re.compile(r"rules\[([^\]]+)\]\.(.+)")


def at_their_keys(text: str, problems: Iterable[Problem]) -> list[Problem]:
    """The problems in order of line, those that stood at the head of a rule moved to the key they name where there is one."""
    root, _ = read(text)
    listed = root.get("rules") if isinstance(root, Mapping) else None
    rules = [one for one in listed.items if isinstance(one, Mapping)] if isinstance(listed, Sequence) else []
    heads = {rule.line: rule for rule in rules}
    return sorted((_placed(problem, heads) for problem in problems), key=lambda problem: (problem.line, problem.column))


def _placed(problem: Problem, heads: dict[int, Mapping]) -> Problem:
    found, rule = _IN_RULE.fullmatch(problem.field), heads.get(problem.line)
    if found is None or rule is None or str(plain(rule.get("id") or rule)) != found[1]:
        return problem
    node: object = rule
    for part in found[2].split("."):
        key = next((key for key, _ in node.items if key.text == part), None) if isinstance(node, Mapping) else None
        if key is None or not isinstance(node, Mapping):
            break
        problem, node = replace(problem, line=key.line, column=key.column), node.get(part)
    return problem
