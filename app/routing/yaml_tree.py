"""YAML text to a tree of values that know their line, with a bound on everything an attacker or a slip could blow up.

Built from the event stream (``app.core.yaml_events``), not by a loader: size, depth and alias expansion are counted before
anything is built, no tag can make an object, and every duplicate key is found with its place. Scalars follow the YAML 1.2 core
schema (``on`` and ``no`` are plain words), without its octal and hexadecimal forms.
"""

import re
from dataclasses import dataclass
from typing import Any, Final

from ruamel.yaml.error import MarkedYAMLError, YAMLError

from app.core.yaml_events import events
from app.routing.model import Problem

MAX_CHARACTERS: Final = 400_000  # about 1,500 rules; a text that is left to the parser in pure Python takes it seconds at this size.
MAX_DEPTH: Final = 24
MAX_NODES: Final = 60_000  # after aliases are expanded: ten nested lists of ten aliases each stop here.
MAX_ALIASES: Final = 200


@dataclass(frozen=True, slots=True)
class Scalar:
    """A single value. ``text`` is how it was written, ``value`` what it means."""

    value: str | int | float | bool | None
    text: str
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Mapping:
    """Keys and values in the order written; keys are unique."""

    items: tuple[tuple[Scalar, "Node"], ...]
    line: int
    column: int
    flow: bool
    end_line: int

    def get(self, key: str) -> "Node | None":
        """The value under ``key``, None when it is not there."""
        return next((value for name, value in self.items if name.text == key), None)


@dataclass(frozen=True, slots=True)
class Sequence:
    """A list; ``end_line`` is the line on which the parser knew that it had ended."""

    items: tuple["Node", ...]
    line: int
    column: int
    flow: bool
    end_line: int


Node = Scalar | Mapping | Sequence

_INT: Final = re.compile(r"[-+]?[0-9]{1,18}")
_FLOAT: Final = re.compile(r"[-+]?(\.[0-9]{1,30}|[0-9]{1,30}(\.[0-9]{0,30})?)([eE][-+]?[0-9]{1,2})?")
_WORDS: Final[dict[str, bool | None]] = {
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
    "null": None, "Null": None, "NULL": None, "~": None, "": None,
}  # fmt: skip
# What ruamel lets through of its own insides for odd texts; RecursionError and NotImplementedError are of the first kind.
_FROM_INSIDE: Final = (RuntimeError, YAMLError, ValueError, AssertionError, AttributeError, IndexError, TypeError, KeyError)


def read(text: str) -> tuple[Node | None, list[Problem]]:
    """The tree of one YAML document and what is wrong with its form; never raises. None when there is no tree at all.

    An empty text is no tree and no problem.
    """
    if len(text) > MAX_CHARACTERS:
        msg = f"The text has {len(text):,} characters, more than {MAX_CHARACTERS:,}"
        return None, [Problem(1, 1, "file", msg, "Split the rules over fewer words, or remove rules that never fire.")]
    builder = _Builder()
    try:
        for event in events(text):
            builder.take(event)
    except _Refused as refused:
        return None, [*builder.problems, refused.problem]
    except MarkedYAMLError as error:
        return None, [*builder.problems, _of_parser(error)]
    except _FROM_INSIDE as error:
        return None, [*builder.problems, _of_reader(text, error)]
    return builder.root, builder.problems


def _of_parser(error: MarkedYAMLError) -> Problem:
    mark = error.problem_mark or error.context_mark
    said = str(error.problem or error.context or "it is not YAML").strip()
    line, column = (mark.line + 1, mark.column + 1) if mark is not None else (1, 1)
    mend = "Look at this line and the one above: indent with spaces, close what was opened, and put quotes around text with : or #."
    return Problem(line, column, "file", f"This is not valid YAML: {said}", mend)


def _of_reader(text: str, error: Exception) -> Problem:
    position = getattr(error, "position", None)
    if isinstance(position, int) and 0 <= position < len(text):
        line, column = text.count("\n", 0, position) + 1, position - text.rfind("\n", 0, position)
        msg = f"The character U+{ord(text[position]):04X} may not stand in YAML"
        return Problem(line, column, "file", msg, "Delete it, or write it as an escape inside double quotes.")
    return Problem(1, 1, "file", f"This is not valid YAML ({type(error).__name__})", "Go back to the published version.")


class _Refused(Exception):
    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.msg)
        self.problem = problem


