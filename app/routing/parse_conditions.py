"""The ``when:`` of a rule: a tree of all, any, not and tests, read with a place for every problem."""

from collections.abc import Iterable
from typing import Any, Final

from app.routing.conditions import ALWAYS, All, AnyOf, Compare, Condition, Not, WordList, tests_of
from app.routing.fields import CUSTOM_PREFIX, FIELDS, Field, field_of, nearest
from app.routing.model import Problem
from app.routing.operators import OPERATORS, operators_for, shorthand
from app.routing.pattern import BadPattern, Pattern
from app.routing.reading import Reader
from app.routing.yaml_tree import Mapping, Node, Scalar, Sequence, read

GROUPS: Final = ("all", "any", "not")
MAX_WORD_CHARACTERS: Final = 500


def condition_of(text: str, lists: Iterable[WordList] = ()) -> Condition | list[Problem]:
    """A condition that stands alone, as under ``when:``, or all that is wrong with it; a list that is not among ``lists`` is wrong too."""
    root, found = read(text)
    reader = Reader(found)
    reader.lists = {one.name: one.words for one in lists}
    if root is None and not found:
        return ALWAYS
    made = condition(root, "when", reader) if root is not None else None
    for test in () if made is None else tests_of(made):
        for one in test.value if isinstance(test.value, tuple) else ():
            if isinstance(one, WordList) and one.name not in reader.lists:
                msg = f"There is no list {one.name!r}"
                reader.problems.append(Problem(test.line, test.column, f"when.{test.field}", msg, "Choose one of the rules' lists."))
    return made if made is not None and not reader.problems else reader.problems


def condition(node: Node, path: str, reader: Reader) -> Condition | None:
    """The condition at a node; None where a problem was noted. A map with several keys asks for all of them."""
    if isinstance(node, Sequence):
        mend = "Put all: (every one must hold) or any: (one is enough) before the list."
        reader.note(node, path, "A list of conditions does not say whether all or any of them must hold", mend)
        return None
    mapping = reader.mapping(node, path, "A condition")
    if mapping is None:
        return None
    if not mapping.items:
        reader.note(node, path, "This condition is empty", "Write a test such as language: es, or remove when: for always.")
        return None
    parts = [_part(key, value, f"{path}.{key.text[:60]}", reader) for key, value in mapping.items]
    known = [part for part in parts if part is not None]
    if len(known) < len(parts):
        return None
    return known[0] if len(known) == 1 else All(tuple(known))


def _part(key: Scalar, value: Node, path: str, reader: Reader) -> Condition | None:
    if key.text in ("all", "any"):
        parts = _list(value, path, key.text, reader)
        if parts is None:
            return None
        return All(parts) if key.text == "all" else AnyOf(parts)
    if key.text == "not":
        inner = condition(value, path, reader)
        return None if inner is None else Not(inner)
    field = field_of(key.text)
    if field is None:
        names = (*FIELDS, *GROUPS)
        near = nearest(key.text, names)
        mend = f"Did you mean {near}?" if near else f"The fields are listed in docs/rules.md; your own ones begin with {CUSTOM_PREFIX}"
        reader.note(key, path, f"There is no field {key.text[:60]!r}", mend)
        return None
    return _tests(field, value, path, reader)


def _list(node: Node, path: str, group: str, reader: Reader) -> tuple[Condition, ...] | None:
    if isinstance(node, Mapping):
        single = condition(node, path, reader)
        if single is None:
            return None
        return single.parts if group == "any" and isinstance(single, All) else (single,)
    listed = reader.sequence(node, path, f"{group}:")
    if listed is None:
        return None
    if not listed.items:
        reader.note(node, path, f"{group}: has no conditions under it", "List at least one, or remove it.")
        return None
    parts = [condition(item, f"{path}[{index}]", reader) for index, item in enumerate(listed.items)]
    known = tuple(part for part in parts if part is not None)
    return known if len(known) == len(parts) else None


def _tests(field: Field, node: Node, path: str, reader: Reader) -> Condition | None:
    if not isinstance(node, Mapping):
        if isinstance(node, Scalar) and node.value is None:
            return Compare(field.name, "not_set", True, node.line, node.column)
        op = shorthand(field, isinstance(node, Sequence))
        return _test(field, op, node, node, path, reader)
    if not node.items:
        reader.note(node, path, "This test is empty", f"Write an operator such as {operators_for(field)[0].name}: … under {field.name}.")
        return None
    found = [_test(field, key.text, key, value, f"{path}.{key.text[:40]}", reader) for key, value in node.items]
    known = [test for test in found if test is not None]
    if len(known) < len(found):
        return None
    return known[0] if len(known) == 1 else All(tuple(known))


