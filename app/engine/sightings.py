"""Signs of life: whose requests came since the last look, so that one write in half a minute tells all of them. May be lost; nothing of
record depends on it.
"""

import threading
from collections.abc import Iterable
from typing import Final

from app.core.ids import PersonId

TELL_SECONDS: Final = 30.0
"""How often a process writes down whom it saw; what anybody says of silence is no finer than this."""
_guard: Final = threading.Lock()
_seen: Final[set[PersonId]] = set()  # bounded by the people of the desk


def saw(person: PersonId) -> None:
    """A request of theirs came, from whichever tab, phone or program."""
    with _guard:
        _seen.add(person)


def taken(connected: Iterable[PersonId] = ()) -> list[PersonId]:
    """Everyone seen since the last call, with those who have a page open now, each once."""
    with _guard:
        everyone = {*_seen, *connected}
        _seen.clear()
    return sorted(everyone)
