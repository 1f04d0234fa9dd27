"""The ``examples:`` of a rule file: Facts to decide on and what must come out."""

from typing import Any, Final

from app.core.facts import Facts
from app.routing.fields import CUSTOM_PREFIX, FIELDS, Field, spell
from app.routing.model import Example, Expectation
from app.routing.parse_actions import ACTION_KEYS, MAX_SENTENCE_CHARACTERS
from app.routing.reading import Reader, plain
from app.routing.yaml_tree import Node, Scalar, Sequence

EXAMPLE_KEYS: Final = ("name", "facts", "expect")
EXPECT_KEYS: Final = (*ACTION_KEYS, "hold_reason", "fired", "not_fired", "stopped_by")
MAX_TEXT_CHARACTERS: Final = 5_000


def example_of(node: Node, index: int, reader: Reader) -> Example | None:
    path = f"examples[{index}]"
    mapping = reader.mapping(node, path, "An example")
    if mapping is None:
        return None
    reader.keys(mapping, path, EXAMPLE_KEYS)
    name = reader.text(mapping.get("name"), f"{path}.name", "The name", MAX_SENTENCE_CHARACTERS)
    if mapping.get("name") is None:
        reader.note(mapping, path, "This example has no name", "Say in a few words what it shows.")
    expect = mapping.get("expect")
    if expect is None:
        reader.note(mapping, path, "This example expects nothing", "Add expect: with at least one line, such as queue: care.")
        return None
    facts = mapping.get("facts")
    expectations = _expectations(expect, f"{path}.expect", reader)
    return Example(name or path, facts_of(facts, f"{path}.facts", reader), expectations, mapping.line, mapping.column)


def _expectations(node: Node, path: str, reader: Reader) -> tuple[Expectation, ...]:
    mapping = reader.mapping(node, path, "expect")
    if mapping is None:
        return ()
    reader.keys(mapping, path, EXPECT_KEYS)
    return tuple(Expectation(key.text, plain(value), key.line, key.column) for key, value in mapping.items if key.text in EXPECT_KEYS)


def facts_of(node: Node | None, path: str, reader: Reader) -> Facts:
    """Facts from a map of field values; fields left out have their defaults. Notes problems in the reader."""
    if node is None:
        return Facts()
    mapping = reader.mapping(node, path, "facts")
    if mapping is None:
        return Facts()
    reader.keys(mapping, path, (*FIELDS, "custom", "previous"))
    values: dict[str, Any] = {}
    for key, value in mapping.items:
        place = f"{path}.{key.text[:60]}"
        if key.text in ("custom", "previous"):
            values[key.text] = _texts_by_name(value, place, reader)
        elif key.text in FIELDS:
            values[key.text] = _fact(FIELDS[key.text], value, place, reader)
    return Facts(**{name: value for name, value in values.items() if value is not _LEFT_OUT})


_LEFT_OUT: Final = object()


def _fact(field: Field, node: Node, path: str, reader: Reader) -> Any:
    if isinstance(node, Scalar) and (node.value is None or (node.value == "" and field.type in ("text", "name"))):
        return None if field.optional else _LEFT_OUT
    what = f"The value of {field.name}"
    value: Any
    if field.type == "flag":
        value = reader.flag(node, path, what)
    elif field.type == "number":
        value = reader.number(node, path, what)
    elif field.type == "names":
        value = () if isinstance(node, Sequence) and not node.items else reader.texts(node, path, what)
    else:
        value = reader.text(node, path, what, MAX_TEXT_CHARACTERS)
    for word in value if isinstance(value, tuple) else (value,):
        if field.values and word is not None and word not in field.values:
            reader.unknown(node, path, str(word), field.name, field.values)
    return _LEFT_OUT if value is None else value


def _texts_by_name(node: Node, path: str, reader: Reader) -> dict[str, str]:
    mapping = reader.mapping(node, path, path.rsplit(".", 1)[-1])
    if mapping is None:
        return {}
    found = {key.text: value for key, value in mapping.items}
    prefix = "" if path.endswith("previous") else CUSTOM_PREFIX
    return {name.removeprefix(prefix): value.text if isinstance(value, Scalar) else spell(plain(value)) for name, value in found.items()}
