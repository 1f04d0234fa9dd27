"""Conditions as trees: what a rule asks, as it was written. ``operators`` says what a test means, ``because`` says it in words."""

from collections.abc import Iterator
from dataclasses import dataclass
from dataclasses import field as part
from typing import Any, Final


@dataclass(frozen=True, slots=True)
class WordList:
    """A list of the file's ``lists:``. A test that names it carries it whole, so that nobody who judges has to look anything up."""

    name: str
    words: tuple[str, ...] = ()
    line: int = part(default=0, compare=False)

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class Compare:
    """One test; two are equal when they ask the same, wherever they stand.

    ``value`` is a str, number, bool, or a tuple of them or of word lists, already in the form its operator takes.
    """

    field: str
    op: str
    value: Any
    line: int = part(default=0, compare=False)
    column: int = part(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class All:
    """Holds when every part holds; with no parts it always holds."""

    parts: tuple["Condition", ...] = ()


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Holds when at least one part holds."""

    parts: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class Not:
    """Holds when its part does not."""

    part: "Condition"


Condition = All | AnyOf | Not | Compare
ALWAYS: Final = All(())


def tests_of(condition: Condition) -> Iterator[Compare]:
    """Every test of a condition, in the order written."""
    match condition:
        case Compare():
            yield condition
        case Not(part):
            yield from tests_of(part)
        case All(parts) | AnyOf(parts):
            for part in parts:
                yield from tests_of(part)
