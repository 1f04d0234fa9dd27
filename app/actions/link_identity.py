"""Say that an account on a network is this customer's. Linking it again changes nothing and leaves no event."""

from dataclasses import dataclass, replace

from app.actions.import_customers import carry_out, planner
from app.core.asker import Asker
from app.core.errors import Conflict, NotFound
from app.core.ids import CustomerId, IdentityId
from app.customers import changes, store
from app.customers.form import read_account
from app.customers.model import HandleGiven, IdentityRecord, VerifiedBy, handle_key
from app.customers.planning import Refused
from app.engine.locks import hold_every_name
from app.engine.ports import Ports


@dataclass(frozen=True, slots=True)
class Linked:
    """The account, and the prospects that turned out to be this customer."""

    customer_id: CustomerId
    identity_id: IdentityId
    linked: bool
    absorbed: tuple[CustomerId, ...]


def link_identity(
    ports: Ports,
    asker: Asker,
    customer_id: str,
    *,
    network: str,
    handle: str | None = None,
    external_id: str | None = None,
    instance: str = "",
) -> Linked:
    """Link the account. One that a prospect held brings its history along.

    Raises Invalid (no such form of account), NotFound, Conflict when another customer of the CRM holds the account or this one was
    merged or erased.
    """
    asker.need("customers.edit")
    account = read_account(network=network, handle=handle, external_id=external_id, instance=instance)
    vouched: VerifiedBy = "agent" if asker.actor.kind == "agent" else "api"
    with ports.db.write() as tx:
        hold_every_name(tx)  # no batch may meet these accounts while they change hands
        customer = store.get(tx.conn, customer_id)
        if customer is None:
            raise NotFound(f"There is no customer {customer_id!r}.")
        if customer.erased_at is not None:
            raise Conflict("This customer was erased: an account cannot be linked any more.")
        if customer.merged_into is not None:
            raise Conflict(f"This customer was merged into {customer.merged_into}: link the account there.")
        stored = changes.load_accounts(tx.conn, customer.id, [account])
        try:
            plan = replace(planner(ports, tx, stored), verified_by=vouched).accounts(customer, [account])
        except Refused as refusal:
            raise Conflict(f"{refusal.column}: {refusal.problem}; {refusal.mend}.") from None
        if plan.outcome != "unchanged":
            carry_out(tx, ports, [plan], asker.actor)
        identity = next(i for i in store.identities_of(tx.conn, customer.id) if _is(i, account))
        return Linked(customer.id, identity.id, plan.outcome != "unchanged", plan.absorbed)


def _is(identity: IdentityRecord, account: HandleGiven) -> bool:
    if (identity.network, identity.instance) != (account.network, account.instance):
        return False
    same_id = account.external_id is not None and identity.external_id == account.external_id
    return same_id or (account.handle is not None and identity.handle_key == handle_key(account.handle))