class _Open:
    """A collection that is still being read."""

    def __init__(self, is_mapping: bool, event: Any, anchor: str | None) -> None:
        self.is_mapping = is_mapping
        self.line = event.start_mark.line + 1
        self.column = event.start_mark.column + 1
        self.flow = bool(event.flow_style)
        self.anchor = anchor
        self.nodes: list[Node] = []
        self.size = 1

    def closed(self, end_line: int, problems: list[Problem]) -> Node:
        if not self.is_mapping:
            return Sequence(tuple(self.nodes), self.line, self.column, self.flow, end_line)
        pairs: dict[str, tuple[Scalar, Node]] = {}
        for key, value in zip(self.nodes[::2], self.nodes[1::2], strict=True):
            if not isinstance(key, Scalar):
                problems.append(Problem(key.line, key.column, "file", "A key must be a single word", "Write the key as plain text."))
            elif key.text in pairs:
                first = pairs[key.text][0].line
                msg = f"The key {key.text!r} stands twice in the same place, first on line {first}"
                problems.append(Problem(key.line, key.column, key.text, msg, "Keep one of the two: YAML would silently forget the other."))
            else:
                pairs[key.text] = (key, value)
        return Mapping(tuple(pairs.values()), self.line, self.column, self.flow, end_line)


class _Builder:
    def __init__(self) -> None:
        self.root: Node | None = None
        self.problems: list[Problem] = []
        self._open: list[_Open] = []
        self._anchors: dict[str, tuple[Node, int] | None] = {}
        self._nodes = 0
        self._aliases = 0
        self._documents = 0

    def take(self, event: Any) -> None:
        kind = type(event).__name__
        if kind == "ScalarEvent":
            node = Scalar(_meaning(event), event.value, event.start_mark.line + 1, event.start_mark.column + 1)
            self._add(node, 1, event.anchor)
        elif kind in ("MappingStartEvent", "SequenceStartEvent"):
            if len(self._open) >= MAX_DEPTH:
                self._refuse(event, f"The text is nested deeper than {MAX_DEPTH} levels", "Flatten it: a rule needs a handful.")
            if event.anchor:
                self._anchors[event.anchor] = None
            self._open.append(_Open(kind == "MappingStartEvent", event, event.anchor))
        elif kind in ("MappingEndEvent", "SequenceEndEvent"):
            done = self._open.pop()
            node_ = done.closed(event.start_mark.line + 1, self.problems)
            self._add(node_, done.size, done.anchor)
        elif kind == "AliasEvent":
            self._alias(event)
        elif kind == "DocumentStartEvent":
            self._documents += 1
            if self._documents > 1:
                self._refuse(event, "A second YAML document begins here", "Keep all rules in one document: remove the --- line.")

    def _alias(self, event: Any) -> None:
        self._aliases += 1
        found = self._anchors.get(event.anchor)
        if found is None:
            inside = event.anchor in self._anchors
            msg = f"The alias *{event.anchor} {'stands inside its own anchor' if inside else 'has no anchor before it'}"
            self._refuse(event, msg, "Write the value out here.")
        elif self._aliases > MAX_ALIASES:
            self._refuse(event, f"There are more than {MAX_ALIASES} aliases", "Write the values out.")
        else:
            self._add(found[0], found[1], None, event)

    def _add(self, node: Node, size: int, anchor: str | None, event: Any = None) -> None:
        self._nodes += size if event is not None else 1
        if self._nodes > MAX_NODES:
            msg = f"The text grows to more than {MAX_NODES:,} values once its aliases are written out"
            place = Problem(node.line, node.column, "file", msg, "Remove the aliases (*name) or shorten the file.")
            raise _Refused(place)
        if anchor:
            self._anchors[anchor] = (node, size)
        if self._open:
            self._open[-1].nodes.append(node)
            self._open[-1].size += size
        else:
            self.root = node

    def _refuse(self, event: Any, msg: str, mend: str) -> None:
        mark = event.start_mark
        raise _Refused(Problem(mark.line + 1, mark.column + 1, "file", msg, mend))


def _meaning(event: Any) -> str | int | float | bool | None:
    text: str = event.value
    if event.style or event.tag is not None:
        return text
    if text in _WORDS:
        return _WORDS[text]
    if _INT.fullmatch(text):
        return int(text)
    if _FLOAT.fullmatch(text):
        return float(text)
    return text
