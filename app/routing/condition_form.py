"""The ``when:`` of a rule as a form shows it: groups and tests with every value as typed text, and back to plain YAML values.

Nothing is lost either way: a condition that goes into the form and comes back asks the same (``tests/routing`` tries it on
random ones). What was typed wrong stays as it was typed, so that the parser can say what is wrong with it.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from app.routing.conditions import ALWAYS, All, AnyOf, Compare, Condition, Not
from app.routing.fields import Field, field_of
from app.routing.operators import OPERATORS, operators_for, shorthand
from app.routing.parse_conditions import condition
from app.routing.reading import Reader
from app.routing.yaml_tree import read

Join = Literal["all", "any", "none", "not_all"]
JOINS: Final[dict[Join, str]] = {
    "all": "all of these hold", "any": "at least one of these holds", "none": "none of these holds", "not_all": "these do not all hold",
}  # fmt: skip
Path = tuple[int, ...]
_GROUPS: Final = frozenset({"all", "any", "not"})
_NUMBER: Final = re.compile(r"[-+]?\d{1,18}(\.\d{1,12})?")


@dataclass(frozen=True, slots=True)
class Row:
    """One row: a field, an operator and what was typed as its value. Lists are parted by commas, or by lines where a value has a comma."""

    field: str
    op: str
    value: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Rows that are joined; with no items and ``all`` it always holds."""

    join: Join = "all"
    items: tuple["Row | Group", ...] = ()


NEW_ROW: Final = Row("text", "contains_any")


def group_of(when: Condition) -> Group:
    """A condition as the form's outermost group."""
    match when:
        case Compare():
            return Group("all", (_item(when),))
        case Not(AnyOf(parts)):
            return Group("none", _items(parts, AnyOf))
        case Not(All(parts)):
            return Group("not_all", _items(parts, All))
        case Not(Not(part)):
            return group_of(part)
        case Not(part):
            return Group("none", (_item(part),))
        case All(parts):
            return Group("all", _items(parts, All))
        case AnyOf(parts):
            return Group("any", _items(parts, AnyOf))


def when_of(group: Group) -> dict[str, Any] | None:
    """The group as the plain value of ``when:``, short where the language has a short form; None for always."""
    return None if group == Group() else _plain_group(group)


def split(typed: str) -> list[str]:
    """The words of a typed list."""
    parts = typed.split("\n") if "\n" in typed else typed.split(",")
    return [part.strip() for part in parts if part.strip()]


def joined(values: Mapping[int, str] | list[str]) -> str:
    """Words as ``split`` reads them."""
    words = [str(value) for value in values]
    return "\n".join(words) + ("\n" if len(words) == 1 else "") if any("," in word for word in words) else ", ".join(words)


def fault_of(test: Row) -> str | None:
    """What is wrong with one row in words, None when it can be asked."""
    root, problems = read(json.dumps(_plain_test(test), ensure_ascii=False))
    reader = Reader(problems)
    if root is not None:
        condition(root, "when", reader)
    return f"{reader.problems[0].msg}. {reader.problems[0].mend}" if reader.problems else None


def fitting(test: Row) -> Row:
    """The row with an operator that fits its field, when the field was changed under it."""
    field = field_of(test.field)
    if field is None:
        return test
    names = [operator.name for operator in operators_for(field)]
    usual = "contains_any" if "contains_any" in names else "at_least" if "at_least" in names else names[0]
    kept = test.op in names
    flag = "true" if field.type == "flag" and test.value not in ("true", "false") else test.value
    return Row(test.field, test.op if kept else usual, flag)


def with_added(group: Group, path: Path, item: Row | Group) -> Group:
    """The tree with one item at the end of the group at ``path``."""
    if not path:
        return replace(group, items=(*group.items, item))
    return _changed(group, path[0], lambda inner: with_added(inner, path[1:], item) if isinstance(inner, Group) else inner)


def without(group: Group, path: Path) -> Group:
    """The tree without the item at ``path``; a path that leads nowhere changes nothing."""
    if len(path) == 1:
        return replace(group, items=tuple(item for index, item in enumerate(group.items) if index != path[0]))
    if not path:
        return group
    return _changed(group, path[0], lambda inner: without(inner, path[1:]) if isinstance(inner, Group) else inner)


