"""How long a text is for a network, in that network's own units.

Rules: ``x`` is X's weighted count (twitter-text 3: URL 23, emoji 2, CJK 2, after NFC); ``bluesky`` is grapheme clusters (UAX 29)
with a second bound in bytes; ``mastodon`` is grapheme clusters with a URL as 23 and only the local part of a mention;
``plain`` is code points. Names of domains without ``https://`` count as links where X would link them.
"""

import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from types import ModuleType
from typing import Final

URL_UNITS: Final = 23
BLUESKY_MAX_BYTES: Final = 3_000
_LARGEST_COMPOSITION: Final = 4  # canonical composition never joins more code points into one
_SEARCH_CHARACTERS: Final = 6_000  # beyond this the cut is not searched for, only guessed


@lru_cache(maxsize=1)
def _patterns() -> ModuleType:
    from app.policy import text_patterns

    return text_patterns


@dataclass(frozen=True, slots=True)
class Length:
    """A text measured. ``over_at`` is the index of the first character beyond the limit, None when it fits."""

    units: int
    limit: int
    over_at: int | None


def units(text: str, rule: str) -> int:
    """The length of ``text`` in units of ``rule``; an unknown rule counts as ``plain``."""
    if rule == "x":
        return _x_units(text)
    if rule == "mastodon":
        rest, links = _without_links(text, bare=False)
        return _graphemes(_patterns().FAR_MENTION.sub(r"\1", rest)) + URL_UNITS * links
    if rule == "bluesky":
        return _graphemes(text)
    return len(text)


def measure(text: str, rule: str, limit: int) -> Length:
    """The length against the limit, and from where on it is too long."""
    return _measure(text, rule, limit)


@lru_cache(maxsize=256)  # a draft is measured for the counter and again for the gate; at the bound the oldest is measured anew
def _measure(text: str, rule: str, limit: int) -> Length:
    used = units(text, rule)
    if _fits(text, rule, limit, used):
        return Length(used, limit, None)
    if len(text) > _SEARCH_CHARACTERS:
        return Length(used, limit, min(limit, len(text)))
    low, high = 0, len(text)  # the longest beginning that fits lies in low .. high-1
    while high - low > 1:
        middle = (low + high) // 2
        start = text[:middle]
        if _fits(start, rule, limit, units(start, rule)):
            low = middle
        else:
            high = middle
    return Length(used, limit, low)


def _fits(text: str, rule: str, limit: int, used: int) -> bool:
    return used <= limit and (
        rule != "bluesky" or len(text) * 4 <= BLUESKY_MAX_BYTES or len(text.encode("utf-8", "replace")) <= BLUESKY_MAX_BYTES
    )


def _x_units(text: str) -> int:
    rest, links = _without_links(text, bare=True)
    count = URL_UNITS * links
    if rest.isascii():
        return count + len(rest)
    # NFC takes quadratic time on heaps of combining marks; a text this long is over the limit however it is composed.
    if len(rest) <= _LARGEST_COMPOSITION * 280:
        rest = unicodedata.normalize("NFC", rest)
    rest, emoji = _patterns().EMOJI.subn("", rest)
    heavy: list[str] = _patterns().HEAVY.findall(rest)
    return count + 2 * int(emoji) + len(rest) + len(heavy)


def _without_links(text: str, *, bare: bool) -> tuple[str, int]:
    links = more = 0
    if "://" in text:
        text, links = _patterns().WEB.subn("", text)
    if bare and "." in text:
        text, more = _patterns().BARE.subn("", text)
    return text, links + more


def _graphemes(text: str) -> int:
    if text.isascii():
        return len(text) - text.count("\r\n")
    # A flag is one cluster, and so is the letter put in its place; \X takes quadratic time on a long run of flags.
    return sum(1 for _ in _patterns().GRAPHEME.finditer(_patterns().FLAG.sub("x", text)))
