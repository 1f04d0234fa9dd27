"""Patterns that cannot hang: RE2 answers in time linear in the text, whatever the pattern.

RE2 has no back-references and no look-around, which is what makes that promise possible; a pattern that uses them is
refused with a sentence. A pattern's memory is bounded too, so that a repetition of repetitions is refused, not built.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final

import re2

from app.routing.wording import MAX_CHARACTERS

MAX_PATTERN_CHARACTERS: Final = 500
_MAX_MEMORY_BYTES: Final = 1 << 20


class BadPattern(ValueError):
    """The pattern cannot be used; the message says why, without a final stop."""


def _options() -> Any:
    options = re2.Options()
    options.case_sensitive = False
    options.log_errors = False
    options.max_mem = _MAX_MEMORY_BYTES
    options.never_capture = True
    return options


@lru_cache(maxsize=512)
def _compiled(source: str) -> Any:
    if not source or len(source) > MAX_PATTERN_CHARACTERS:
        raise BadPattern(f"a pattern has 1 to {MAX_PATTERN_CHARACTERS} characters, this one has {len(source):,}")
    return _built(source)


def _built(source: str) -> Any:
    try:
        return re2.compile(source, _options())
    except re2.error as error:
        said = error.args[0] if error.args else "it is not a pattern"
        raise BadPattern(said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)) from error
    except UnicodeEncodeError as error:
        raise BadPattern("it holds half a character (a lone surrogate)") from error


class Pattern:
    """A checked pattern, matched anywhere in a text and without case. Raises BadPattern when it is none."""

    __slots__ = ("_search", "source")

    def __init__(self, source: str) -> None:
        self.source = source
        self._search = _compiled(source).search

    @classmethod
    def any_of(cls, sources: Sequence[str]) -> "Pattern | None":
        """One pattern for any of several that are good each by itself: a text is gone through once for all of them. None where they do
        not go together: they would take too much memory, or a quotation (``\\Q``) in one would swallow the next."""
        together = cls.__new__(cls)
        together.source = "|".join(f"(?:{source})" for source in sources)
        if "\\Q" in together.source:
            return None
        try:
            together._search = _built(together.source).search
        except BadPattern:
            return None
        return together

    def found(self, text: str) -> bool:
        """Whether the first ``MAX_CHARACTERS`` characters of the text hold the pattern."""
        try:
            return self._search(text[:MAX_CHARACTERS]) is not None
        except UnicodeEncodeError:
            return self._search(text[:MAX_CHARACTERS].encode("utf-8", "replace").decode()) is not None
