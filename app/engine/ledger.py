"""The ledger: committed events sealed in their order into a chain of keyed hashes, so that no later hand goes unseen.

Each seal is HMAC-SHA256, under the desk's own key for this purpose, of the seal before it and the event in one canonical form.
What a person may ask to have erased (``PERSONAL_KEYS``, the name of a customer) stands in that form only as a keyed hash of its
own: after an erasure the chain still holds, and emptied words are accepted only where a later ``customer.erased`` explains them.
A tail that was cut off leaves a chain that looks whole; the anchor, the newest seal noted elsewhere, gives it away.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC
from typing import Any, Final

from sqlalchemy import Column, Connection, Integer, String, func, insert, select
from sqlmodel import Field, SQLModel

from app.core.events import PERSONAL_KEYS, Event
from app.engine import log, workspace
from app.engine.bulk import insert_rows
from app.engine.columns import Json, table_of
from app.engine.database import Transaction
from app.engine.keys import Keys
from app.engine.locks import hold_names

ANCHOR_NAME: Final = "ledger_head"
_BEFORE_ALL: Final = "earshot ledger 1"  # what the first seal follows; the number is that of the canonical form
_PAGE: Final = 1_000


class SealRow(SQLModel, table=True):
    """The seal of one event. ``hidden`` names the personal keys its data had, ``personal`` is their hash, "" for none."""

    __tablename__ = "seal"
    seq: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    hash: str = Field(sa_column=Column(String(64), nullable=False))
    hidden: list[Any] = Field(sa_column=Column(Json, nullable=False))
    personal: str = Field(sa_column=Column(String(64), nullable=False))


SEAL: Final = table_of(SealRow)
_COLUMNS: Final = ("seq", "hash", "hidden", "personal")
_INSERT: Final = insert(SEAL)


@dataclass(frozen=True, slots=True)
class Anchor:
    """A seal as it was noted: the chain must have it for ever."""

    seq: int
    hash: str

    def __str__(self) -> str:
        return f"{self.seq}:{self.hash}"


@dataclass(frozen=True, slots=True)
class Seal:
    """The seal of one event; see ``SealRow``."""

    seq: int
    hash: str
    hidden: tuple[str, ...]
    personal: str


@dataclass(frozen=True, slots=True)
class Links:
    """Seals that go on from ``after``, the end of the chain when they were made."""

    after: Anchor
    seals: tuple[Seal, ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a walk along the chain found. ``broken_at`` is the seq of the first broken link, ``why`` says what is wrong with it."""

    sealed: int
    unsealed: int
    erased: int
    head: Anchor | None
    broken_at: int | None = None
    why: str = ""


def canonical(event: Event, hidden: Sequence[str], personal: str) -> dict[str, Any]:
    """The event as it is sealed: every column, with the personal part as its hash."""
    return {
        "seq": event.seq,
        "type": event.kind,
        "at": event.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "actor": [event.actor.kind, event.actor.id, "" if event.actor.kind == "customer" else event.actor.name],
        "case": event.case,
        "customer": event.customer,
        "mention": event.mention,
        "cause": event.cause,
        "depth": event.depth,
        "data": {k: v for k, v in event.data.items() if k not in hidden},
        "hidden": list(hidden),
        "personal": personal,
    }


def seal_of(keys: Keys, previous: str, event: Event) -> Seal:
    """The seal of an event that follows the seal with the hash ``previous``."""
    hidden = tuple(sorted(PERSONAL_KEYS & event.data.keys()))
    personal = _personal(keys, event, hidden)
    return Seal(event.seq, _hash(keys, previous, canonical(event, hidden, personal)), hidden, personal)


def next_links(conn: Connection, keys: Keys, limit: int = _PAGE) -> Links:
    """Seals for the oldest unsealed events, at most ``limit``.

    Made from a snapshot, and not where they are written: every writer of SQLite would wait until they are hashed.
    """
    previous = after = _tip(conn)
    seals: list[Seal] = []
    for event in log.read_since(conn, after.seq, limit):
        seals.append(seal_of(keys, previous.hash, event))
        previous = Anchor(event.seq, seals[-1].hash)
    return Links(after, tuple(seals))


def add_links(tx: Transaction, links: Links) -> bool:
    """Write seals; False, and nothing is written, where another process has gone on from the same end meanwhile.

    The anchor moves on only while the chain has it: over a cut tail new seals grow, but the old anchor stays to tell of it.
    """
    hold_names(tx, ["ledger"])
    if _tip(tx.conn) != links.after or not links.seals:
        return False
    insert_rows(tx.conn, _INSERT, _COLUMNS, ((s.seq, s.hash, list(s.hidden), s.personal) for s in links.seals))
    kept = anchor(tx.conn)
    if kept is None or has(tx.conn, kept):
        workspace.put(tx, ANCHOR_NAME, {"seq": links.seals[-1].seq, "hash": links.seals[-1].hash})
    return True


def head(conn: Connection) -> Anchor | None:
    """The newest seal, None before the first."""
    row = conn.execute(select(SEAL.c.seq, SEAL.c.hash).order_by(SEAL.c.seq.desc()).limit(1)).first()
    return None if row is None else Anchor(row.seq, row.hash)


def _tip(conn: Connection) -> Anchor:
    """What the next seal follows."""
    return head(conn) or Anchor(0, _BEFORE_ALL)


