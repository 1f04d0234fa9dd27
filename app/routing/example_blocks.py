"""Takes one example out of a rule text, byte for byte around it, for people who do not edit YAML."""

from app.core.errors import Invalid, NotFound
from app.routing import yaml_tree
from app.routing.reading import plain
from app.routing.rule_blocks import parsed_or_refused


def drop_example(text: str, name: str) -> str:
    """The text without the first example of that name; NotFound when there is none, Invalid where it has to be done by hand."""
    text = text.replace("\r\n", "\n")
    before = parsed_or_refused(text, "The examples cannot be changed until the rules parse")
    root, _ = yaml_tree.read(text)
    listed = root.get("examples") if isinstance(root, yaml_tree.Mapping) else None
    items = listed.items if isinstance(listed, yaml_tree.Sequence) else ()
    names = [plain(node) if (node := item.get("name")) is not None else None for item in items if isinstance(item, yaml_tree.Mapping)]
    if not isinstance(listed, yaml_tree.Sequence) or name not in names:
        raise NotFound(f"There is no example {name!r} in your working copy.")
    at, lines = names.index(name), text.split("\n")
    start = items[at].line - 1
    end = items[at + 1].line - 1 if at + 1 < len(items) else min(listed.end_line - 1, len(lines))
    kept = [*lines[:start], *lines[end:]]
    if len(items) == 1:
        kept = [line for line in kept if line.strip() != "examples:"]
    made = "\n".join(kept)
    after = parsed_or_refused(made, "This example has to be taken out in the YAML view")
    wanted = tuple(one for index, one in enumerate(before.examples) if index != at)
    if after.rules != before.rules or after.examples != wanted:
        raise Invalid("This example has to be taken out in the YAML view: it shares its lines with others.")
    return made
