"""Who may take which case: queue, language, skill, presence and load. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from app.core.ids import PersonId


@dataclass(frozen=True, slots=True)
class Worker:
    """A person as far as assignment cares. ``load`` is how many open cases they hold."""

    id: PersonId
    name: str
    languages: tuple[str, ...]
    skills: tuple[str, ...]
    queues: tuple[str, ...]
    presence: Literal["available", "busy", "away"]
    load: int
    capacity: int


@dataclass(frozen=True, slots=True)
class Need:
    """What a case asks of whoever takes it."""

    queue: str
    language: str
    skills: tuple[str, ...] = ()


def can_take(worker: Worker, need: Need) -> str | None:
    """Why this person should not take the case, None when they may.

    A language that nobody could tell ("und") suits everyone; English suits everyone who works here.
    """
    if need.queue not in worker.queues:
        return f"{worker.name} does not work the queue {need.queue}"
    if need.language not in ("und", "en") and worker.languages and need.language not in worker.languages:
        return f"{worker.name} does not speak {need.language}"
    missing = [s for s in need.skills if s not in worker.skills]
    return f"{worker.name} lacks the skill {missing[0]}" if missing else None


def least_loaded(workers: Iterable[Worker], need: Need) -> Worker | None:
    """The available person with the most room for a pushed case; None when nobody is there, so it stays in its queue."""
    fit: Sequence[Worker] = [w for w in workers if w.presence == "available" and w.load < w.capacity and can_take(w, need) is None]
    return min(fit, key=lambda w: (w.load / max(1, w.capacity), w.id)) if fit else None
