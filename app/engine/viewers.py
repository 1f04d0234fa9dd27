"""Who looks at which case, and who writes there: cheap, forgetful, never stored.

Each process knows its own open pages and tells the others who comes, goes and writes by a word on the bus, and everyone again every
``RETELL_SECONDS``; what another process told fades when it is not told again, so a process that died takes its viewers with it.
Bounded by the open connections of the processes. A word that gets lost is mended by the next telling.
"""

import json
import os
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from app.engine.bus import Bus

TOPIC: Final = "viewers"
RETELL_SECONDS: Final = 10.0
FADES_SECONDS: Final = 25.0  # two tellings may be lost
WRITES_SECONDS: Final = 6.0
NOTICE_SECONDS: Final = 3.0  # who goes on writing is told again no sooner
_A_WORD: Final = 16  # viewers in one word on the bus, which takes 4,000 bytes
_LONGEST_NAME: Final = 40  # letters; a name may be anything, and so many must fit into a word


@dataclass(slots=True)
class _Seen:
    """A viewer of another process, and when it was last told."""

    name: str
    at: float


_guard: Final = threading.Lock()
_here: Final[dict[str, dict[int, tuple[str, str]]]] = defaultdict(dict)
_elsewhere: Final[dict[str, dict[tuple[str, str], _Seen]]] = defaultdict(dict)  # case -> (process, person)
_writing: Final[dict[tuple[str, str], float]] = {}  # (case, person) -> when it was last told


def enter(case_id: str, connection: int, person_id: str, name: str) -> None:
    """A person's page of this case is open in this process."""
    with _guard:
        _here[case_id][connection] = (person_id, name)


def leave(case_id: str, connection: int) -> None:
    """It was closed."""
    with _guard:
        _here[case_id].pop(connection, None)
        if not _here[case_id]:
            del _here[case_id]


def people_at(case_id: str) -> tuple[tuple[str, str], ...]:
    """Those who look at the case now, as (person id, name), each once."""
    with _guard:
        near = _here[case_id].values() if case_id in _here else ()
        far = [(person, seen.name) for (_, person), seen in _elsewhere[case_id].items()] if case_id in _elsewhere else []
        return tuple(sorted({*near, *far}, key=lambda p: p[1]))


def viewers_of(case_id: str, besides: str | None = None) -> tuple[str, ...]:
    """Names of those who look at the case now, each once."""
    return tuple(name for person, name in people_at(case_id) if person != besides)


def looked_at() -> dict[str, tuple[str, ...]]:
    """Which cases each person looks at now, by the person's id."""
    found: dict[str, set[str]] = defaultdict(set)
    with _guard:
        for case, there in _here.items():
            for person, _ in there.values():
                found[person].add(case)
        for case, others in _elsewhere.items():
            for _, person in others:
                found[person].add(case)
    return {person: tuple(sorted(cases)) for person, cases in found.items()}


def writers_at(case_id: str, besides: str | None = None) -> tuple[str, ...]:
    """Names of those among them who wrote a moment ago."""
    now = time.monotonic()
    return tuple(
        name for person, name in people_at(case_id)
        if person != besides and now - _writing.get((case_id, person), -WRITES_SECONDS) < WRITES_SECONDS
    )  # fmt: skip


class Presence:
    """One process's share in it: tells the others, hears them. ``changed`` is called with a case whose viewers may have changed."""

    def __init__(self, bus: Bus, changed: Callable[[str], None]) -> None:
        self._bus, self._changed = bus, changed
        self._me: Final = f"{os.getpid()}-{os.urandom(4).hex()}"  # pids repeat on other machines
        self._told_at = time.monotonic()
        self._forget = bus.hear(TOPIC, self._hear)

    def close(self) -> None:
        """Hear no more."""
        self._forget()

    def enter(self, case_id: str, connection: int, person_id: str, name: str) -> None:
        """Somebody opened a case here."""
        enter(case_id, connection, person_id, name[:_LONGEST_NAME])
        self._tell(("in", [(case_id, person_id, name[:_LONGEST_NAME])]))
        self._changed(case_id)

    def leave(self, case_id: str, connection: int) -> None:
        """That page was closed; the person may have another one open."""
        person = _here[case_id].get(connection, ("", ""))[0] if case_id in _here else ""
        leave(case_id, connection)
        if person and all(p != person for p, _ in list(_here.get(case_id, {}).values())):
            self._tell(("out", [(case_id, person)]))
        self._changed(case_id)

    def writes(self, case_id: str, person_id: str) -> None:
        """Somebody writes on a case here; said again while it goes on, but not at every letter."""
        now = time.monotonic()
        if now - _writing.get((case_id, person_id), -NOTICE_SECONDS) < NOTICE_SECONDS:
            return
        self._wrote(case_id, person_id, now)
        self._tell(("writes", [(case_id, person_id)]))

    def tend(self) -> None:
        """To be called about once a second: tell everyone again in time, and let fade what was not told again."""
        now = time.monotonic()
        if now - self._told_at >= RETELL_SECONDS:
            self._told_at = now
            with _guard:
                everyone = [(case, person, name) for case, there in _here.items() for person, name in set(there.values())]
            for start in range(0, len(everyone), _A_WORD):
                self._tell(("in", everyone[start : start + _A_WORD]))
        for case in self._faded(now):
            self._changed(case)

    def _faded(self, now: float) -> set[str]:
        with _guard:
            gone = {case for case, there in _elsewhere.items() for seen in there.values() if now - seen.at > FADES_SECONDS}
            for case in gone:
                left = {who: seen for who, seen in _elsewhere[case].items() if now - seen.at <= FADES_SECONDS}
                _elsewhere[case] = left
                if not left:
                    del _elsewhere[case]
            rested = [key for key, at in _writing.items() if now - at >= WRITES_SECONDS]
            for key in rested:
                del _writing[key]
        return gone | {case for case, _ in rested}

    def _tell(self, said: tuple[str, Sequence[tuple[str, ...]]]) -> None:
        self._bus.tell(TOPIC, json.dumps([self._me, *said], ensure_ascii=False, separators=(",", ":")))

    def _hear(self, word: str) -> None:
        """A word of any process; what is not understood (of another version) is passed over."""
        try:
            process, verb, who = json.loads(word)
        except (ValueError, TypeError):
            return
        if process != self._me and verb in ("in", "out", "writes"):
            for case in self._taken_in(process, verb, who):
                self._changed(case)

    def _taken_in(self, process: str, verb: str, who: Iterable[Any]) -> set[str]:
        now, news = time.monotonic(), set()
        for case, person, *name in who:
            with _guard:
                if verb == "in":
                    known = (process, person) in _elsewhere[case]
                    _elsewhere[case][process, person] = _Seen(name[0], now)
                    if known:
                        continue
                elif verb == "out":
                    _elsewhere[case].pop((process, person), None)
                    if not _elsewhere[case]:
                        del _elsewhere[case]
            if verb == "writes":
                self._wrote(case, person, now)
            news.add(case)
        return news

    def _wrote(self, case_id: str, person_id: str, now: float) -> None:
        with _guard:
            started = (case_id, person_id) not in _writing
            _writing[case_id, person_id] = now
        if started:
            self._changed(case_id)
