"""Rules that touch legal and wait for a second person, as the pages Rules and Approvals list them."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from app.core.asker import Asker
from app.routing import store as routing
from app.routing import store_proposals as proposals
from app.routing.store_proposals import Proposal
from app.routing.touching import Touched


@dataclass(frozen=True, slots=True)
class WaitingRules:
    """One proposal. ``mine``: the viewer asked for it, so another confirms; ``outdated`` names the version that came since, 0 for none."""

    id: str
    base: int
    by: str
    at: datetime
    reason: str
    copy_of: int | None
    touches: tuple[Touched, ...]
    state: str
    mine: bool
    may_confirm: bool
    may_decline: bool
    outdated: int
    decided_by: str
    decided_why: str


def rules_waiting(conn: Connection) -> int:
    """How many changes of the rules wait for a second person; the side bar shows it on every page."""
    return proposals.waiting_count(conn)


def waiting_rules(conn: Connection, asker: Asker) -> tuple[WaitingRules, ...]:
    """What waits, the oldest first; nothing for who may not see rules."""
    if not asker.may("rules.read"):
        return ()
    active = routing.active_version(conn)
    return tuple(shown(one, asker, active) for one in proposals.waiting(conn))


def shown(one: Proposal, asker: Asker, active: int) -> WaitingRules:
    """A proposal as this viewer sees it while the version ``active`` is in force."""
    mine, waits = one.is_by(asker.person_id, asker.actor), one.state == "waiting"
    outdated = active if waits and one.base != active else 0
    second = waits and not mine and asker.may("rules.confirm") and asker.person_id is not None
    return WaitingRules(
        id=one.id, base=one.base, by=one.by_name, at=one.at, reason=one.reason, copy_of=one.copy_of, touches=one.touches, state=one.state,
        mine=mine, may_confirm=second and not outdated, may_decline=second or (waits and mine and asker.may("rules.edit")),
        outdated=outdated, decided_by=one.decided_by_name or "", decided_why=one.decided_why,
    )  # fmt: skip
