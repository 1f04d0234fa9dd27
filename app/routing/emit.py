"""Edits of one rule inside the YAML text: the form view, the list and the YAML view all change the same text.

Everything outside the edited rule stays byte for byte, so comments, blank lines and other people's layout survive; the
comment lines directly above a rule belong to it and move with it. Inside the edited rule ruamel's round trip keeps the
comments beside keys that did not change.
"""

import io
from collections.abc import Callable, Mapping
from typing import Any, Final

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import YAMLError

from app.core.errors import Invalid
from app.routing.parse import RULE_KEYS
from app.routing.parse_actions import ACTION_KEYS
from app.routing.rule_blocks import Block, block_of, blocks_of, parsed_or_refused

_WIDE: Final = 4096  # no line is folded by the emitter: a word list stays on its line


def set_enabled(text: str, rule_id: str, on: bool) -> str:
    """The text with one rule switched on or off."""
    return _edit(text, rule_id, lambda rule: _put(rule, "enabled", on) if not on or "enabled" in rule else None)


def replace_rule(text: str, rule_id: str, form: Mapping[str, Any]) -> str:
    """The text with one rule's content replaced by the form's: the same keys as in YAML, as plain values.

    Keys of the rule that the form leaves out are removed. Values that are equal stay as they were written.
    """
    plain = _ordered(form)
    return _edit(text, rule_id, lambda rule: _merge(rule, plain))


def add_rule(text: str, form: Mapping[str, Any], before: str | None = None) -> str:
    """The text with a new rule, above the rule ``before`` or at the end of the list."""
    text = text.replace("\r\n", "\n")
    lines, blocks = blocks_of(text)
    if form.get("id") in [block.id for block in blocks]:
        raise Invalid(f"There is a rule {form.get('id')} already: choose another id.")
    indent = blocks[0].indent if blocks else 2
    new = _dash(dumped(wrapped(_ordered(form))), indent)
    if not blocks:
        return _checked(_into_empty(text, new), text, str(form.get("id")))
    if before is None:
        at = blocks[-1].end
        return _checked(_join([*lines[:at], "", *new, *lines[at:]], text), text, str(form.get("id")))
    at = block_of(blocks, before).start
    return _checked(_join([*lines[:at], *new, "", *lines[at:]], text), text, str(form.get("id")))


def delete_rule(text: str, rule_id: str) -> str:
    """The text without one rule and its comment lines. The last rule cannot go: switch it off instead."""
    text = text.replace("\r\n", "\n")
    lines, blocks = blocks_of(text)
    block = block_of(blocks, rule_id)
    if len(blocks) == 1:
        raise Invalid("This is the only rule: switch it off instead of deleting it.")
    end = block.end
    while end < len(lines) and not lines[end].strip() and (block.start == 0 or not lines[block.start - 1].strip()):
        end += 1  # One of the two gaps around the rule goes with it.
    return _checked(_join([*lines[: block.start], *lines[end:]], text), text, rule_id)


def move(text: str, rule_id: str, before: str | None) -> str:
    """The text with one rule moved above the rule ``before``, or to the end of the list for None."""
    if rule_id == before:
        return text
    return _moved(
        text, rule_id, lambda blocks: blocks[-1].end if before is None else block_of(blocks, before).start, above=before is not None
    )


def move_below(text: str, rule_id: str, after: str) -> str:
    """The text with one rule moved right below the rule ``after``, so that it stays above a heading that follows."""
    if rule_id == after:
        return text
    return _moved(text, rule_id, lambda blocks: block_of(blocks, after).end, above=False)


def _moved(text: str, rule_id: str, line_of: Callable[[list[Block]], int], *, above: bool) -> str:
    """The text with one rule at another line; ``above``: a rule stands there, which the gap between rules keeps at its distance."""
    text = text.replace("\r\n", "\n")
    lines, blocks = blocks_of(text)
    block, at = block_of(blocks, rule_id), line_of(blocks)
    own = lines[block.start : block.end]
    gap = [""] if any(not line.strip() for line in lines[blocks[0].start : blocks[-1].end]) else []
    moved = [*own, *gap] if above else [*gap, *own]
    end = block.end
    while end < len(lines) and not lines[end].strip() and gap:
        end += 1
    if at <= block.start:
        result = [*lines[:at], *moved, *lines[at : block.start], *lines[end:]]
    else:
        result = [*lines[: block.start], *lines[end : max(at, end)], *moved, *lines[max(at, end) :]]
    return _checked(_join(_without_double_gaps(result), text), text, rule_id)


def plain_rule(text: str, rule_id: str) -> dict[str, Any]:
    """One rule as plain values for the form, with the keys and shorthands as they were written."""
    text = text.replace("\r\n", "\n")
    lines, blocks = blocks_of(text)
    return dict(_unwrapped(_loaded(lines, block_of(blocks, rule_id))))


def rule_text(text: str, rule_id: str) -> str:
    """The YAML of one rule with its comments, without the list's indentation."""
    text = text.replace("\r\n", "\n")
    lines, blocks = blocks_of(text)
    block = block_of(blocks, rule_id)
    return "\n".join(line[block.indent :] if line[: block.indent].isspace() else line for line in lines[block.start : block.end]) + "\n"


def text_of(form: Mapping[str, Any]) -> str:
    """A rule that stands in no text yet, as it would be written."""
    return "\n".join(_dash(dumped(wrapped(_ordered(form))), 0)) + "\n"


