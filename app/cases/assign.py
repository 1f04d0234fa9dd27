"""Who should have which case: queue, language, skill, presence, load, and whom the customer knows. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Literal

from app.core.ids import PersonId

_LONG_AGO: Final = datetime(1970, 1, 1, tzinfo=UTC)
_ANYONE: Final = ("und", "en")  # a text whose language nobody could tell, and what everyone here speaks


@dataclass(frozen=True, slots=True)
class Worker:
    """A person as far as assignment cares.

    ``load`` is the weight of the open cases they hold: a queue may count a private one as half. Up to ``capacity`` the desk gives by
    itself, above ``hard_capacity`` nobody gives them anything. ``silent`` is who says they are there and has shown no sign of life for
    long; ``given_at`` is when the desk last gave them a case. ``off_shift`` is who has shifts and none now: the desk gives them nothing by
    itself, and they may still take what they want.
    """

    id: PersonId
    name: str
    languages: tuple[str, ...]
    skills: tuple[str, ...]
    queues: tuple[str, ...]
    presence: Literal["available", "busy", "away"]
    load: float
    capacity: int
    hard_capacity: int | None = None
    reason: str = ""
    silent: bool = False
    given_at: datetime | None = None
    off_shift: bool = False


@dataclass(frozen=True, slots=True)
class Need:
    """What a case asks of whoever takes it. ``languages`` and ``skills`` are those of its queue.

    ``weight`` is what it adds to a load. An ``urgent`` one may go over the soft capacity. ``last_agent`` is whom its customer knows, where
    the queue keeps them together; ``passed_on_by`` are those who skipped it or
    did not open it in time, and are not asked again yet.
    """

    queue: str
    language: str
    skills: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    weight: float = 1.0
    urgent: bool = False
    last_agent: PersonId | None = None
    passed_on_by: frozenset[PersonId] = frozenset()


@dataclass(frozen=True, slots=True)
class Choice:
    """Who gets it and why, in words; ``passed`` says of everyone else why not. Without a worker it stays in its queue."""

    worker: Worker | None
    why: str
    passed: tuple[tuple[PersonId, str], ...] = ()


def can_take(worker: Worker, need: Need) -> str | None:
    """Why this person should not take the case, whether they are there or not; None when they may.

    A language that nobody could tell ("und") suits everyone; English suits everyone who works here; who names no language speaks any.
    """
    if need.queue not in worker.queues:
        return f"does not work the queue {need.queue}"
    spoken = (*need.languages, *((need.language,) if need.language not in _ANYONE else ()))
    missing = next((language for language in spoken if worker.languages and language not in worker.languages), None)
    if missing is not None:
        return f"does not speak {missing}"
    lacking = next((skill for skill in need.skills if skill not in worker.skills), None)
    return f"lacks the skill {lacking}" if lacking else None


def not_there(worker: Worker) -> str | None:
    """Why nothing can be given to this person now; None when they are there. What they say of themselves wins over any socket."""
    said = f" ({worker.reason})" if worker.reason else ""
    if worker.presence != "available":
        return f"is {worker.presence}{said}"
    if worker.silent:
        return "says available, but has shown no sign of life"
    return "is off shift" if worker.off_shift else None


def over(worker: Worker, weight: float, *, hard: bool) -> str | None:
    """Why one more would be too much, by the soft bound or the hard one; None when there is room."""
    bound = worker.hard_capacity if hard else worker.capacity
    if bound is None or worker.load + weight <= bound:
        return None
    return f"holds {worker.load:g} of {bound}, the most they may" if hard else f"holds {worker.load:g} of {bound}"


def choose(workers: Iterable[Worker], need: Need) -> Choice:
    """Whom to give the case: the agent its customer knows, if they are there and have room, else who is least loaded.

    Of several equally loaded the one who has waited longest. Nobody who is away, busy, silent, full, or lacks what it needs.
    """
    fit: list[Worker] = []
    passed: list[tuple[PersonId, str]] = []
    for worker in workers:
        why_not = _refusal(worker, need)
        if why_not is None:
            fit.append(worker)
        else:
            passed.append((worker.id, why_not))
    if not fit:
        return Choice(None, _nobody(passed), tuple(passed))
    known = next((worker for worker in fit if worker.id == need.last_agent), None)
    best = known or min(fit, key=lambda w: ((w.load + need.weight) / max(1, w.capacity), w.given_at or _LONG_AGO, w.id))
    others = [(worker.id, _rest(worker, best, known is not None)) for worker in fit if worker is not best]
    held = f"{best.load:g} of {best.capacity}"
    why = f"answered this customer last and has room: {held}" if known else f"has the most room: {held}"
    if known is None and need.last_agent is not None:
        missed = next((reason for id, reason in passed if id == need.last_agent), "no longer works here")
        why += f"; whom this customer knows {missed}"
    return Choice(best, why, (*others, *passed))


def _refusal(worker: Worker, need: Need) -> str | None:
    if (why := can_take(worker, need) or not_there(worker)) is not None:
        return why
    if worker.id in need.passed_on_by:
        return "passed it on, or did not open it"
    # Over the soft bound only with a hard one above it, and only for what cannot wait.
    stretched = need.urgent and worker.hard_capacity is not None
    return over(worker, need.weight, hard=True) or (None if stretched else over(worker, need.weight, hard=False))


def _rest(worker: Worker, best: Worker, known: bool) -> str:
    if known:
        return f"has room, but {best.name} knows this customer"
    equal = (worker.load, worker.capacity) == (best.load, best.capacity)
    return "has as much room, but was given a case later" if equal else f"has less room: {worker.load:g} of {worker.capacity}"


def _nobody(passed: list[tuple[PersonId, str]]) -> str:
    """Why it stays in its queue: what keeps most of those who could take it from it."""
    able = [why for _, why in passed if not why.startswith(("does not", "lacks"))]
    if not able:
        return "nobody works this queue with its language and skills"
    there = [why for why in able if not why.startswith(("is ", "says "))]
    return "everyone who could take it is full or passed it on" if there else "nobody who could take it is there"
