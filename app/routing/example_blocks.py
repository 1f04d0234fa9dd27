"""Takes one example out of a rule text, or lets it expect what is decided now, byte for byte around it: for who does not edit YAML."""

from app.core.errors import Invalid, NotFound
from app.routing import yaml_tree
from app.routing.compile import compile_rules
from app.routing.emit import with_item_changed
from app.routing.examples import as_decided
from app.routing.reading import plain
from app.routing.rule_blocks import Block, parsed_or_refused
from app.routing.yaml_tree import Mapping, Sequence


def drop_example(text: str, name: str) -> str:
    """The text without the first example of that name; NotFound when there is none, Invalid where it has to be done by hand."""
    text = text.replace("\r\n", "\n")
    before = parsed_or_refused(text, "The examples cannot be changed until the rules parse")
    listed, at = _found(text, name)
    lines = text.split("\n")
    start = listed.items[at].line - 1
    end = listed.items[at + 1].line - 1 if at + 1 < len(listed.items) else min(listed.end_line - 1, len(lines))
    kept = [*lines[:start], *lines[end:]]
    if len(listed.items) == 1:
        kept = [line for line in kept if line.strip() != "examples:"]
    made = "\n".join(kept)
    after = parsed_or_refused(made, "This example has to be taken out in the YAML view")
    wanted = tuple(one for index, one in enumerate(before.examples) if index != at)
    if after.rules != before.rules or after.examples != wanted:
        raise Invalid("This example has to be taken out in the YAML view: it shares its lines with others.")
    return made


def adapt_example(text: str, name: str) -> str:
    """The text in which the first example of that name expects what is decided now, where it did not hold.

    NotFound when there is none, Invalid where it has to be done by hand. An example that holds stays as it is.
    """
    text = text.replace("\r\n", "\n")
    before = parsed_or_refused(text, "The examples cannot be changed until the rules parse")
    listed, at = _found(text, name)
    wanted = as_decided(before.examples[at], compile_rules(before))
    lines = text.split("\n")
    start, item = listed.items[at].line - 1, listed.items[at]
    limit = listed.items[at + 1].line - 1 if at + 1 < len(listed.items) else min(listed.end_line - 1, len(lines))
    end = max(item.end_line if isinstance(item, Mapping) and item.flow else limit, start + 1)
    while end > start + 1 and (not lines[end - 1].strip() or lines[end - 1].lstrip().startswith("#")):
        end -= 1
    indent = len(lines[start]) - len(lines[start].lstrip())
    made = "\n".join(with_item_changed(lines, Block(name, start, start, end, indent), lambda example: example["expect"].update(wanted)))
    after = parsed_or_refused(made, "This example has to be changed in the YAML view")
    others = [one for index, one in enumerate(before.examples) if index != at]
    if after.rules != before.rules or [one for index, one in enumerate(after.examples) if index != at] != others:
        raise Invalid("This example has to be changed in the YAML view: it shares its lines with others.")
    return made


def _found(text: str, name: str) -> tuple[Sequence, int]:
    """The list of examples, and the place of the one with that name."""
    root, _ = yaml_tree.read(text)
    listed = root.get("examples") if isinstance(root, Mapping) else None
    items = listed.items if isinstance(listed, Sequence) else ()
    names = [plain(node) if (node := item.get("name")) is not None else None for item in items if isinstance(item, Mapping)]
    if not isinstance(listed, Sequence) or name not in names:
        raise NotFound(f"There is no example {name!r} in your working copy.")
    return listed, names.index(name)
