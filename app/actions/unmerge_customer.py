"""Take a merge back: the accounts that moved, all that was said under them before and since, and the fields that were filled.

A second time it is refused, because nothing is merged any more.
"""

from dataclasses import dataclass, replace
from typing import Any, Final

from app.actions.move_history import give_back, show_on_cases
from app.core.asker import Asker
from app.core.errors import Conflict, NotFound
from app.core.events import NewEvent
from app.core.ids import CustomerId
from app.customers import changes, store, value
from app.customers.model import CustomerRecord, Said
from app.customers.said import record_said
from app.engine.locks import hold_every_name
from app.engine.log import of_customers
from app.engine.ports import Ports

_MERGES_LOOKED_AT: Final = 200  # of one customer; merged and parted more often than that, the record counts as gone


@dataclass(frozen=True, slots=True)
class Unmerged:
    """Both sides after the undo."""

    source: CustomerRecord
    target: CustomerRecord


def unmerge_customer(ports: Ports, asker: Asker, *, source_id: str) -> Unmerged:
    """Take back the merge of ``source_id`` into the customer that answers for it.

    A filled field that was changed since stays. Raises NotFound; Conflict when it is not merged, or either side was erased.
    """
    asker.need("customers.edit")
    source_key = CustomerId(source_id)
    with ports.db.write() as tx:
        hold_every_name(tx)  # no batch may meet these accounts while they change hands
        found = store.get(tx.conn, source_id)
        if found is None:
            raise NotFound(f"There is no customer {source_id!r}.")
        if found.merged_into is None:
            raise Conflict("This customer is not merged into another one: there is nothing to take back.")
        target_key = found.merged_into
        both = changes.lock(tx, source_key, target_key)
        source, target = both[source_key], both[target_key]
        if target.merged_into is not None:
            raise Conflict(f"The other customer was itself merged into {target.merged_into} since: take that merge back first.")
        if source.merged_into != target_key or source.erased_at is not None or target.erased_at is not None:
            raise Conflict("One of the two customers was erased or moved meanwhile: the merge cannot be taken back.")
        told = of_customers(tx.conn, [source_key], kinds={"customer.merged"}, limit=_MERGES_LOOKED_AT)
        merge = next((e for e in told if e.data.get("target") == target_key and not e.data.get("undone")), None)
        if merge is None:
            raise Conflict("The record of this merge is no longer kept: it cannot be taken back.")
        accounts = [i.id for i in store.identities_of(tx.conn, target_key) if i.id in set(merge.data["identities"])]
        after = _emptied(source, target, merge.data["filled"])
        thresholds = ports.data.load("priority.yaml", value.load)
        after = replace(
            after, value_tier=value.tier_of(after.tier, after.lifetime_value, thresholds), version=target.version + 1, updated_at=tx.now
        )
        changes.restore(tx, source_key, target_key, accounts)
        changes.save(tx, after)
        changes.reindex(tx, [source_key, target_key])
        give_back(tx, accounts, source)
        record_said(tx, [Said(source_key), Said(target_key)])
        show_on_cases(tx, [after])
        data = {"source": source_key, "target": target_key, "identities": accounts, "undo_of": merge.seq}
        for side in (target_key, source_key):
            tx.append(NewEvent("customer.merged", asker.actor, {**data, "undone": True}, customer=side))
        both = changes.lock(tx, source_key, target_key)
        return Unmerged(both[source_key], both[target_key])


def _emptied(source: CustomerRecord, target: CustomerRecord, filled: dict[str, Any]) -> CustomerRecord:
    """The target without what it took from the source, where it still is what it took."""
    back: dict[str, Any] = {}
    for name, before in filled.items():
        if name == "segments":
            back[name] = tuple(s for s in target.segments if s not in before)
        elif name == "custom":
            back[name] = {k: v for k, v in target.custom.items() if k not in before or source.custom.get(k) != v}
        elif name == "known":
            back[name] = target.ref is not None
        elif getattr(target, name) == getattr(source, name):
            back[name] = "" if name in ("name", "currency") else before
    return replace(target, **back)
