"""Who asks: the actor an event will name, and what it may do. Every action and query checks it before any data exists."""

from dataclasses import dataclass
from typing import Final

from app.core.errors import Forbidden
from app.core.events import SYSTEM, TIMER, Actor
from app.core.ids import PersonId
from app.core.roles import PERMISSIONS, Permission, Role

_WORDS: Final[dict[Permission, str]] = {
    "cases.read": "see cases",
    "cases.work": "work on cases",
    "cases.assign": "give cases to others",
    "replies.draft": "write replies",
    "replies.send": "send replies without a second person",
    "replies.approve": "approve replies",
    "matters.decide": "decide legal matters",
    "customers.read": "see customers",
    "customers.edit": "change customers",
    "customers.erase": "erase customers",
    "rules.read": "see the rules",
    "rules.edit": "change the rules",
    "rules.confirm": "confirm rules that touch legal",
    "policies.read": "see the policies",
    "policies.edit": "change the policies",
    "measures.read": "see the measures",
    "people.read": "see people",
    "people.edit": "change people",
    "channels.edit": "change channels",
    "intake.repair": "repair the intake",
    "audit.read": "read the ledger",
    "settings.edit": "change the settings",
    "ingest": "send mentions",
}


@dataclass(frozen=True, slots=True)
class Asker:
    """One asker. ``role`` is None for programs without a person behind them."""

    actor: Actor
    permissions: frozenset[Permission]
    role: Role | None = None
    person_id: PersonId | None = None

    def may(self, permission: Permission) -> bool:
        """Whether the asker has the permission."""
        return permission in self.permissions

    def need(self, permission: Permission) -> None:
        """Raise Forbidden with a sentence when the asker lacks the permission."""
        if permission not in self.permissions:
            who = f"The role {self.role}" if self.role else "This token"
            raise Forbidden(f"{who} may not {_WORDS[permission]}. Ask a supervisor or an admin.")

    def may_give(self, role: Role) -> bool:
        """Whether the asker may make or change someone of this role: nobody lifts another above themselves, only admins give any role."""
        return self.may("people.edit") and (self.may("settings.edit") or self.permissions >= PERMISSIONS[role])

    def need_over(self, role: Role) -> None:
        """Raise Forbidden when the asker may not make or change someone of this role."""
        self.need("people.edit")
        if not self.may_give(role):
            raise Forbidden(f"Only an admin may do this for the role {role}: it may do what you may not.")

    def person(self) -> PersonId:
        """The person behind the request; Forbidden when a program without a person asks."""
        if self.person_id is None:
            raise Forbidden("This needs a person: make the token with --as EMAIL.")
        return self.person_id


def asker_of(role: Role, person: PersonId, name: str) -> Asker:
    """The asker a signed-in person is."""
    return Asker(Actor("agent", person, name), PERMISSIONS[role], role, person)


DESK: Final = Asker(SYSTEM, frozenset(_WORDS))
CLOCK: Final = Asker(TIMER, frozenset(_WORDS))
