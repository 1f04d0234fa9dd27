"""Which mentions are near-copies of one another. Pure.

A normalised text (no handles, links, digits, punctuation, case) is put into a bucket by its account and its rarest
long words, so that only few texts are compared; within the bucket rapidfuzz decides.
"""

import re
from collections.abc import Sequence
from typing import Final

from rapidfuzz import fuzz, process

NEAR: Final = 88.0  # of 100; on the demo's flood copies score 89-100 and different complaints stay below 75
SHORTEST: Final = 16  # characters; shorter texts ("thanks!") are alike without being copies
_LONGEST: Final = 280
_NOISE: Final = re.compile(r"https?://\S+|[@#]\w+|[\W\d_]+")
_BUCKET_WORDS: Final = 2


def normalised(text: str) -> str:
    """The text without what copies change: handles, links, digits, punctuation, case."""
    return _NOISE.sub(" ", text[:_LONGEST].casefold()).strip()


def buckets(account: str, normal: str) -> tuple[str, ...]:
    """Keys under which a near-copy would be found: the account with each of its two longest words. Empty for short texts."""
    if len(normal) < SHORTEST:
        return ()
    words = set(normal.split())
    long = sorted(map(len, words))[-_BUCKET_WORDS:]  # only words as long as these can be among the longest
    longest = sorted((w for w in words if len(w) >= long[0]), key=lambda w: (-len(w), w))[:_BUCKET_WORDS]
    return tuple(f"{account[:40]}|{word[:36]}" for word in longest)


def nearest(normal: str, others: Sequence[str]) -> int | None:
    """The index of the most alike text if it is a near-copy, None otherwise."""
    found = process.extractOne(normal, others, scorer=fuzz.token_sort_ratio, score_cutoff=NEAR)
    return None if found is None else int(found[2])
