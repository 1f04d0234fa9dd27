"""Make or change one customer by the CRM's own id. The same body twice: the second time nothing changes and no event is left."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from sqlalchemy.exc import IntegrityError

from app.actions.import_customers import carry_out, hidden_ref, planner
from app.core.asker import Asker
from app.core.errors import Conflict, Invalid
from app.core.ids import CustomerId
from app.customers import changes
from app.customers.form import read_form
from app.customers.model import CustomerForm
from app.customers.planning import Refused
from app.engine.locks import hold_every_name
from app.engine.ports import Ports

_ATTEMPTS: Final = 3  # PostgreSQL: two first calls for one ref race to its unique index; the loser then finds the winner's row


@dataclass(frozen=True, slots=True)
class Upserted:
    """What became of it; ``version`` grows with every change."""

    customer_id: CustomerId
    outcome: Literal["created", "updated", "unchanged"]
    version: int
    changed: tuple[str, ...]


def upsert_customer(ports: Ports, asker: Asker, ref: str, body: Mapping[str, Any]) -> Upserted:
    """Make or change the customer with this ref.

    ``body`` holds the columns of the import, ``handles`` (a mapping of network to handle, or a list of ``{network, handle?,
    external_id?, instance?}``) and ``custom``; a field left out stays, a field of null is emptied. Raises Invalid that names each
    wrong field, Conflict when an account belongs to another customer or the customer was erased.
    """
    asker.need("customers.edit")
    if "ref" in body and body["ref"] != ref:
        raise Invalid("The ref in the body differs from the one in the address.", errors=[{"loc": ["body", "ref"], "msg": "leave it out"}])
    read = read_form({**body, "ref": ref}, row=1, today=ports.clock.now().date())
    if read.form is None:
        errors = [{"loc": ["body", p.column], "msg": f"{p.problem}; {p.mend}"} for p in read.problems]
        raise Invalid(
            "This customer cannot be taken: " + "; ".join(f"{p.column} {p.problem}, {p.mend}" for p in read.problems) + ".", errors=errors
        )
    for attempt in range(_ATTEMPTS):
        try:
            return _once(ports, asker, read.form)
        except IntegrityError:
            if attempt == _ATTEMPTS - 1:
                raise
    raise AssertionError("unreachable: the last attempt returns or raises")


def _once(ports: Ports, asker: Asker, form: CustomerForm) -> Upserted:
    with ports.db.write() as tx:
        hold_every_name(tx)  # no batch may meet these accounts while they change hands
        stored = changes.load(tx.conn, [form], lambda ref: hidden_ref(ports, ref), lock=True)
        try:
            plan = planner(ports, tx, stored).row(form)
        except Refused as refusal:
            raise Conflict(f"{refusal.column}: {refusal.problem}; {refusal.mend}.") from None
        carry_out(tx, ports, [plan], asker.actor)
        return Upserted(plan.after.id, plan.outcome, plan.after.version, plan.changed)
