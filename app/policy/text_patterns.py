"""What networks count otherwise than by the character, as patterns.

Read with the first text that is measured: the library behind them holds eleven MiB, which a process that answers nobody does without.
"""

from typing import Final

import regex

WEB: Final = regex.compile(r"https?://[^\s<>\"“”«»]*[^\s<>\"“”«».,;:!?'’()\[\]{}…]", regex.IGNORECASE)
BARE: Final = regex.compile(
    r"(?<![\w@#$./-])(?:[a-z0-9][a-z0-9-]{0,62}\.){1,8}"
    r"(?:(?:com|org|net|edu|gov|info|biz|app|dev|shop|online|site|store|blog|cloud|xyz|tv|co)(?![\w-])(?:/[^\s<>\"]*)?"
    r"|(?<=\.[a-z0-9-]{1,63}\.)[a-z]{2}(?![\w-])(?:/[^\s<>\"]*)?"
    r"|[a-z]{2}/[^\s<>\"]*)",
    regex.IGNORECASE,
)
EMOJI: Final = regex.compile(
    r"[#*0-9]\uFE0F?\u20E3|\p{RI}{2}"
    r"|(?![©®](?!\uFE0F))\p{Extended_Pictographic}\uFE0F?\p{Emoji_Modifier}?[\U000E0020-\U000E007F]{0,32}"
    r"(?:\u200D\p{Extended_Pictographic}\uFE0F?\p{Emoji_Modifier}?){0,16}"
)
HEAVY: Final = regex.compile("[^\u0000-\u10ff\u2000-\u200d\u2010-\u201f\u2032-\u2037]")
FAR_MENTION: Final = regex.compile(r"(?<![\w/])(@\w{1,64})@[\w.-]{1,253}\w")
FLAG: Final = regex.compile(r"\p{RI}{2}")
GRAPHEME: Final = regex.compile(r"\X")
