"""The words a customer can be found by, all folded alike, so that a search is one range of one index."""

import unicodedata
from collections.abc import Iterable
from typing import Final

from app.customers.model import CustomerRecord

KEY_LENGTH: Final = 80  # characters; as wide as the column
_NAME_WORDS: Final = 6  # a longer name is found by its first six words
_LAST_CHARACTER: Final = "\U0010ffff"


def fold(text: str) -> str:
    """Text as it stands in the index: NFKC, case folded, blanks joined, no leading @, at most ``KEY_LENGTH``."""
    plain = text.lower() if text.isascii() else unicodedata.normalize("NFKC", text).casefold()
    return " ".join(plain.split()).lstrip("@")[:KEY_LENGTH]


def prefix_range(q: str) -> tuple[str, str] | None:
    """The least and the greatest key that begin with ``q``; None when it is empty."""
    least = fold(q)
    return (least, least + _LAST_CHARACTER) if least else None


def keys_of(records: Iterable[CustomerRecord], handle_keys: Iterable[str]) -> frozenset[str]:
    """Every key of a customer: of his own record and of those merged into it, and of all his handles."""
    keys = {fold(h) for h in handle_keys}
    for record in records:
        keys |= {fold(w) for w in (record.ref, record.email) if w}
        keys |= name_keys(record.name)
    return frozenset(keys - {""})


def name_keys(name: str) -> set[str]:
    """The name from each of its words on: "Ana de Souza" is found by "ana de", "de s" and "souza"."""
    words = fold(name).split()[:_NAME_WORDS]
    return {" ".join(words[i:]) for i in range(len(words))}
