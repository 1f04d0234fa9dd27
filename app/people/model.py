"""Frozen records of people, their sessions and tokens, and what of them a screen may show."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from app.core.ids import PersonId, TokenId
from app.core.roles import Role, Scope

Presence = Literal["available", "busy", "away"]
PRESENCES: Final[tuple[Presence, ...]] = ("available", "busy", "away")


@dataclass(frozen=True, slots=True)
class Person:
    """Someone who can sign in.

    ``capacity`` is how many open cases they hold at once before the desk warns and pushes no more, ``hard_capacity`` how many at the very
    most; None for no such bound. ``last_seen_at`` is the last request or open page of theirs, to within half a minute; ``given_at`` when
    the desk last gave them a case by itself, or they took one while away.
    """

    id: PersonId
    email: str
    name: str
    role: Role
    disabled: bool
    languages: tuple[str, ...]
    skills: tuple[str, ...]
    queues: tuple[str, ...]
    capacity: int
    presence: Presence
    presence_reason: str
    presence_since: datetime
    hard_capacity: int | None = None
    last_seen_at: datetime | None = None
    given_at: datetime | None = None

    @property
    def initials(self) -> str:
        """At most two letters for the badge."""
        return "".join(word[0] for word in self.name.split()[:2]).upper() or "?"


@dataclass(frozen=True, slots=True)
class Session:
    """A signed-in browser. ``id`` is the hash of the cookie, never the cookie."""

    id: str
    person: Person
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Token:
    """A bearer token of a program; only its hash is kept."""

    id: TokenId
    name: str
    scope: Scope
    person_id: PersonId | None
    created_at: datetime
    revoked: bool
