"""The text that sentiment is scored on: without links, handles and neutral words, composed, and bounded in length.

Why: a brand called "United" is not a compliment, a handle says nothing, and VADER's run time grows with the square of the length.
"""

import re
import unicodedata
from collections.abc import Iterable
from typing import Final

from app.analysis.tokens import HANDLE, HANDLES, LINK, MARKS, TEXT_BOUND_CHARACTERS, may_link

CLEAN_BOUND_CHARACTERS: Final = 1_000
MARKS_KEPT: Final = 2  # Combining marks kept in a row: no language needs more on one letter, an attack brings 10,000.

_NAMES = re.compile(rf"{LINK}|{HANDLE}")
_PILED = re.compile(rf"([{MARKS}]{{{MARKS_KEPT}}})[{MARKS}]+")


def clean(text: str, *, neutral: Iterable[tuple[int, int]] = ()) -> str:
    """``text`` made fit for scoring; ``neutral`` are (start, end) places of words to leave out, in order, not overlapping."""
    text = text[:TEXT_BOUND_CHARACTERS]
    spans = list(neutral)
    if spans:
        pieces, at = [], 0
        for start, end in spans:
            pieces.append(text[at:start])
            at = max(at, end)
        text = " ".join((*pieces, text[at:]))
    if may_link(text):
        text = _NAMES.sub(" ", text)
    elif "@" in text:
        text = HANDLES.sub(" ", text)
    if not text.isascii():
        text = unicodedata.normalize("NFC", _PILED.sub(r"\1", text))
    return " ".join(text.split())[:CLEAN_BOUND_CHARACTERS]
