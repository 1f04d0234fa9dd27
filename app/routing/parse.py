"""Rule text to a RuleSet, or to every problem in it with line, field and mend. Never raises, whatever the text."""

from functools import lru_cache
from typing import Final

from app.routing.conditions import ALWAYS, Condition, WordList
from app.routing.fields import DEFAULT_TRIGGERS, TRIGGERS
from app.routing.model import ENGINE, NOTHING, REPEATS, Problem, Repeat, Rule, RuleSet
from app.routing.parse_actions import actions_of
from app.routing.parse_conditions import MAX_WORD_CHARACTERS, condition
from app.routing.parse_examples import example_of
from app.routing.reading import SLUG, Reader, plain
from app.routing.yaml_tree import Mapping, Node, Scalar, Sequence, read

FILE_KEYS: Final = ("engine", "lists", "rules", "examples")
RULE_KEYS: Final = ("id", "name", "note", "enabled", "on", "repeat", "when", "do", "stop")
MAX_NOTE_CHARACTERS: Final = 2_000


# One edit and the page after it read the same few texts several times; the bound is a few people editing at once.
@lru_cache(maxsize=16)
def parse(text: str) -> RuleSet | list[Problem]:
    """The rule set a text holds, or all that is wrong with it (at most 200 problems). An empty text is an empty set."""
    root, found = read(text)
    reader = Reader(found)
    if root is None or (isinstance(root, Scalar) and root.value is None):
        return reader.problems or RuleSet(())
    top = reader.mapping(root, "file", "A rule file")
    result = _file(top, reader) if top is not None else RuleSet(())
    return reader.problems or result


def _file(top: Mapping, reader: Reader) -> RuleSet:
    reader.keys(top, "", FILE_KEYS)
    engine = top.get("engine")
    if engine is not None and plain(engine) != ENGINE:
        msg = f"This desk reads rules of engine {ENGINE}, this file says {plain(engine)!r}"
        reader.note(engine, "engine", msg, f"Write engine: {ENGINE}.")
    at = {key.text: key.line for key, _ in named.items} if isinstance(named := top.get("lists"), Mapping) else {}
    reader.lists = _lists(top.get("lists"), reader)
    rules = [_rule(node, index, reader) for index, node in enumerate(_entries(top, "rules", reader))]
    examples = [example_of(node, index, reader) for index, node in enumerate(_entries(top, "examples", reader))]
    lists = tuple(WordList(name, words, at.get(name, 0)) for name, words in reader.lists.items())
    return RuleSet(tuple(rule for rule in rules if rule is not None), tuple(one for one in examples if one is not None), lists=lists)


def _lists(node: Node | None, reader: Reader) -> dict[str, tuple[str, ...]]:
    """``lists:``, names with their words; a list with a problem keeps its name, so that the tests that use it are not blamed too."""
    if node is None or (isinstance(node, Scalar) and node.value is None):
        return {}
    mapping = reader.mapping(node, "lists", "lists")
    found: dict[str, tuple[str, ...]] = {}
    for key, value in mapping.items if mapping is not None else ():
        path = f"lists.{key.text[:60]}"
        if not SLUG.fullmatch(key.text):
            reader.note(key, path, f"{key.text[:60]!r} cannot be the name of a list", "Use small letters, digits and dashes, at most 60.")
        found[key.text] = reader.texts(value, path, "A word", MAX_WORD_CHARACTERS)
    return found


def _entries(top: Mapping, key: str, reader: Reader) -> tuple[Node, ...]:
    node = top.get(key)
    if node is None or (isinstance(node, Scalar) and node.value is None):
        return ()
    listed = reader.sequence(node, key, key)
    return listed.items if listed is not None else ()


def _rule(node: Node, index: int, reader: Reader) -> Rule | None:
    mapping = reader.mapping(node, f"rules[{index}]", "A rule")
    if mapping is None:
        return None
    id_node = mapping.get("id")
    rule_id = reader.text(id_node, f"rules[{index}].id", "The id") if id_node is not None else None
    path = f"rules[{rule_id or index}]"
    if id_node is None:
        reader.note(mapping, path, "This rule has no id", "Give it a short one that will stay, like id: gold-angry.")
    elif rule_id is not None and not SLUG.fullmatch(rule_id):
        reader.note(id_node, f"{path}.id", f"{rule_id!r} cannot be an id", "Use small letters, digits and dashes, at most 60.")
    reader.keys(mapping, path, RULE_KEYS)
    name = reader.text(mapping.get("name"), f"{path}.name", "The name")
    note = reader.text(mapping.get("note"), f"{path}.note", "The note", MAX_NOTE_CHARACTERS)
    enabled = reader.flag(mapping.get("enabled"), f"{path}.enabled", "enabled")
    stop = reader.flag(mapping.get("stop"), f"{path}.stop", "stop")
    on = _triggers(mapping.get("on"), f"{path}.on", reader)
    said = reader.choice(mapping.get("repeat"), f"{path}.repeat", "repeat", REPEATS)
    repeat: Repeat = next((one for one in REPEATS if one == said), "always")
    when, do = mapping.get("when"), mapping.get("do")
    tree: Condition | None = ALWAYS if when is None else condition(when, f"{path}.when", reader)
    actions = NOTHING if do is None else actions_of(do, f"{path}.do", reader)
    return Rule(
        rule_id or "", name or (rule_id or "").replace("-", " "), on, tree or ALWAYS, actions,
        enabled is not False, stop is True, note or "", repeat, mapping.line, mapping.column,
    )  # fmt: skip


def _triggers(node: Node | None, path: str, reader: Reader) -> tuple[str, ...]:
    if node is None:
        return DEFAULT_TRIGGERS
    found = reader.texts(node, path, "A trigger")
    parts = node.items if isinstance(node, Sequence) else (node,)
    for part in parts:
        if isinstance(part, Scalar) and part.text in found and part.text not in TRIGGERS:
            reader.unknown(part, path, part.text, "A trigger", tuple(TRIGGERS))
    return tuple(name for name in found if name in TRIGGERS)
