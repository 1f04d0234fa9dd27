"""Let one customer answer for another who turned out to be the same person. ``unmerge_customer`` takes it back.

The same merge twice: the second is refused, because the source has been merged by then.
"""

from dataclasses import dataclass, replace
from typing import Any, Final

from app.actions.move_history import move_history, show_on_cases
from app.core.asker import Asker
from app.core.errors import Conflict, NotFound
from app.core.ids import CustomerId, IdentityId
from app.customers import changes, news, value
from app.customers.model import CustomerRecord, Said
from app.customers.said import record_said
from app.engine.locks import hold_every_name
from app.engine.ports import Ports

_FILLED: Final = ("name", "email", "phone", "tier", "lifetime_value", "currency", "since", "owner", "consent")


@dataclass(frozen=True, slots=True)
class Merged:
    """Both sides after the merge. ``filled`` names the fields that the target lacked and took from the source."""

    source: CustomerRecord
    target: CustomerRecord
    moved: tuple[IdentityId, ...]
    filled: tuple[str, ...]


def merge_customers(ports: Ports, asker: Asker, *, source_id: str, target_id: str) -> Merged:
    """Merge ``source_id`` into ``target_id``: accounts, cases and mentions move; the target's own fields win, its empty ones are filled.

    Raises NotFound; Conflict when they are one, or either was merged or erased meanwhile.
    """
    asker.need("customers.edit")
    if source_id == target_id:
        raise Conflict("A customer cannot be merged into itself: choose another one.")
    source_key, target_key = CustomerId(source_id), CustomerId(target_id)
    with ports.db.write() as tx:
        hold_every_name(tx)  # no batch may meet these accounts while they change hands
        both = changes.lock(tx, source_key, target_key)
        source, target = _mergeable(both, source_key), _mergeable(both, target_key)
        filled, after = _filled(source, target)
        thresholds = ports.data.load("priority.yaml", value.load)
        after = replace(
            after, value_tier=value.tier_of(after.tier, after.lifetime_value, thresholds), version=target.version + 1, updated_at=tx.now
        )
        moved = changes.absorb(tx, source_key, target_key)
        changes.save(tx, after)
        changes.reindex(tx, [source_key, target_key])
        move_history(tx, source_key, after)
        record_said(tx, [Said(target_key)])
        show_on_cases(tx, [after])
        for event in news.of_merge(source_key, target_key, {"identities": list(moved), "filled": filled, "why": "hand"}, asker.actor):
            tx.append(event)
        both = changes.lock(tx, source_key, target_key)
        return Merged(both[source_key], both[target_key], tuple(moved), tuple(filled))


def _mergeable(both: dict[CustomerId, CustomerRecord], id: CustomerId) -> CustomerRecord:
    record = both.get(id)
    if record is None:
        raise NotFound(f"There is no customer {id!r}.")
    if record.merged_into is not None:
        raise Conflict(f"{record.name or id} was merged into another customer ({record.merged_into}) meanwhile: merge with that one.")
    if record.erased_at is not None:
        raise Conflict("An erased customer cannot be merged.")
    return record


def _filled(source: CustomerRecord, target: CustomerRecord) -> tuple[dict[str, Any], CustomerRecord]:
    """The target with its empty fields taken from the source, and by field what an undo needs to know.

    An amount and its currency go together. A refusal of consent on either side wins.
    """
    taken: dict[str, Any] = {
        n: getattr(source, n) for n in _FILLED if getattr(target, n) in (None, "") and getattr(source, n) not in (None, "")
    }
    if target.lifetime_value is not None or source.lifetime_value is None:
        taken.pop("lifetime_value", None)
        taken.pop("currency", None)
    else:
        taken["currency"] = source.currency
    undo: dict[str, Any] = dict.fromkeys(taken)
    if source.consent is False and target.consent is True:
        taken["consent"], undo["consent"] = False, True
    segments = tuple(s for s in source.segments if s not in target.segments)
    custom = {k: v for k, v in source.custom.items() if k not in target.custom}
    undo |= {n: v for n, v in (("segments", list(segments)), ("custom", sorted(custom))) if v}
    if source.known and not target.known:
        undo["known"] = None
    after = replace(target, **taken, segments=target.segments + segments, custom=custom | target.custom, known=target.known or source.known)
    return undo, after
