"""Take mentions in: check each, and put the good ones into the durable intake queue. Accepted means committed.

The second time the same mention is a duplicate and changes nothing. While many wait, what cannot wait is put into a lane of its own.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from app.analysis.triage import cannot_wait
from app.channels.mention_in import MentionIn, parse_mention
from app.core.clock import rfc3339
from app.core.errors import DeskError, Invalid, TooMany
from app.engine import intake_queue
from app.engine.intake_queue import PRESSING_BOUND, Arrival
from app.engine.ports import Ports
from app.engine.telemetry import MENTIONS_ACCEPTED
from app.judgement.desk import lexicon_of
from app.mentions import store as mentions
from app.mentions.model import Known

RETRY_AFTER_SECONDS: Final = 5
TRIAGED_FROM: Final = 200
"""Waiting mentions from which arrivals are looked through for what cannot wait; below it everything is a moment away."""
Status = Literal["accepted", "duplicate", "rejected"]


@dataclass(frozen=True, slots=True)
class Delivery:
    """What one call brought: decoded JSON values, or the sentence for an item that could not be decoded."""

    source: str
    items: Sequence[object]


@dataclass(frozen=True, slots=True)
class Undecodable:
    """An item that was no JSON."""

    error: Invalid


@dataclass(frozen=True, slots=True)
class ItemResult:
    """What became of one item of a call."""

    index: int
    external_id: str | None
    status: Status
    error: dict[str, Any] | None = None


def accept_mentions(ports: Ports, deliveries: Sequence[Delivery]) -> list[tuple[ItemResult, ...] | TooMany]:
    """One answer per delivery, after the commit that holds them all; a full intake answers TooMany and takes nothing of it."""
    parsed = [[_parse(item) for item in delivery.items] for delivery in deliveries]
    good = [item for items in parsed for item in items if isinstance(item, MentionIn)]
    answers: list[tuple[ItemResult, ...] | TooMany] = []
    with ports.db.write() as tx:
        bound = ports.settings.earshot_intake_bound
        waiting = intake_queue.depth(tx.conn, bound + PRESSING_BOUND)
        stored = mentions.known(tx.conn, {(m.network, m.instance, m.external_id) for m in good})
        seen = intake_queue.known_keys(tx.conn, [key_of(m) for m in good])
        rows: list[Arrival] = []
        for delivery, items in zip(deliveries, parsed, strict=True):
            after = waiting + len(rows) + sum(isinstance(i, MentionIn) for i in items)
            if after > bound and (after > bound + PRESSING_BOUND or not _all_pressing(ports, items)):
                answers.append(
                    TooMany(
                        f"The intake holds {waiting:,} waiting mentions, its bound. Send again later.",
                        retry_after_seconds=RETRY_AFTER_SECONDS,
                    )
                )
                continue
            results = []
            for index, item in enumerate(items):
                if isinstance(item, DeskError):
                    results.append(
                        ItemResult(index, _id_of(delivery.items[index]), "rejected", {"detail": item.detail, "errors": item.errors})
                    )
                    continue
                key = key_of(item)
                if key in seen or is_duplicate(item, stored.get((item.network, item.instance, item.external_id))):
                    results.append(ItemResult(index, item.external_id, "duplicate"))
                    continue
                seen.add(key)
                pressing = waiting >= TRIAGED_FROM and cannot_wait(item.text, lexicon_of(ports))
                rows.append(Arrival(key, delivery.source, item.model_dump(mode="json"), pressing))
                results.append(ItemResult(index, item.external_id, "accepted"))
            answers.append(tuple(results))
        intake_queue.put(tx, rows)
    if rows:
        MENTIONS_ACCEPTED.inc(len(rows))
        ports.bus.wake("intake")
    return answers


def _all_pressing(ports: Ports, items: Sequence[MentionIn | DeskError]) -> bool:
    """Whether nothing in a delivery can wait; asked only where the intake is full, and answered at the first that can."""
    return all(isinstance(item, MentionIn) and cannot_wait(item.text, lexicon_of(ports)) for item in items)


def key_of(mention: MentionIn) -> str:
    """What makes a delivery the same: network, instance, external id, and which revision of it."""
    revision = "deleted" if mention.deleted else rfc3339(mention.edited_at) if mention.edited_at else ""
    return key_of_first(mention) + revision


def key_of_first(mention: MentionIn) -> str:
    """The key under which the same post came before any edit or deletion of it."""
    return f"{mention.network}\x1f{mention.instance}\x1f{mention.external_id}\x1f"


def is_duplicate(mention: MentionIn, stored: Known | None) -> bool:
    """Whether a stored mention already says all of this: no new deletion, no later edit with another text."""
    if stored is None:
        return False
    if mention.deleted:
        return stored.deleted
    later = mention.edited_at is not None and (stored.edited_at is None or mention.edited_at > stored.edited_at)
    return not (later and mention.text != stored.text)


def _parse(item: object) -> MentionIn | DeskError:
    if isinstance(item, Undecodable):
        return item.error
    try:
        return parse_mention(item)
    except Invalid as error:
        return error


def _id_of(item: object) -> str | None:
    value = item.get("external_id") if isinstance(item, dict) else None
    return value[:500] if isinstance(value, str) and value.isprintable() else None
