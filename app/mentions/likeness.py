"""Which mentions are near-copies of one another. Pure.

A normalised text (no handles, links, digits, punctuation, case) is put into a bucket by its account and its rarest
long words, so that only few texts are compared; within the bucket rapidfuzz decides.
"""

import re
from collections.abc import Sequence
from typing import Final

NEAR: Final = 88.0  # of 100; on the demo's flood copies score 89-100 and different complaints stay below 75
SHORTEST: Final = 16  # characters; shorter texts ("thanks!") are alike without being copies
_LONGEST: Final = 280
_LINK: Final = re.compile(r"https?://\S+")
_HANDLE: Final = re.compile(r"[@#]\w+")
_NO_LETTERS: Final = re.compile(r"[\W\d_]+")
_LETTERS: Final = bytes(code if bytes([code]).isalpha() else ord(" ") for code in range(256))
"""What stays of each byte of an ASCII text: a table is ten times as fast as a pattern."""
_BUCKET_WORDS: Final = 2


def normalised(text: str) -> str:
    """The text without what copies change: handles, links, digits, punctuation, case."""
    line = text[:_LONGEST].casefold()
    if "://" in line:
        line = _LINK.sub(" ", line)
    line = _HANDLE.sub(" ", line)
    letters = line.encode().translate(_LETTERS).decode() if line.isascii() else _NO_LETTERS.sub(" ", line)
    return " ".join(letters.split())


def buckets(account: str, normal: str) -> tuple[str, ...]:
    """Keys under which a near-copy would be found: the account with each of its two longest words. Empty for short texts."""
    if len(normal) < SHORTEST:
        return ()
    words = sorted(set(normal.split()))
    words.sort(key=len, reverse=True)  # which leaves equally long ones in their order
    return tuple([f"{account[:40]}|{word[:36]}" for word in words[:_BUCKET_WORDS]])


def nearest(normal: str, others: Sequence[str]) -> int | None:
    """The index of the most alike text if it is a near-copy, None otherwise."""
    from rapidfuzz import fuzz, process  # three MiB, with the first text that is alike

    found = process.extractOne(normal, others, scorer=fuzz.token_sort_ratio, score_cutoff=NEAR)
    return None if found is None else int(found[2])
