"""The ledger as people read it: newest first, each event in words with its seal; its verification in words; its rows for a sheet."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, Select, select

from app.core.asker import Asker
from app.core.clock import rfc3339
from app.core.errors import Invalid
from app.core.events import EVENT_KINDS, Event
from app.core.paging import decode_cursor, encode_cursor
from app.engine import ledger, log
from app.engine.ledger_anchor import anchor_path, read_anchor
from app.engine.log import EVENT
from app.engine.ports import Ports
from app.queries.customer_timeline import item_of

PAGE_SIZE: Final = 100
LOOKED_AT: Final = 50_000  # events one page looks through for its filters; what is older is a page further
ACTOR_KINDS: Final = ("agent", "customer", "rule", "timer", "system", "api")
SUBJECTS: Final = tuple(sorted({k.partition(".")[0] for k in EVENT_KINDS}))
COLUMNS: Final = ("seq", "at", "type", "actor kind", "actor", "actor id", "what", "case", "customer", "mention", "cause", "seal")
_SEAL_SHOWN: Final = 12  # characters; the whole seal is in the export
_MORE: Final = {
    "rules.activated": "Rules v{version} in force: {reason}",
    "rules.proposed": "Rules against v{base} wait for a second person: {reason}",
    "rules.declined": "Rules against v{base} were declined or taken back",
    "policy.activated": "Policy {policy} v{version} in force",
    "policy.acknowledged": "Policy {policy} v{version} acknowledged",
    "presence.changed": "Is {presence}",
    "notice.sent": "Notice to {to}",
    "person.updated": "A person's record was changed",
    "session.ended": "Signed out",
    "token.created": "A token with the scope {scope} was made",
    "priority.changed": "Priority {from} → {to}",
    "timer.started": "Timer {timer} of the rule {rule} started",
    "timer.stopped": "Timer {timer} stopped",
    "timer.due": "Timer {timer} of the rule {rule} is due",
    "rules.stopped": "Rules held back: {why}",
    "reply.drafted": "Draft offered by the macro {macro}",
    "intake.parked": "A delivery was parked: {error}",
    "intake.retried": "A parked delivery was run again",
    "levels.changed": "Service levels {version} instead of {before}; open clocks of {cases} cases worked out anew",
    "queue.added": "Queue {title} was made",
    "queue.changed": "The queues were changed in their file",
    "clock.paused": "Clock {metric} paused: {why}",
    "clock.resumed": "Clock {metric} runs again: {why}",
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for. ``kind`` is a subject (``matter``) or a whole kind, ``actor`` a kind of actor or the beginning of a name."""

    kind: str = ""
    actor: str = ""
    case: str = ""


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """One event. ``seal`` is the beginning of its seal, "" while it waits for one."""

    seq: int
    at: datetime
    kind: str
    who: str
    actor_kind: str
    words: str
    case: str | None
    customer: str | None
    seal: str


@dataclass(frozen=True, slots=True)
class AuditPage:
    """One page; ``next`` is the cursor of the following one. ``looked_to`` is the oldest seq that was looked at."""

    rows: tuple[LedgerRow, ...]
    next: str | None
    wanted: Wanted
    kinds: tuple[str, ...]
    actors: tuple[str, ...]
    head: int
    looked_to: int


@dataclass(frozen=True, slots=True)
class VerdictShown:
    """What the verification found, in words."""

    good: bool
    title: str
    words: tuple[str, ...]


def audit(conn: Connection, asker: Asker, wanted: Wanted, *, cursor: str | None = None) -> AuditPage:
    """One page, newest first, at a bounded price. Invalid for a kind that does not exist or a cursor that is not ours."""
    asker.need("audit.read")
    head = log.head(conn)
    before = _before(cursor, head)
    bottom = max(1, before - LOOKED_AT)
    query = _filtered(wanted).where(EVENT.c.seq < before, EVENT.c.seq >= bottom).order_by(EVENT.c.seq.desc()).limit(PAGE_SIZE + 1)
    found = [log.event_of(r) for r in conn.execute(query).mappings()]
    rows = found[:PAGE_SIZE]
    looked_to = rows[-1].seq if len(found) > PAGE_SIZE else bottom
    seals = _seals(conn, [e.seq for e in rows])
    return AuditPage(
        rows=tuple(_row(e, seals.get(e.seq, "")[:_SEAL_SHOWN]) for e in rows),
        next=encode_cursor([looked_to]) if looked_to > 1 else None,
        wanted=wanted,
        kinds=(*SUBJECTS, *sorted(EVENT_KINDS)),
        actors=ACTOR_KINDS,
        head=head,
        looked_to=looked_to,
    )


