"""Words and phrases in a customer's text: cut once, asked many times.

A word matches whole and without case: ``refund`` finds "Refund!" and not "refunds"; ``refund*`` finds both; a phrase finds
its words in that order with any spaces or signs between them; a sign or emoji is looked for as it stands.
"""

import re
from functools import lru_cache
from typing import Final

MAX_CHARACTERS: Final = 20_000
"""Longest part of a text that is searched; the longest post of any network we know is half of it."""

_WORD: Final = re.compile(r"\w+")


class WordView:
    """The words of one text, made for many questions."""

    __slots__ = ("line", "raw", "words")

    def __init__(self, text: str) -> None:
        self.raw = text[:MAX_CHARACTERS].casefold()
        found = _WORD.findall(self.raw)
        self.words = frozenset(found)
        self.line = f" {' '.join(found)} "

    def has(self, needle: str) -> bool:
        """Whether one word, phrase, ``stem*`` or sign is in the text."""
        return Needles((needle,)).any_in(self)


@lru_cache(maxsize=4)
def view_of(text: str) -> WordView:
    """The words of a text, kept for the few texts in hand: a trace asks the same text several times."""
    return WordView(text)


class Needles:
    """Words to look for, prepared once: whole words by set, phrases and stems by substring of the spaced words."""

    __slots__ = ("parts", "signs", "whole")

    def __init__(self, needles: tuple[str, ...]) -> None:
        whole: list[str] = []
        parts: list[str] = []
        signs: list[str] = []
        for needle in needles:
            folded = needle.casefold().strip()
            words = _WORD.findall(folded)
            if not words:
                signs.append(folded)
            elif folded.endswith("*"):
                parts.append(f" {' '.join(words)}")
            elif len(words) == 1:
                whole.append(words[0])
            else:
                parts.append(f" {' '.join(words)} ")
        self.whole = frozenset(whole)
        self.parts = tuple(parts)
        self.signs = tuple(signs)

    def any_in(self, view: WordView) -> bool:
        """Whether at least one is in the text."""
        if not self.whole.isdisjoint(view.words):
            return True
        line = view.line
        for part in self.parts:
            if part in line:
                return True
        return any(sign in view.raw for sign in self.signs)

    def all_in(self, view: WordView) -> bool:
        """Whether every one is in the text."""
        if not self.whole <= view.words:
            return False
        return all(part in view.line for part in self.parts) and all(sign in view.raw for sign in self.signs)
