"""Texts that wait for a second person, because they touch what legal relies on: kept, confirmed once, declined or taken back."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from sqlalchemy import Connection, Row, func, insert, select, update

from app.core.errors import Conflict, NotFound
from app.core.events import Actor
from app.core.ids import PersonId
from app.engine.columns import table_of
from app.engine.database import Transaction
from app.routing.kept_rules import hash_of
from app.routing.tables import RuleProposalRow
from app.routing.touching import Touched

_PROPOSAL: Final = table_of(RuleProposalRow)
SHOWN: Final = 50
"""Most that are listed as waiting: each author has one at a time, so that is fifty people at odds."""
WAITING: Final = select(func.count()).select_from(_PROPOSAL).where(_PROPOSAL.c.state == "waiting")
"""How many wait, for who counts something else in the same statement."""
State = Literal["waiting", "confirmed", "declined", "withdrawn"]
_DONE: Final = {"confirmed": "was confirmed", "declined": "was declined", "withdrawn": "was taken back"}


@dataclass(frozen=True, slots=True)
class Proposal:
    """One proposed text, made against the version ``base``. ``by_person`` is None for whoever has no account."""

    id: str
    base: int
    text: str
    hash: str
    reason: str
    copy_of: int | None
    touches: tuple[Touched, ...]
    by_id: str
    by_name: str
    by_person: PersonId | None
    at: datetime
    state: State
    decided_by_id: str | None
    decided_by_name: str | None
    decided_at: datetime | None
    decided_why: str

    def is_by(self, person: PersonId | None, actor: Actor) -> bool:
        """Whether this person or program asked for it."""
        return person is not None and person == self.by_person if self.by_person else (actor.id, actor.name) == (self.by_id, self.by_name)


def propose(
    tx: Transaction, text: str, reason: str, touches: tuple[Touched, ...], actor: Actor, person: PersonId | None, base: int,
    copy_of: int | None = None,
) -> Proposal:  # fmt: skip
    """Keep a text until a second person has looked at it."""
    id = tx.new_id()
    rules = [[one.rule, one.name, one.why] for one in touches]
    tx.conn.execute(
        insert(_PROPOSAL).values(
            id=id, base=base, text=text, hash=hash_of(text), reason=reason, copy_of=copy_of, touches=rules, by_id=actor.id,
            by_name=actor.name, by_person=person, at=tx.now, state="waiting", decided_why="",
        )
    )  # fmt: skip
    return proposal(tx.conn, id)


def proposal(conn: Connection, id: str) -> Proposal:
    """One of them, decided or not; NotFound."""
    row = conn.execute(select(_PROPOSAL).where(_PROPOSAL.c.id == id)).first()
    if row is None:
        raise NotFound("There is no such proposal of rules.")
    return _proposal(row)


def waiting(conn: Connection) -> tuple[Proposal, ...]:
    """Those that wait, the oldest first; at most SHOWN."""
    query = select(_PROPOSAL).where(_PROPOSAL.c.state == "waiting").order_by(_PROPOSAL.c.id).limit(SHOWN)
    return tuple(_proposal(row) for row in conn.execute(query))


def waiting_count(conn: Connection) -> int:
    """How many wait; a small index answers it."""
    return conn.execute(WAITING).scalar_one()


def last_of_text(conn: Connection, digest: str) -> Proposal | None:
    """The newest proposal of a text by its hash, None when it was never proposed."""
    row = conn.execute(select(_PROPOSAL).where(_PROPOSAL.c.hash == digest).order_by(_PROPOSAL.c.id.desc()).limit(1)).first()
    return None if row is None else _proposal(row)


def settle(tx: Transaction, id: str, state: State, actor: Actor, why: str = "") -> Proposal:
    """Confirm, decline or withdraw one that waits; Conflict, naming who was first, when it waits no more."""
    done = tx.conn.execute(
        update(_PROPOSAL)
        .where(_PROPOSAL.c.id == id, _PROPOSAL.c.state == "waiting")
        .values(state=state, decided_by_id=actor.id, decided_by_name=actor.name, decided_at=tx.now, decided_why=why)
        .returning(_PROPOSAL.c.id)
    )
    found = done.first()
    settled = proposal(tx.conn, id)
    if found is None:
        raise Conflict(f"This change of the rules {_DONE[settled.state]} by {settled.decided_by_name} before you.")
    return settled


def _proposal(row: Row[Any]) -> Proposal:
    values = dict(row._mapping)
    return Proposal(**(values | {"touches": tuple(Touched(*one) for one in values["touches"])}))