def verdict(ports: Ports, asker: Asker) -> VerdictShown:
    """Walk the whole chain and say what was found; costs about a second for each 100,000 events."""
    asker.need("audit.read")
    path = anchor_path(ports.settings)
    outside = read_anchor(path) if path is not None else None
    with ports.db.read() as conn:
        found = ledger.verify(conn, ports.keys, (outside,) if outside is not None else ())
    if found.broken_at is not None:
        where = f"The chain breaks at event {found.broken_at:,}: {found.why}."
        return VerdictShown(
            False, "The ledger was tampered with, or is damaged.", (where, f"{found.sealed:,} events before it are intact.")
        )
    words = [f"{found.sealed:,} events stand in one unbroken chain."]
    if found.erased:
        words.append(f"In {found.erased:,} of them words of a customer were emptied; each is explained by an erasure at their request.")
    if found.unsealed:
        words.append(f"{found.unsealed:,} newer events wait for their seal.")
    if found.head is not None:
        words.append(f"Newest seal: {found.head}")
    return VerdictShown(True, "The ledger is intact.", tuple(words))


def sheet(ports: Ports, asker: Asker, wanted: Wanted) -> Iterator[tuple[str, ...]]:
    """Every event asked for, oldest first, as cells under ``COLUMNS``; read in pages, so that its length costs no memory."""
    asker.need("audit.read")
    _filtered(wanted)
    return _cells(ports, wanted)


def _cells(ports: Ports, wanted: Wanted) -> Iterator[tuple[str, ...]]:
    after = 0
    while True:
        with ports.db.read() as conn:
            query = _filtered(wanted).where(EVENT.c.seq > after).order_by(EVENT.c.seq).limit(PAGE_SIZE * 10)
            events = [log.event_of(r) for r in conn.execute(query).mappings()]
            seals = _seals(conn, [e.seq for e in events])
        if not events:
            return
        for e in events:
            row = _row(e, seals.get(e.seq, ""))
            yield (
                str(e.seq), rfc3339(e.at), e.kind, e.actor.kind, row.who, e.actor.id, row.words, e.case or "", e.customer or "",
                e.mention or "", str(e.cause or ""), row.seal,
            )  # fmt: skip
        after = events[-1].seq


def _row(event: Event, seal: str) -> LedgerRow:
    item = item_of(event)
    return LedgerRow(
        event.seq, event.at, event.kind, item.who, event.actor.kind, _words(event, item.words), event.case, event.customer, seal
    )


def _words(event: Event, told: str) -> str:
    form = _MORE.get(event.kind)
    if form is None:
        return told
    try:
        return form.format_map({k: str(v).replace("_", " ") for k, v in event.data.items()}).strip().removesuffix(":")
    except KeyError:  # An older event said less.
        return told


def _filtered(wanted: Wanted) -> Select[tuple[object, ...]]:
    query: Select[tuple[object, ...]] = select(EVENT)
    if wanted.kind in SUBJECTS:
        query = query.where(EVENT.c.kind.in_(sorted(k for k in EVENT_KINDS if k.partition(".")[0] == wanted.kind)))
    elif wanted.kind in EVENT_KINDS:
        query = query.where(EVENT.c.kind == wanted.kind)
    elif wanted.kind:
        raise Invalid(f"{wanted.kind!r} is no kind of event.", errors=[{"loc": ["query", "kind"], "msg": "unknown"}])
    if wanted.actor in ACTOR_KINDS:
        query = query.where(EVENT.c.actor_kind == wanted.actor)
    elif wanted.actor:
        query = query.where(EVENT.c.actor_name.istartswith(wanted.actor, autoescape=True))
    return query.where(EVENT.c.case_id == wanted.case) if wanted.case else query


def _before(cursor: str | None, head: int) -> int:
    if not cursor:
        return head + 1
    (seq,) = decode_cursor(cursor, 1)
    if not isinstance(seq, int):
        raise Invalid("This cursor is not one we gave: start again without it.", errors=[{"loc": ["query", "cursor"], "msg": "unknown"}])
    return seq


def _seals(conn: Connection, seqs: list[int]) -> dict[int, str]:
    rows = conn.execute(select(ledger.SEAL.c.seq, ledger.SEAL.c.hash).where(ledger.SEAL.c.seq.in_(seqs)))
    return {r.seq: r.hash for r in rows}
