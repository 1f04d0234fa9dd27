"""What a change of a customer leaves in the log: events that name fields and ids, never a name, an address or a number.

The log is kept for ever and sealed; a customer can be erased. So personal fields appear in it by their names only.
"""

from collections.abc import Iterator
from typing import Any, Final

from app.core.events import Actor, NewEvent
from app.core.ids import CustomerId
from app.customers.model import CustomerRecord
from app.customers.planning import Change

_OPEN_FIELDS: Final = ("tier", "value_tier", "lifetime_value", "currency", "consent", "segments", "author_class", "known")


def of_change(change: Change, actor: Actor) -> Iterator[NewEvent]:
    """The events of one plan: nothing for a row that changes nothing."""
    if change.outcome == "unchanged":
        return
    if change.changed or change.before is None:
        fields = [n for n in change.changed if n != "known"]
        data = {"created": change.outcome == "created", "fields": fields, "changes": _open_changes(change)}
        yield NewEvent("customer.updated", actor, data, customer=change.after.id)
    for identity in (*change.new_identities, *change.confirmed):
        linked = {"identity": identity.id, "network": identity.network, "verified_by": identity.verified_by, "prospect": change.promoted}
        yield NewEvent("customer.linked", actor, linked, customer=change.holder)


def of_merge(source: CustomerId, target: CustomerId, moved: dict[str, Any], actor: Actor) -> list[NewEvent]:
    """The same event on both sides, so that each customer's own timeline shows it. ``moved`` is all that an undo needs."""
    data = {"source": source, "target": target, **moved}
    return [NewEvent("customer.merged", actor, data, customer=target), NewEvent("customer.merged", actor, data, customer=source)]


def _open_changes(change: Change) -> dict[str, list[Any]]:
    before, after = change.before, change.after
    return {n: [_plain(before, n), _plain(after, n)] for n in _OPEN_FIELDS if n in change.changed and _plain(before, n) != _plain(after, n)}


def _plain(record: CustomerRecord | None, name: str) -> Any:
    value = None if record is None else getattr(record, name)
    return list(value) if isinstance(value, tuple) else value
