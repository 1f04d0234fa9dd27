"""Edits of the named word lists inside the YAML text of the rules. Every line outside ``lists:`` stays byte for byte, and inside it the
comments beside what did not change stay too."""

from collections.abc import Iterable
from typing import Any

from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import YAMLError

from app.core.errors import Invalid, NotFound
from app.routing import yaml_tree
from app.routing.conditions import WordList, tests_of
from app.routing.emit import dumped, round_trip, wrapped
from app.routing.model import RuleSet
from app.routing.rule_blocks import parsed_or_refused


def put_list(text: str, name: str, words: Iterable[str]) -> str:
    """The text with a list of that name and these words, new or changed; words that stay keep their place and comment.

    Raises Invalid when the text does not parse before or after.
    """
    wanted = list(dict.fromkeys(word.strip() for word in words if word.strip()))

    def put(lists: CommentedMap) -> None:
        old = lists.get(name)
        if not isinstance(old, CommentedSeq):
            lists[name] = wrapped(wanted)
            return
        for place in reversed(range(len(old))):
            if str(old[place]) not in wanted:
                del old[place]
        there = {str(word) for word in old}
        old.extend(word for word in wanted if word not in there)

    return _edited(text, put)


def change_list(text: str, name: str, words: Iterable[str], seen: Iterable[str]) -> str:
    """The text with what a person changed between ``seen`` and ``words``; other words that stand in the list by now stay.

    Raises Invalid for a new list (``seen`` is empty) under a name that there is already with other words, and as ``put_list`` does.
    """
    wanted, shown = [word.strip() for word in words if word.strip()], set(seen)
    before = parsed_or_refused(text, "The lists cannot be changed until the rules parse")
    now = next((one.words for one in before.lists if one.name == name), ())
    if now and not shown and set(now) != set(wanted):
        raise Invalid(f"There is a list {name} already: choose another name, or change the words of that one.")
    return put_list(text, name, [*(word for word in now if word in wanted or word not in shown), *wanted])


def drop_list(text: str, name: str) -> str:
    """The text without the list. Raises NotFound when there is none, Invalid while a rule asks for it."""
    text = text.replace("\r\n", "\n")
    before = parsed_or_refused(text, "The lists cannot be changed until the rules parse")
    if name not in {one.name for one in before.lists}:
        raise NotFound(f"There is no list {name} in this text.")
    users = users_of(before, name)
    if users:
        raise Invalid(f"The list {name} is asked for by {', '.join(users)}: change that first.")
    return _edited(text, lambda lists: lists.pop(name))


def users_of(rule_set: RuleSet, name: str) -> tuple[str, ...]:
    """The ids of the rules that ask for a list."""
    return tuple(
        rule.id
        for rule in rule_set.rules
        if any(isinstance(test.value, tuple) and any(_is(one, name) for one in test.value) for test in tests_of(rule.when))
    )


def _is(value: Any, name: str) -> bool:
    return isinstance(value, WordList) and value.name == name


def _edited(text: str, change: Any) -> str:
    text = text.replace("\r\n", "\n")
    before = parsed_or_refused(text, "The lists cannot be changed until the rules parse")
    lines = text.removesuffix("\n").split("\n") if text else []
    start, end = _place(text, lines)
    lists = _loaded(lines[start:end])
    change(lists)
    made = [*lines[:start], *(dumped(CommentedMap({"lists": lists})) if lists else []), *lines[end:]]
    result = "\n".join(made) + ("\n" if text.endswith("\n") or not text else "")
    after = parsed_or_refused(result, "The lists cannot be like this")
    if [rule.id for rule in after.rules] != [rule.id for rule in before.rules] or after.examples != before.examples:
        raise Invalid("The lists have to be changed in the YAML view: they share their lines with other parts.")
    return result


def _place(text: str, lines: list[str]) -> tuple[int, int]:
    """The lines of ``lists:``, or the empty span where it would stand: above ``rules:`` and the comments that belong to it."""
    root, _ = yaml_tree.read(text)
    keys = [key for key, _ in root.items] if isinstance(root, yaml_tree.Mapping) else []
    if isinstance(root, yaml_tree.Mapping) and root.flow:
        raise Invalid("The lists have to be changed in the YAML view: the whole file stands inside { }.")
    at = next((index for index, key in enumerate(keys) if key.text == "lists"), None)
    if at is not None:
        start = keys[at].line - 1
        end = keys[at + 1].line - 1 if at + 1 < len(keys) else len(lines)
        while end > start + 1 and (not lines[end - 1].strip() or lines[end - 1].startswith("#")):
            end -= 1
        return start, end
    start = next((key.line - 1 for key in keys if key.text == "rules"), len(lines))
    while start > 0 and lines[start - 1].startswith("#") and keys and start > keys[0].line:
        start -= 1
    return start, start


def _loaded(own: list[str]) -> CommentedMap:
    if not own:
        return CommentedMap()
    try:
        loaded = round_trip().load("\n".join(own) + "\n")
    except YAMLError as error:
        raise Invalid("The lists have to be changed in the YAML view: they use an anchor of another part.") from error
    lists = loaded.get("lists") if isinstance(loaded, CommentedMap) else None
    return lists if isinstance(lists, CommentedMap) else CommentedMap()
