"""The conditions of a form as a browser's names and values, and back. Nothing a browser sends raises."""

from collections.abc import Iterable, Mapping
from typing import Final

from app.routing.condition_form import JOINS, Group, Join, Row, fitting, joined
from app.routing.fields import CUSTOM_PREFIX

Pairs = tuple[tuple[str, str], ...]
DEEPEST: Final = 6
"""Groups inside groups that a browser's values are read to; the form offers fewer."""
WIDEST: Final = 200


def group_pairs(group: Group, at: str) -> Iterable[tuple[str, str]]:
    """The group's names and values, each beginning with ``at``."""
    yield f"{at}.join", group.join
    yield f"{at}.n", str(len(group.items))
    for index, item in enumerate(group.items):
        here = f"{at}.{index}"
        if isinstance(item, Group):
            yield from group_pairs(item, here)
        else:
            yield from ((f"{here}.field", item.field), (f"{here}.op", item.op), (f"{here}.value", item.value))


def group_from(pairs: Pairs, last: Mapping[str, str], at: str, depth: int = 0) -> Group:
    """The group that a browser sent under ``at``; ``last`` is the last value of each name."""
    named = last.get(f"{at}.join", "all")
    join: Join = next((one for one in JOINS if one == named), "all")
    count = last.get(f"{at}.n", "0")
    items: list[Row | Group] = []
    for index in range(min(int(count), WIDEST) if count.isdigit() and len(count) < 5 else 0):
        here = f"{at}.{index}"
        if f"{here}.join" in last:
            if depth < DEEPEST:
                items.append(group_from(pairs, last, here, depth + 1))
        elif f"{here}.field" in last:
            items.append(fitting(_test(pairs, last, here)))
    return Group(join, tuple(items))


def _test(pairs: Pairs, last: Mapping[str, str], at: str) -> Row:
    name = last[f"{at}.field"]
    if name == CUSTOM_PREFIX:
        name = CUSTOM_PREFIX + last.get(f"{at}.custom", "").strip()
    values = [value.replace("\r\n", "\n") for key, value in pairs if key == f"{at}.value" and value]
    return Row(name, last.get(f"{at}.op", ""), values[0] if len(values) == 1 else joined(values))
