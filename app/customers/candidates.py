"""Who may be the same person as this customer: candidates with their reasons and a confidence. A person decides, never this."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from app.core.ids import CustomerId

_SAME_EMAIL: Final = 0.95
_SAME_HANDLE: Final = 0.7
_SAME_NAME: Final = 0.5
_ALIKE_NAME: Final = 0.4
_ALIKE_FROM: Final = 88.0  # of 100; lets one typo in an ordinary full name pass
_LEAST_NAME_LETTERS: Final = 5  # "Li" and "Jo" are alike to half the world
_LEAST_HANDLE_LENGTH: Final = 4
MAX_CANDIDATES: Final = 10


@dataclass(frozen=True, slots=True)
class Profile:
    """What of a customer can be compared. ``handles`` are (network, handle key) pairs."""

    id: CustomerId
    name: str = ""
    email: str | None = None
    phone: str | None = None
    handles: tuple[tuple[str, str], ...] = ()
    known: bool = False


@dataclass(frozen=True, slots=True)
class Candidate:
    """A customer who may be the same person; ``confidence`` is 0..1 and orders the list, it is no probability."""

    id: CustomerId
    name: str
    known: bool
    confidence: float
    reasons: tuple[str, ...]


def candidates(subject: Profile, others: Iterable[Profile]) -> tuple[Candidate, ...]:
    """The others that may be the subject, the likeliest first, at most ``MAX_CANDIDATES``."""
    found = [c for other in others if other.id != subject.id and (c := _compare(subject, other)) is not None]
    return tuple(sorted(found, key=lambda c: (-c.confidence, c.id))[:MAX_CANDIDATES])


def _compare(subject: Profile, other: Profile) -> Candidate | None:
    grounds: list[tuple[float, str]] = []
    if subject.email and other.email and subject.email.casefold() == other.email.casefold():
        grounds.append((_SAME_EMAIL, f"same e-mail {other.email}"))
    if subject.phone and other.phone and _digits(subject.phone) == _digits(other.phone):
        grounds.append((_SAME_HANDLE, f"same phone {other.phone}"))
    grounds.extend(_same_handles(subject, other))
    name = _names(subject.name, other.name)
    if name is not None:
        grounds.append(name)
    if not grounds:
        return None
    # Independent grounds: each leaves a part of the doubt, and the doubts multiply.
    doubt = 1.0
    for weight, _ in grounds:
        doubt *= 1.0 - weight
    return Candidate(other.id, other.name, other.known, round(1.0 - doubt, 2), tuple(reason for _, reason in grounds))


def _same_handles(subject: Profile, other: Profile) -> list[tuple[float, str]]:
    mine = {key: network for network, key in subject.handles if len(key) >= _LEAST_HANDLE_LENGTH}
    shared = [(mine[key], network, key) for network, key in other.handles if key in mine]
    return [(_SAME_HANDLE, f"same handle {key} on {ours} and {theirs}") for ours, theirs, key in shared[:1]]


def _names(mine: str, theirs: str) -> tuple[float, str] | None:
    from rapidfuzz import fuzz, utils  # three MiB, with the first two customers that are compared

    a, b = utils.default_process(mine), utils.default_process(theirs)
    if len(a.split()) < 2 or len(b.split()) < 2 or min(len(a), len(b)) < _LEAST_NAME_LETTERS:
        return None  # a single word is a nickname that many carry
    alike = fuzz.token_sort_ratio(a, b, score_cutoff=_ALIKE_FROM)
    if alike == 0:
        return None
    return (_SAME_NAME, f"same name {theirs}") if alike == 100 else (_ALIKE_NAME, f"similar name {theirs} ({alike:.0f} of 100)")


def _digits(phone: str) -> str:
    return "".join(c for c in phone if c.isdecimal())
