"""How long a text is for a network, in that network's own units.

Rules: ``x`` is X's weighted count (twitter-text 3: URL 23, emoji 2, CJK 2, after NFC); ``bluesky`` is grapheme clusters (UAX 29)
with a second bound in bytes; ``mastodon`` is grapheme clusters with a URL as 23 and only the local part of a mention;
``plain`` is code points. Names of domains without ``https://`` count as links where X would link them.
"""

import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from regex import Pattern

URL_UNITS: Final = 23
BLUESKY_MAX_BYTES: Final = 3_000
_LARGEST_COMPOSITION: Final = 4  # canonical composition never joins more code points into one
_SEARCH_CHARACTERS: Final = 6_000  # beyond this the cut is not searched for, only guessed


@dataclass(frozen=True, slots=True)
class _Patterns:
    """What is counted otherwise than by the character."""

    web: "Pattern[str]"
    bare: "Pattern[str]"
    emoji: "Pattern[str]"
    heavy: "Pattern[str]"
    far_mention: "Pattern[str]"
    flag: "Pattern[str]"
    grapheme: "Pattern[str]"


@lru_cache(maxsize=1)
def _patterns() -> _Patterns:
    """With the first text that is measured: the library holds eleven MiB, which a process that answers nobody does without."""
    import regex

    return _Patterns(
        web=regex.compile(r"https?://[^\s<>\"“”«»]*[^\s<>\"“”«».,;:!?'’()\[\]{}…]", regex.IGNORECASE),
        bare=regex.compile(
            r"(?<![\w@#$./-])(?:[a-z0-9][a-z0-9-]{0,62}\.){1,8}"
            r"(?:(?:com|org|net|edu|gov|info|biz|app|dev|shop|online|site|store|blog|cloud|xyz|tv|co)(?![\w-])(?:/[^\s<>\"]*)?"
            r"|(?<=\.[a-z0-9-]{1,63}\.)[a-z]{2}(?![\w-])(?:/[^\s<>\"]*)?"
            r"|[a-z]{2}/[^\s<>\"]*)",
            regex.IGNORECASE,
        ),
        emoji=regex.compile(
            r"[#*0-9]\uFE0F?\u20E3|\p{RI}{2}"
            r"|(?![©®](?!\uFE0F))\p{Extended_Pictographic}\uFE0F?\p{Emoji_Modifier}?[\U000E0020-\U000E007F]{0,32}"
            r"(?:\u200D\p{Extended_Pictographic}\uFE0F?\p{Emoji_Modifier}?){0,16}"
        ),
        heavy=regex.compile("[^\u0000-\u10ff\u2000-\u200d\u2010-\u201f\u2032-\u2037]"),
        far_mention=regex.compile(r"(?<![\w/])(@\w{1,64})@[\w.-]{1,253}\w"),
        flag=regex.compile(r"\p{RI}{2}"),
        grapheme=regex.compile(r"\X"),
    )


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
        return _graphemes(_patterns().far_mention.sub(r"\1", rest)) + URL_UNITS * links
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
    rest, emoji = _patterns().emoji.subn("", rest)
    return count + 2 * emoji + len(rest) + len(_patterns().heavy.findall(rest))


def _without_links(text: str, *, bare: bool) -> tuple[str, int]:
    links = more = 0
    if "://" in text:
        text, links = _patterns().web.subn("", text)
    if bare and "." in text:
        text, more = _patterns().bare.subn("", text)
    return text, links + more


def _graphemes(text: str) -> int:
    if text.isascii():
        return len(text) - text.count("\r\n")
    # A flag is one cluster, and so is the letter put in its place; \X takes quadratic time on a long run of flags.
    return sum(1 for _ in _patterns().grapheme.finditer(_patterns().flag.sub("x", text)))
