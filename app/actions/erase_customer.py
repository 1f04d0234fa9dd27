"""Erase a customer at their request: personal fields, accounts, search words and what they wrote. The skeleton of the history stays.

The second time it is refused, because nothing is left to erase. A legal hold refuses it, and says so.
"""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import select

from app.actions.empty_history import empty_history
from app.actions.import_customers import hidden_ref
from app.cases.tables import CASE, REPLY
from app.core.asker import Asker
from app.core.errors import Conflict, NotFound, OnHold
from app.core.events import NewEvent
from app.core.ids import CustomerId
from app.customers import changes, erasing, lookup, store
from app.engine.database import Transaction
from app.engine.locks import hold_every_name
from app.engine.ports import Ports
from app.escalation.tables import MATTER

_HIDDEN_LENGTH: Final = 12  # characters of the hash that pages show in place of a handle
_OUTGOING: Final = ("pending_approval", "queued", "sending", "unknown", "by_hand")


@dataclass(frozen=True, slots=True)
class Erased:
    """How much was emptied."""

    customer_id: CustomerId
    accounts: int
    mentions: int
    cases: int


def erase_customer(ports: Ports, asker: Asker, customer_id: str) -> Erased:
    """Erase the customer and everyone merged into it.

    Raises NotFound; Conflict when it was erased before, answers no longer for itself, or a reply to it is on its way out; OnHold
    while a case of it is held or under an open matter.
    """
    asker.need("customers.erase")
    with ports.db.write() as tx:
        hold_every_name(tx)  # no batch may meet these accounts while they change hands
        record = store.get(tx.conn, customer_id)
        if record is None:
            raise NotFound(f"There is no customer {customer_id!r}.")
        if record.merged_into is not None:
            raise Conflict(f"This customer was merged into {record.merged_into}: erase that one, and this goes with it.")
        if record.erased_at is not None:
            raise Conflict("This customer was erased before.")
        ids = [record.id, *(r.id for r in lookup.absorbed(tx.conn, record.id))]
        changes.lock(tx, *ids)
        _refuse_held(tx, ids)

        def hide_handle(account: str) -> str:
            return "erased-" + ports.keys.sign("customer.handle", account)[:_HIDDEN_LENGTH]

        accounts = erasing.erase(tx, ids, hide_ref=lambda ref: hidden_ref(ports, ref), hide_handle=hide_handle)
        hidden = {str(a.id): a.handle or "" for a in store.identities_of(tx.conn, record.id)}
        mentions, cases = empty_history(tx, ids, hidden)
        data = {"accounts": len(accounts), "mentions": mentions, "cases": cases}
        tx.append(NewEvent("customer.erased", asker.actor, data, customer=record.id))
        return Erased(record.id, len(accounts), mentions, cases)


def _refuse_held(tx: Transaction, ids: list[CustomerId]) -> None:
    mine = CASE.c.customer_id.in_(ids)
    matter = tx.conn.execute(
        select(MATTER.c.case_id).join(CASE, CASE.c.id == MATTER.c.case_id).where(mine, MATTER.c.state != "closed").limit(1)
    ).scalar()
    held = matter or tx.conn.execute(select(CASE.c.id).where(mine, CASE.c.hold).limit(1)).scalar()
    if held is not None:
        raise OnHold(
            f"Case {held} of this customer is held or under an open matter: what that needs cannot be erased. "
            "Have it decided and closed first."
        )
    outgoing = tx.conn.execute(
        select(REPLY.c.case_id).join(CASE, CASE.c.id == REPLY.c.case_id).where(mine, REPLY.c.state.in_(_OUTGOING)).limit(1)
    ).scalar()
    if outgoing is not None:
        raise Conflict(f"A reply to this customer is on its way out (case {outgoing}): wait until it is sent, or cancel it.")