def _changed(group: Group, at: int, change: Any) -> Group:
    return replace(group, items=tuple(change(item) if index == at else item for index, item in enumerate(group.items)))


def _items(parts: tuple[Condition, ...], kind: type[All] | type[AnyOf]) -> tuple[Row | Group, ...]:
    """The parts as rows; a group of the same kind inside dissolves into its parent, which means the same."""
    found: list[Row | Group] = []
    for part in parts:
        if isinstance(part, All | AnyOf) and isinstance(part, kind) and part != ALWAYS:
            found += _items(part.parts, kind)
        else:
            found.append(_item(part))
    return tuple(found)


def _item(part: Condition) -> Row | Group:
    if not isinstance(part, Compare):
        return group_of(part)
    if OPERATORS[part.op].takes == "yes":
        return Row(part.field, part.op)
    return Row(part.field, part.op, joined([_typed(one) for one in part.value]) if isinstance(part.value, tuple) else _typed(part.value))


def _typed(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:.12g}" if isinstance(value, float) else str(value)


def _plain_group(group: Group) -> dict[str, Any]:
    match group.join:
        case "all":
            return _side_by_side(group.items)
        case "any":
            return {"any": [_plain_item(item) for item in group.items]}
        case "none":
            only = group.items[0] if len(group.items) == 1 else None
            return {"not": _plain_item(only) if only is not None else {"any": [_plain_item(item) for item in group.items]}}
        case "not_all":
            return {"not": {"all": [_plain_item(item) for item in group.items]}}


def _plain_item(item: Row | Group) -> dict[str, Any]:
    return _plain_test(item) if isinstance(item, Row) else _plain_group(item)


def _side_by_side(items: tuple[Row | Group, ...]) -> dict[str, Any]:
    """Items that must all hold as one map; what would need a key twice goes into ``all:``."""
    found: dict[str, Any] = {}
    rest: list[dict[str, Any]] = []
    for item in items:
        if isinstance(item, Row):
            name, op, value = _said(item)
            tests = found.setdefault(name, {})
            if op in tests:
                rest.append({name: _short(name, {op: value})})
            else:
                tests[op] = value
        else:
            plain = _plain_group(item)
            if item.join == "all" or not plain.keys().isdisjoint(found):
                rest.append(plain)
            else:
                found |= plain
    said = {key: value if key in _GROUPS else _short(key, value) for key, value in found.items()}
    return {**said, "all": rest} if rest or not said else said


def _plain_test(test: Row) -> dict[str, Any]:
    name, op, value = _said(test)
    return {name: _short(name, {op: value})}


def _short(name: str, tests: dict[str, Any]) -> Any:
    """The tests of one field, by the field's short form where there is one test that has it."""
    [(op, value), *more] = tests.items()
    field = field_of(name)
    if more or field is None or value == [] or op != shorthand(field, isinstance(value, list)):
        return tests
    return value


def _said(test: Row) -> tuple[str, str, Any]:
    """Field, operator and plain value of a row."""
    field = field_of(test.field)
    operator = OPERATORS.get(test.op)
    if field is None or operator is None:
        return test.field, test.op, test.value
    if operator.takes == "yes":
        return test.field, test.op, True
    if operator.takes == "pattern":
        return test.field, test.op, test.value
    if operator.takes in ("many", "words", "pair", "lists"):
        values = [_plain_value(field, part, operator.takes == "pair") for part in split(test.value)]
        return test.field, test.op, values[0] if len(values) == 1 and operator.takes in ("words", "lists") else values
    return test.field, test.op, _plain_value(field, test.value.strip(), operator.takes == "number")


def _plain_value(field: Field, typed: str, number: bool) -> Any:
    if field.type == "flag":
        return {"true": True, "false": False}.get(typed, typed)
    if (number or field.type == "number") and _NUMBER.fullmatch(typed):
        return float(typed) if "." in typed else int(typed)
    return typed
