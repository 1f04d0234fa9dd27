"""The reader the parsers share: takes single values out of a positioned tree and notes every problem with its place."""

import re
from collections.abc import Iterable
from typing import Any, Final

from app.routing.fields import nearest
from app.routing.model import Problem, Severity
from app.routing.yaml_tree import Mapping, Node, Scalar, Sequence

MAX_NAME_CHARACTERS: Final = 120
SLUG: Final = re.compile(r"[a-z0-9]([a-z0-9_-]{0,58}[a-z0-9])?")
"""What an id looks like: a rule's, a queue's, a timer's, a list's."""
MAX_PROBLEMS: Final = 200  # A reader mends the first few; a text that is no rule file must not make a million.


class Reader:
    """Collects problems while a tree is read. Every method returns None (or an empty value) where it noted one."""

    def __init__(self, problems: Iterable[Problem] = ()) -> None:
        self.problems: list[Problem] = list(problems)
        self.lists: dict[str, tuple[str, ...]] = {}
        """The word lists of the file by name."""

    def note(self, node: Node, path: str, msg: str, mend: str, severity: Severity = "error") -> None:
        """Note one problem at a node."""
        if len(self.problems) < MAX_PROBLEMS:
            self.problems.append(Problem(node.line, node.column, path, msg, mend, severity))

    def keys(self, mapping: Mapping, path: str, known: Iterable[str]) -> None:
        """Note every key that is not known, with the nearest that is."""
        names = tuple(known)
        for key, _ in mapping.items:
            if key.text not in names:
                near = nearest(key.text, names)
                mend = f"Did you mean {near}?" if near else f"Use one of: {', '.join(names)}."
                self.note(key, f"{path}.{_short(key.text)}" if path else _short(key.text), f"There is no {_short(key.text)!r} here", mend)

    def mapping(self, node: Node, path: str, what: str) -> Mapping | None:
        """The node as a map of keys."""
        if isinstance(node, Mapping):
            return node
        self.note(node, path, f"{what} must be a map of keys, this is {_kind(node)}", "Write it as indented key: value lines.")
        return None

    def sequence(self, node: Node, path: str, what: str) -> Sequence | None:
        """The node as a list."""
        if isinstance(node, Sequence):
            return node
        self.note(node, path, f"{what} must be a list, this is {_kind(node)}", "Begin each entry on its own line with a dash.")
        return None

    def text(self, node: Node | None, path: str, what: str, longest: int = MAX_NAME_CHARACTERS) -> str | None:
        """The node as text; a bare number is read as it is written, a bare true or false is refused."""
        if node is None:
            return None
        if not isinstance(node, Scalar) or node.value is None or isinstance(node.value, bool):
            mend = 'Write plain text, in quotes when it is a word like "true".'
            self.note(node, path, f"{what} must be text, this is {_kind(node)}", mend)
            return None
        text = node.text.strip()
        if not text:
            self.note(node, path, f"{what} is empty", "Write some text, or remove the line.")
            return None
        if len(text) > longest:
            self.note(node, path, f"{what} has {len(text):,} characters, more than {longest:,}", "Shorten it.")
            return None
        return text

    def flag(self, node: Node | None, path: str, what: str) -> bool | None:
        """The node as true or false."""
        if node is None:
            return None
        if isinstance(node, Scalar) and isinstance(node.value, bool):
            return node.value
        self.note(node, path, f"{what} must be true or false, this is {_kind(node)}", "Write true or false, without quotes.")
        return None

    def number(self, node: Node | None, path: str, what: str) -> float | int | None:
        """The node as a number."""
        if node is None:
            return None
        if isinstance(node, Scalar) and isinstance(node.value, int | float) and not isinstance(node.value, bool):
            return node.value
        self.note(node, path, f"{what} must be a number, this is {_kind(node)}", "Write a number such as 10 or -0.5, no quotes, no unit.")
        return None

    def whole(self, node: Node | None, path: str, what: str, low: int, high: int) -> int | None:
        """The node as a whole number within bounds, both included."""
        number = self.number(node, path, what)
        if node is None or number is None:
            return None
        if isinstance(number, int) and low <= number <= high:
            return number
        self.note(node, path, f"{what} must be a whole number from {low} to {high}, this is {number}", f"Choose one from {low} to {high}.")
        return None

    def texts(self, node: Node | None, path: str, what: str, longest: int = MAX_NAME_CHARACTERS) -> tuple[str, ...]:
        """The node as one text or a list of them."""
        if node is None:
            return ()
        parts = node.items if isinstance(node, Sequence) else (node,)
        if not parts:
            self.note(node, path, f"{what} is an empty list", "Name at least one, or remove the line.")
        found = [self.text(part, path, what, longest) for part in parts]
        return tuple(dict.fromkeys(text for text in found if text is not None))

    def choice(self, node: Node | None, path: str, what: str, known: Iterable[str]) -> str | None:
        """The node as one of the known words."""
        text = self.text(node, path, what)
        names = tuple(known)
        if node is None or text is None or text in names:
            return text
        self.unknown(node, path, text, what, names)
        return None

    def unknown(self, node: Node, path: str, text: str, what: str, names: tuple[str, ...]) -> None:
        """Note a word that is not in a closed list."""
        near = nearest(text, names)
        mend = f"Did you mean {near}? " if near else ""
        self.note(node, path, f"{what} cannot be {_short(text)!r}", f"{mend}Use one of: {', '.join(names)}.")


def plain(node: Node) -> Any:
    """A node as plain Python values, for places that only compare or show it."""
    if isinstance(node, Scalar):
        return node.value
    if isinstance(node, Sequence):
        return [plain(item) for item in node.items]
    return {key.text: plain(value) for key, value in node.items}


def _kind(node: Node) -> str:
    if isinstance(node, Mapping):
        return "a map of keys"
    if isinstance(node, Sequence):
        return "a list"
    if node.value is None:
        return "empty"
    if isinstance(node.value, bool):
        return f"{node.text} (a yes-or-no value)"
    if isinstance(node.value, int | float):
        return f"the number {_short(node.text)}"
    return f"the text {_short(node.text)!r}"


def _short(text: str) -> str:
    return text if len(text) <= 40 else text[:39] + "…"
