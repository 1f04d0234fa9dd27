"""What is done to one case in the name of rules, or of whoever does what rules can do, told as events with their cause and depth."""

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from app.cases.model import Case
from app.core.events import Actor, NewEvent
from app.core.ids import MentionId
from app.core.records import quick
from app.engine.database import Transaction
from app.routing.model import Decision


@quick
@dataclass(frozen=True, slots=True)
class Told:
    """An event that was told, and the facts that only it knows, for whoever asks the rules about it."""

    kind: str
    seq: int
    facts: dict[str, Any]


@dataclass(slots=True)
class Acts:
    """Appends the events of one actor on one case. ``told`` are those so far, in order."""

    tx: Transaction
    actor: Actor
    cause: int | None = None
    depth: int = 0
    mention: MentionId | None = None
    told: list[Told] = field(default_factory=list)

    def tell(self, case: Case, kind: str, data: dict[str, Any], **facts: Any) -> None:
        """Append an event."""
        new = NewEvent(
            kind, self.actor, data, case=case.id, customer=case.customer_id, mention=self.mention, cause=self.cause, depth=self.depth
        )
        self.told.append(Told(kind, self.tx.append(new), facts))


def by_rules(decision: Decision) -> Actor:
    """The rules that fired, as an actor; the column keeps 40 characters."""
    return _actor(decision.fired, decision.version)


@lru_cache(maxsize=256)  # rules that fire together
def _actor(fired: tuple[str, ...], version: int) -> Actor:
    return Actor("rule", ",".join(fired)[:40], f"Rules v{version}")
