"""The named word lists of the rules as the page shows them: their words, the rules that ask for them, what is not published yet."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

from app.routing.condition_form import joined
from app.routing.conditions import WordList
from app.routing.emit_lists import users_of
from app.routing.model import Rule, RuleSet

SHOWN: Final = 12
"""Words of a list that are shown before it is opened."""


@dataclass(frozen=True, slots=True)
class WordsRow:
    """One list. ``typed`` is its words as a field holds them; ``users`` are (id, name) of the rules that ask for it; ``state`` is "",
    "new" or "changed" against what is in force."""

    name: str
    words: tuple[str, ...]
    typed: str
    users: tuple[tuple[str, str], ...]
    state: Literal["", "new", "changed"]

    @property
    def first(self) -> tuple[str, ...]:
        """The words that are shown at once."""
        return self.words[:SHOWN]


@dataclass(frozen=True, slots=True)
class WordLists:
    """All of them in the order of the text. ``gone`` are names that the working copy leaves out."""

    rows: tuple[WordsRow, ...]
    gone: tuple[str, ...]


def word_lists(rules: tuple[Rule, ...], lists: Iterable[WordList], in_force: Iterable[WordList]) -> WordLists:
    """The lists beside those in force, each with those of the rules that ask for it."""
    was = {one.name: one.words for one in in_force}
    names = {rule.id: rule.name for rule in rules}
    rows = tuple(
        WordsRow(
            name=one.name,
            words=one.words,
            typed=_typed(one.words),
            users=tuple((id, names[id]) for id in users_of(RuleSet(rules), one.name)),
            state="new" if one.name not in was else "changed" if was[one.name] != one.words else "",
        )
        for one in lists
    )
    return WordLists(rows, tuple(name for name in was if name not in {row.name for row in rows}))


def _typed(words: tuple[str, ...]) -> str:
    """One word a line where a word has a comma, else parted by commas."""
    return joined(list(words))