def put_rule_text(text: str, rule_id: str, written: str) -> str:
    """The text with the lines of one rule and its comments replaced by ``written``, which is as ``rule_text`` gives it.

    Raises Invalid when the whole does not parse then, or another rule would change.
    """
    text = text.replace("\r\n", "\n")
    lines, blocks = blocks_of(text)
    block = block_of(blocks, rule_id)
    own = [" " * block.indent + line if line.strip() else "" for line in written.strip("\n").split("\n")]
    return _checked(_join([*lines[: block.start], *own, *lines[block.end :]], text), text, rule_id)


def _edit(text: str, rule_id: str, change: Callable[[CommentedMap], None]) -> str:
    text = text.replace("\r\n", "\n")
    lines, blocks = blocks_of(text)
    return _checked(_join(with_item_changed(lines, block_of(blocks, rule_id), change), text), text, rule_id)


def with_item_changed(lines: list[str], block: Block, change: Callable[[CommentedMap], None]) -> list[str]:
    """The lines with one item of a list changed; its comments beside what stays, and every other line, are as they were."""
    item = _loaded(lines, block)
    change(item)
    return [*lines[: block.dash], *_dash(dumped(item), block.indent), *lines[block.end :]]


def round_trip() -> YAML:
    """A reader and writer that keeps comments, quotes and the order of keys."""
    yaml = YAML(typ="rt", pure=True)
    yaml.preserve_quotes = True
    yaml.width = _WIDE
    yaml.indent(mapping=2, sequence=4, offset=2)
    return yaml


def _loaded(lines: list[str], block: Block) -> CommentedMap:
    own = lines[block.dash : block.end]
    first = own[0][block.indent :]
    inner = len(first) - len(first[1:].lstrip())
    dedented = [
        " " * 0 + first[inner:],
        *(line[block.indent + inner :] if line[: block.indent + inner].isspace() else line for line in own[1:]),
    ]
    try:
        loaded = round_trip().load("\n".join(dedented) + "\n")
    except YAMLError as error:
        raise Invalid(f"The rule {block.id} can only be edited in the YAML view: it uses an anchor or an alias.") from error
    if not isinstance(loaded, CommentedMap):
        raise Invalid(f"The rule {block.id} can only be edited in the YAML view.")
    return loaded


def dumped(value: Any) -> list[str]:
    """The lines of a value as they are written, from the first column."""
    stream = io.StringIO()
    round_trip().dump(value, stream)
    return stream.getvalue().rstrip("\n").split("\n")


def _dash(lines: list[str], indent: int) -> list[str]:
    pad = " " * indent
    return [f"{pad}- {lines[0]}", *(f"{pad}  {line}" if line.strip() else "" for line in lines[1:])]


def _into_empty(text: str, new: list[str]) -> str:
    """The text of a file without rules, with its first one under ``rules:``."""
    lines = text.removesuffix("\n").split("\n") if text else []
    at = next((index for index, line in enumerate(lines) if line.startswith("rules:")), None)
    if at is None:
        return _join([*lines, "rules:", *new], text)
    return _join([*lines[:at], "rules:", *new, *lines[at + 1 :]], text)


def _put(rule: CommentedMap, key: str, value: Any) -> None:
    """Set a key; a new one takes its place in the usual order of a rule's keys."""
    if key in rule:
        rule[key] = value
        return
    order = RULE_KEYS if key in RULE_KEYS else ACTION_KEYS
    after = order[: order.index(key)] if key in order else ()
    places = [index for index, name in enumerate(rule) if name in after]
    rule.insert(places[-1] + 1 if places else 0, key, value)


def _merge(old: CommentedMap, new: Mapping[str, Any]) -> None:
    for key in [key for key in old if key not in new]:
        del old[key]
    for key, value in new.items():
        before = old.get(key)
        if isinstance(before, CommentedMap) and isinstance(value, Mapping):
            _merge(before, value)
        elif key not in old or _unwrapped(before) != _unwrapped(value):
            _put(old, key, wrapped(value))


def _ordered(form: Mapping[str, Any]) -> dict[str, Any]:
    """The form's keys in the usual order, without those left empty; unknown keys stay and are refused by the parser."""
    known = [key for key in RULE_KEYS if key in form]
    rest = [key for key in form if key not in RULE_KEYS]
    return {key: form[key] for key in (*known, *rest) if form[key] not in (None, "", [], {})}


def wrapped(value: Any) -> Any:
    """Plain values as ruamel writes them well: short lists of words on one line."""
    if isinstance(value, Mapping):
        return CommentedMap((key, wrapped(item)) for key, item in value.items())
    if isinstance(value, list | tuple):
        listed = CommentedSeq(wrapped(item) for item in value)
        if not any(isinstance(item, Mapping | list) for item in value):
            listed.fa.set_flow_style()
        return listed
    return value


def _unwrapped(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _unwrapped(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_unwrapped(item) for item in value]
    if isinstance(value, str):
        return str(value)
    if isinstance(value, bool):
        return bool(value)
    if isinstance(value, int):
        return int(value)
    return float(value) if isinstance(value, float) else value


def _without_double_gaps(lines: list[str]) -> list[str]:
    return [line for index, line in enumerate(lines) if line.strip() or index == 0 or lines[index - 1].strip()]


def _join(lines: list[str], like: str) -> str:
    text = "\n".join(lines)
    return text + "\n" if like.endswith("\n") or not like else text


def _checked(text: str, before: str, touched: str) -> str:
    """The edited text, if it parses and every other rule still says what it said; raises Invalid otherwise."""
    now = parsed_or_refused(text, "The rule cannot be like this")
    others = {rule.id: rule for rule in parsed_or_refused(before, "The rules do not parse").rules if rule.id != touched}
    if any(now.rule(name) != rule for name, rule in others.items()):
        raise Invalid("This edit would change another rule too: make it in the YAML view.")
    return text
