"""Tokens: a text cut into words, numbers and emoji with their places in the original, and folded so that spellings meet.

Links and handles are stepped over: they say who and where, not what. Every bound here is a promise about run time.
"""

import re
import unicodedata
from functools import lru_cache
from itertools import islice
from typing import Final, NamedTuple

TEXT_BOUND_CHARACTERS: Final = 16_000  # Beyond it a text is not read: posts are shorter on every network, bombs are longer.
TOKEN_BOUND: Final = 400  # Words read per text; at the bound the rest is not looked at.
WORD_BOUND_CHARACTERS: Final = 40  # A longer run of letters is no word of any list.

MARKS: Final = "\u0300-\u036f\u0483-\u0489\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
LINK: Final = r"(?:[hH][tT][tT][pP][sS]?://|[wW][wW][wW]\.)\S+"
HANDLE: Final = r"(?<![\w@])@\w+(?:[.-]\w+)*"
HANDLES: Final = re.compile(r"@(?<![\w@]@)\w+(?:[.-]\w+)*")
"""``HANDLE`` with its sign first, so that the search can leap from one @ to the next."""
EMOJI: Final = "\u231a-\u23ff\u2600-\u27bf\U0001f170-\U0001f251\U0001f300-\U0001faff"
# Three forms of one pattern: most posts are ASCII, where a plain letter class is three times as fast, and hold no link, where handles
# can be blanked first because no word reaches over an @.
_ASCII_WORD: Final = r"\d+|[A-Za-z]+(?:'+[A-Za-z]+)*"
_PLAIN_TOKEN = re.compile(_ASCII_WORD)
_ASCII_TOKEN = re.compile(rf"(?P<skip>{LINK}|{HANDLE})|{_ASCII_WORD}")
_TOKEN = re.compile(rf"(?P<skip>{LINK}|{HANDLE})|\d+|[{EMOJI}]|[^\W\d_]+(?:[{MARKS}\u200c\u200d'’]+[^\W\d_]+)*[{MARKS}]*")
_LETTERS = str.maketrans({"ي": "ی", "ى": "ی", "ك": "ک", "ۀ": "ه", "ة": "ه", "\u200c": None, "\u200d": None, "ـ": None, "’": "'"})


class Token(NamedTuple):
    """A folded word and its place in the original text."""

    word: str
    start: int
    end: int


def may_link(text: str) -> bool:
    """Whether ``LINK`` could match anywhere in the text: False is certain."""
    return "://" in text or "w." in text or "W." in text


def split(text: str) -> list[Token]:
    """The words of ``text`` in order, at most ``TOKEN_BOUND`` from its first ``TEXT_BOUND_CHARACTERS``."""
    if text.isascii():
        return _split_ascii(text[:TEXT_BOUND_CHARACTERS])
    found: list[Token] = []
    for match in _TOKEN.finditer(text, 0, TEXT_BOUND_CHARACTERS):
        if match.lastgroup is None:
            start, end = match.span()
            if end - start <= WORD_BOUND_CHARACTERS:
                found.append(Token(fold(text[start:end]), start, end))
            if len(found) == TOKEN_BOUND:
                break
    return found


def _split_ascii(text: str) -> list[Token]:
    """``split`` of an ASCII text, whose folded form is its lower case, as long as the text itself."""
    if may_link(text):
        spans = (m.span() for m in _ASCII_TOKEN.finditer(text) if m.lastgroup is None)
    else:
        spans = (m.span() for m in _PLAIN_TOKEN.finditer(HANDLES.sub(_blank, text) if "@" in text else text))
    low = text.lower()
    new = tuple.__new__  # what Token(…) comes to, without its call: every word of every mention is one
    if len(text) <= TOKEN_BOUND:  # it cannot hold more words than that
        return [new(Token, (low[start:end], start, end)) for start, end in spans if end - start <= WORD_BOUND_CHARACTERS]
    words = (new(Token, (low[start:end], start, end)) for start, end in spans if end - start <= WORD_BOUND_CHARACTERS)
    return list(islice(words, TOKEN_BOUND))


def _blank(match: re.Match[str]) -> str:
    return " " * (match.end() - match.start())


@lru_cache(maxsize=20_000)  # Words repeat; at the bound the least recently seen are folded anew.
def fold(word: str) -> str:
    """``word`` without case, accents, Arabic letter variants and joiners."""
    if word.isascii():
        return word.lower()
    plain = unicodedata.normalize("NFKD", word.translate(_LETTERS)).casefold()
    return "".join(c for c in plain if not unicodedata.combining(c)).translate(_LETTERS)