def anchor(conn: Connection) -> Anchor | None:
    """The newest seal as the workspace notes it; a note in any other form is an anchor no chain has."""
    kept = workspace.get(conn, ANCHOR_NAME)
    if kept is None:
        return None
    seq, noted = kept.get("seq"), kept.get("hash")
    return Anchor(seq, noted) if isinstance(seq, int) and isinstance(noted, str) else Anchor(0, "")


def has(conn: Connection, noted: Anchor) -> bool:
    """Whether the chain has a noted seal."""
    return conn.execute(select(SEAL.c.hash).where(SEAL.c.seq == noted.seq)).scalar() == noted.hash


def unsealed(conn: Connection) -> int:
    """How many events wait for their seal."""
    last = head(conn)
    return log.head(conn) - (last.seq if last is not None else 0)


def sealed_events(conn: Connection, after: int = 0) -> Iterator[tuple[Event | None, Seal]]:
    """Seals after a seq in order, each with its event (None when it is gone), read in pages."""
    while True:
        rows = conn.execute(select(SEAL).where(SEAL.c.seq > after).order_by(SEAL.c.seq).limit(_PAGE)).all()
        if not rows:
            return
        # Seqs may have been tampered with, so the page of events is bounded by seq and never by count alone.
        events = {e.seq: e for e in log.read_since(conn, after, _PAGE) if e.seq <= rows[-1].seq}
        for row in rows:
            yield events.get(row.seq), Seal(row.seq, row.hash, tuple(row.hidden), row.personal)
        after = rows[-1].seq


def verify(conn: Connection, keys: Keys, anchors: Sequence[Anchor] = ()) -> Verdict:
    """Walk the whole chain, then hold it against its anchors: the workspace's own and those given. Stops at the first broken link."""
    erasures = _erasures(conn)
    last: Anchor | None = None
    count = erased = 0

    def verdict(broken_at: int | None = None, why: str = "") -> Verdict:
        return Verdict(count, max(0, log.head(conn) - (last.seq if last else 0)), erased, last, broken_at, why)

    before_all = conn.execute(select(func.min(log.EVENT.c.seq))).scalar()
    if before_all is not None and before_all < 1:
        return verdict(before_all, "an event stands before the first")
    for event, seal in sealed_events(conn):
        expected = last.seq + 1 if last is not None else 1
        if seal.seq != expected:
            return verdict(expected, "its seal is gone")
        if event is None:
            return verdict(seal.seq, "the event is gone")
        if seal.hash != _hash(keys, last.hash if last is not None else _BEFORE_ALL, canonical(event, seal.hidden, seal.personal)):
            return verdict(seal.seq, "the event or its seal was changed")
        if _personal(keys, event, seal.hidden) != seal.personal:
            if not _is_emptied(event, seal.hidden) or erasures.get(event.customer or "", 0) <= event.seq:
                return verdict(seal.seq, "words of the event were changed, and no erasure explains it")
            erased += 1
        last = Anchor(seal.seq, seal.hash)
        count += 1
    broken_at, why = _end(conn, last.seq if last is not None else 0, (*filter(None, [anchor(conn)]), *anchors))
    return verdict(broken_at, why)


def _end(conn: Connection, last: int, noted: Iterable[Anchor]) -> tuple[int | None, str]:
    """What is wrong behind the last seal: the chain ends before a noted head, or on another one, or the first unsealed event is gone."""
    for one in sorted(noted, key=lambda a: -a.seq):
        if one.seq > last:
            return last + 1, f"the chain was cut: it once reached {one.seq}"
        if not has(conn, one):
            return max(1, one.seq), "the chain is not the one that was noted: its end was replaced"
    first = conn.execute(select(func.min(log.EVENT.c.seq)).where(log.EVENT.c.seq > last)).scalar()
    return (last + 1, "the event is gone") if first is not None and first != last + 1 else (None, "")


def _hash(keys: Keys, previous: str, form: dict[str, Any]) -> str:
    return keys.sign("ledger", previous + _text(form))


def _personal(keys: Keys, event: Event, hidden: Sequence[str]) -> str:
    words = {k: event.data[k] for k in hidden if k in event.data}
    name = event.actor.name if event.actor.kind == "customer" else ""
    return keys.sign("ledger.personal", _text([event.seq, words, name])) if words or name else ""


def _is_emptied(event: Event, hidden: Sequence[str]) -> bool:
    return not (event.actor.kind == "customer" and event.actor.name) and not any(k in event.data for k in hidden)


def _erasures(conn: Connection) -> dict[str, int]:
    """Customers that were erased, and those merged into them, with the seq of the erasure."""
    kinds = ("customer.erased", "customer.merged")
    query = select(log.EVENT.c.seq, log.EVENT.c.kind, log.EVENT.c.customer_id, log.EVENT.c.data).where(log.EVENT.c.kind.in_(kinds))
    erased: dict[str, int] = {}
    into: dict[str, str] = {}
    for row in conn.execute(query.order_by(log.EVENT.c.seq)):
        if row.kind == "customer.erased":
            erased[row.customer_id] = row.seq
        elif isinstance(row.data.get("source"), str) and isinstance(row.data.get("target"), str):
            into[row.data["source"]] = row.data["target"]
    for source in into:
        end, seen = source, {source}
        while end not in erased and end in into and into[end] not in seen:
            end = into[end]
            seen.add(end)
        if end in erased:
            erased.setdefault(source, erased[end])
    return erased


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