def _test(field: Field, op: str, key: Node, node: Node, path: str, reader: Reader) -> Compare | None:
    operator = OPERATORS.get(op)
    names = [one.name for one in operators_for(field)]
    if operator is None or op not in names:
        near = nearest(op, names)
        what = f"There is no operator {op[:40]!r}" if operator is None else f"{op} does not fit {field.name}, a {_TYPE_WORDS[field.type]}"
        reader.note(key, path, what, f"Did you mean {near}?" if near else f"{field.name} takes: {', '.join(names)}.")
        return None
    place = (key.line, key.column)
    if operator.takes == "yes":
        yes = reader.flag(node, path, op)
        if yes is None:
            return None
        return Compare(field.name, op if yes else operator.opposite, True, *place)
    value = _VALUE[operator.takes](field, node, path, reader)
    return None if value is None else Compare(field.name, op, value, *place)


_TYPE_WORDS: Final = {"text": "text", "name": "name", "number": "number", "flag": "yes or no", "names": "list of names"}


def _one(field: Field, node: Node, path: str, reader: Reader) -> Any:
    what = f"The value of {field.name}"
    if field.type == "flag":
        return reader.flag(node, path, what)
    if field.type == "number":
        return _number(field, node, path, reader)
    if isinstance(node, Sequence):
        reader.note(node, path, f"{what} must be one value here, this is a list", "Use any_of: for a list.")
        return None
    text = reader.text(node, path, what, MAX_WORD_CHARACTERS)
    if text is not None and field.values and text not in field.values:
        reader.unknown(node, path, text, field.name, field.values)
        return None
    return text


def _many(field: Field, node: Node, path: str, reader: Reader) -> Any:
    parts = node.items if isinstance(node, Sequence) else (node,)
    if not parts:
        reader.note(node, path, "This list is empty", "Name at least one value.")
        return None
    found = [_one(field, part, path, reader) for part in parts]
    return None if any(value is None for value in found) else tuple(dict.fromkeys(found))


def _number(field: Field, node: Node, path: str, reader: Reader) -> Any:
    number = reader.number(node, path, f"The value of {field.name}")
    if number is None:
        return None
    if (field.low is not None and number < field.low) or (field.high is not None and number > field.high):
        low, high = _bound(field.low, "any"), _bound(field.high, "any")
        span = f"from {low} to {high}" if field.high is not None else f"from {low} up"
        reader.note(node, path, f"{field.name} is never {number}: it runs {span}", "Choose a value inside.")
        return None
    return number


def _bound(value: float | None, otherwise: str) -> str:
    return otherwise if value is None else f"{value:g}"


def _pair(field: Field, node: Node, path: str, reader: Reader) -> Any:
    if not isinstance(node, Sequence) or len(node.items) != 2:
        reader.note(node, path, "between takes a low and a high number", "Write it like between: [10, 20].")
        return None
    low, high = (_number(field, part, path, reader) for part in node.items)
    if low is None or high is None:
        return None
    if low > high:
        reader.note(node, path, f"between has its low number {low} above its high number {high}", f"Write between: [{high}, {low}].")
        return None
    return (low, high)


def _pattern(_field: Field, node: Node, path: str, reader: Reader) -> Any:
    source = reader.text(node, path, "A pattern", 10_000)
    if source is None:
        return None
    try:
        Pattern(source)
    except BadPattern as bad:
        mend = "Patterns are RE2: no look-around (?=…), no back-references \\1, few repetitions. Or use contains_any with words."
        reader.note(node, path, f"This pattern cannot be used: {bad}", mend)
        return None
    return source


def _lists(_field: Field, node: Node, path: str, reader: Reader) -> Any:
    """Named lists with their words. A name without a list is ``lint``'s to say: a rule that is read alone has no lists beside it."""
    names = reader.texts(node, path, "The name of a list")
    return tuple(WordList(name, reader.lists.get(name, ())) for name in names) or None


def _step(field: Field, node: Node, path: str, reader: Reader) -> Any:
    number = reader.number(node, path, f"The change of {field.name}")
    if number is None:
        return None
    most = None if field.low is None or field.high is None else field.high - field.low
    if number <= 0 or (most is not None and number > most):
        span = "more than 0" if most is None else f"more than 0 and at most {most:g}"
        reader.note(node, path, f"{field.name} cannot change by {number}: a change is {span}, up or down", "Choose such a number.")
        return None
    return number


_VALUE: Final = {
    "one": _one, "many": _many, "words": _many, "number": _number, "pair": _pair, "pattern": _pattern, "lists": _lists, "step": _step,
}  # fmt: skip
