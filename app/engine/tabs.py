"""How many pages each person has open, and how many of them on a phone: cheap, forgetful, never stored, and no word on presence.

Each process knows its own and tells the others its counts by a word on the bus, at each change and again every ``RETELL_SECONDS``; what
is not told again fades, so a process that died takes its pages with it. Bounded by the open connections of the processes.
"""

import json
import os
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from app.engine.bus import Bus

TOPIC: Final = "tabs"
RETELL_SECONDS: Final = 10.0
FADES_SECONDS: Final = 25.0  # two tellings may be lost
_A_WORD: Final = 60  # people in one word on the bus, which takes 4,000 bytes


@dataclass(frozen=True, slots=True)
class Open:
    """Pages a person has open. ``desk`` and ``phone`` are counts of tabs by the kind of device."""

    desk: int = 0
    phone: int = 0


_Counts = tuple[int, int]
_BOOT: Final = os.urandom(4).hex()  # pids repeat on other machines
_guard: Final = threading.Lock()
_here: Final[dict[str, dict[int, bool]]] = defaultdict(dict)  # person -> connection -> whether it is a phone
_elsewhere: Final[dict[tuple[str, str], tuple[_Counts, float]]] = {}  # (process, person) -> counts, and when they were told


def open_tabs() -> dict[str, Open]:
    """Everyone who has a page open in any process."""
    found: Counter[tuple[str, bool]] = Counter()
    with _guard:
        for person, there in _here.items():
            for phone in there.values():
                found[person, phone] += 1
        for (_, person), ((desk, phones), _) in _elsewhere.items():
            found[person, False] += desk
            found[person, True] += phones
    return {person: Open(found[person, False], found[person, True]) for person in {person for person, _ in found}}


def is_phone(user_agent: str) -> bool:
    """Whether a browser says of itself that it is on a phone; the word that MDN recommends to look for."""
    return "Mobi" in user_agent


class Tabs:
    """One process's share in it: tells the others, hears them."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._me: Final = f"{os.getpid()}-{_BOOT}"
        self._told_at = time.monotonic()
        self._forget = bus.hear(TOPIC, self._hear)

    def close(self) -> None:
        """Hear no more."""
        self._forget()

    def enter(self, connection: int, person: str, *, phone: bool) -> None:
        """A page was opened here."""
        with _guard:
            _here[person][connection] = phone
        self._tell([person])

    def leave(self, connection: int, person: str) -> None:
        """It was closed."""
        with _guard:
            _here[person].pop(connection, None)
            if not _here[person]:
                del _here[person]
        self._tell([person])

    def tend(self) -> None:
        """To be called about once a second: tell everyone again in time, and let fade what was not told again."""
        now = time.monotonic()
        with _guard:
            for key in [key for key, (_, told) in _elsewhere.items() if now - told > FADES_SECONDS]:
                del _elsewhere[key]
            everyone = sorted(_here)
        if now - self._told_at >= RETELL_SECONDS:
            self._told_at = now
            for start in range(0, len(everyone), _A_WORD):
                self._tell(everyone[start : start + _A_WORD])

    def _tell(self, people: Iterable[str]) -> None:
        with _guard:
            counts = {p: (len(_here[p]) - sum(_here[p].values()), sum(_here[p].values())) if p in _here else (0, 0) for p in people}
        self._bus.tell(TOPIC, json.dumps([self._me, counts], separators=(",", ":")))

    def _hear(self, word: str) -> None:
        """A word of any process; what is not understood (of another version) is passed over."""
        try:
            process, counts = json.loads(word)
            told = {str(person): (int(desk), int(phones)) for person, (desk, phones) in counts.items()}
        except (ValueError, TypeError, AttributeError):
            return
        if process == self._me:
            return
        with _guard:
            for person, (desk, phones) in told.items():
                if desk or phones:
                    _elsewhere[process, person] = ((desk, phones), time.monotonic())
                else:
                    _elsewhere.pop((process, person), None)
