"""Whether a text may not wait in a queue: by its words alone, before it is understood. Pure, and cheap beside ``judge``."""

from typing import Final

from app.analysis.language import UNKNOWN
from app.analysis.tokens import split
from app.analysis.words import Lexicon

_READ_CHARACTERS: Final = 1_000  # who is in danger says so early
_PRESSING: Final = 0.8  # the weight of an urgent word from which it alone is enough


def cannot_wait(text: str, lexicon: Lexicon) -> bool:
    """True for a word of risk or a strongly urgent one in any language that has a list.

    Too often rather than too seldom: it gives a place in the queue, and nothing else; ``judge`` says later what it means.
    """
    found = lexicon.matcher(UNKNOWN).find(split(text[:_READ_CHARACTERS]))
    return any(h.entry.kind == "risk" or (h.entry.kind == "urgency" and h.entry.weight >= _PRESSING) for h in found)
