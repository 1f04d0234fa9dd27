"""A long walk through random deeds from a seed, and the shortest part of it that still goes wrong."""

import random
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from app.channels.port import Sureness
from app.engine.outage import DatabaseAway
from tests.histories.desks import Desks
from tests.histories.history import DEEDS, history

SURE: Final[tuple[Sureness, ...]] = ("never", "asked", "keyed")
PATIENCE_SECONDS: Final = 120.0
PATIENT_WALKS: Final = 3
Deed = tuple[str, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Counterexample:
    """Deeds after which something does not hold, and what."""

    seed: int
    deeds: tuple[Deed, ...]
    wrong: str

    def __str__(self) -> str:
        steps = "\n".join(f"    {name}({', '.join(f'{k}={v!r}' for k, v in how.items())})" for name, how in self.deeds)
        return f"seed {self.seed}, {len(self.deeds)} deeds:\n{steps}\n{self.wrong}"


def deeds_of(seed: int, steps: int) -> list[Deed]:
    """The deeds of a walk."""
    drawn = random.Random(seed)
    names = sorted(DEEDS)
    return [(name, {k: drawn.choice(v) for k, v in DEEDS[name].items()}) for name in drawn.choices(names, k=steps)]


def go(desks: Desks, seed: int, steps: int) -> Counterexample | None:
    """Walk; what went wrong, as few deeds as show it."""
    deeds = deeds_of(seed, steps)
    wrong = _wrong(desks, seed, deeds)
    if wrong is None:
        return None
    return _shortest(desks, Counterexample(seed, tuple(deeds[: wrong[0]]), wrong[1]))


def _wrong(desks: Desks, seed: int, deeds: Sequence[Deed]) -> tuple[int, str] | None:
    """After how many deeds something did not hold, and what. Walked again where a busy machine's database did not answer in time."""
    for _ in range(PATIENT_WALKS - 1):
        with suppress(DatabaseAway):
            return _walked(desks, seed, deeds)
    return _walked(desks, seed, deeds)


def _walked(desks: Desks, seed: int, deeds: Sequence[Deed]) -> tuple[int, str] | None:
    with history(desks, SURE[seed % len(SURE)]) as made:
        done = 0
        try:
            for name, how in deeds:
                done += 1
                made.do(name, **how)
            made.end()
        except DatabaseAway:
            raise
        except Exception as error:  # whatever breaks is a counterexample
            return done, f"{type(error).__name__}: {error}"
    return None


def _shortest(desks: Desks, found: Counterexample) -> Counterexample:
    """Leave out ever smaller runs of deeds while something still goes wrong, as long as there is patience."""
    give_up = time.monotonic() + PATIENCE_SECONDS
    size = max(1, len(found.deeds) // 2)
    while size:
        at = 0
        while at < len(found.deeds) and time.monotonic() < give_up:
            fewer = (*found.deeds[:at], *found.deeds[at + size :])
            wrong = _wrong(desks, found.seed, fewer)
            if wrong is None:
                at += size
            else:
                found = Counterexample(found.seed, tuple(fewer[: wrong[0]]), wrong[1])
        size //= 2
    return found
