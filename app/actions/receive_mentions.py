"""Understand accepted mentions: store, judge, find the customer, open or extend the case, score, decide, start the clocks.

One transaction for a batch; the intake rows leave the queue in it, so a crash before the commit leaves them waiting and a
second run finds nothing done. A batch that raises is retried one by one by ``jobs.intake``; see ``park_mention``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from app.actions.accept_mentions import key_of_first
from app.actions.ask_rules import ask
from app.actions.follow_score import follow_score
from app.actions.receiving.batch import Incoming, names_of, read, sort
from app.actions.receiving.gather import gather
from app.actions.receiving.work import work_all
from app.actions.receiving.write import write
from app.cases import store as cases
from app.core.errors import Unavailable
from app.core.events import Actor, NewEvent
from app.customers import store as customers
from app.engine import intake_queue, planner
from app.engine.database import Transaction
from app.engine.intake_queue import Waiting
from app.engine.locks import hold_names
from app.engine.ports import Ports
from app.judgement.desk import Desk, desk_of, lexicon_of
from app.judgement.judging import excerpt, facts_of, gathered, scored
from app.mentions import store as mentions
from app.mentions.model import Known
from app.mentions.store import Source


@dataclass(frozen=True, slots=True)
class Received:
    """How many of the batch were new, edits, deletions, and said nothing new."""

    new: int
    edited: int
    deleted: int
    nothing: int


class BatchFailed(Exception):
    """A claimed batch raised and was put back whole; ``rows`` are what it held, the cause says why."""

    def __init__(self, rows: Sequence[Waiting]) -> None:
        super().__init__(f"{len(rows)} mentions could not be taken together")
        self.rows = rows


def receive_waiting(ports: Ports, limit: int) -> int:
    """Claim up to ``limit`` waiting mentions that no other worker has in hand, and process them; how many they were.

    On PostgreSQL the claim is the lock of the transaction that finishes them: a worker that dies gives them back at once. On
    SQLite the rows are read and judged before the transaction, which another process may win: it then finds nothing new in them.
    Raises BatchFailed, from what one of the mentions raised; nothing was done then. Unavailable when the database is.
    """
    rows: Sequence[Waiting] = ()
    try:
        if ports.db.embedded:
            with ports.db.read() as conn:
                rows = intake_queue.waiting(conn, ports.clock.now(), limit)
            if rows:
                receive_mentions(ports, rows)
        else:
            with ports.db.write() as tx:
                rows = intake_queue.claim(tx, limit)
                if rows:
                    _receive(tx, ports, read(rows, lexicon_of(ports)))
    except Unavailable:
        raise
    except Exception as error:
        raise BatchFailed(rows) from error
    if planner.is_due(ports.db, rows):
        planner.look(ports.db)
    return len(rows)


def receive_mentions(ports: Ports, rows: Sequence[Waiting]) -> Received:
    """Process rows of the intake queue that were read before; raises what any of its mentions raises, and then has done nothing.

    Rows that another worker has in hand, or has finished, are left to it.
    """
    incoming = read(rows, lexicon_of(ports))
    with ports.db.write() as tx:
        if not ports.db.embedded:
            ours = intake_queue.claim_again(tx, [row.id for row in rows])
            incoming = [i for i in incoming if i.row.id in ours]
        return _receive(tx, ports, incoming)


def _receive(tx: Transaction, ports: Ports, incoming: Sequence[Incoming]) -> Received:
    window = timedelta(minutes=ports.settings.earshot_join_minutes)
    if not ports.db.embedded:
        hold_names(tx, names_of(incoming))  # before anything is read: what another worker made of the same authors is seen then
    desk = desk_of(ports, tx.conn)
    known = mentions.known(tx.conn, [i.source for i in incoming])
    if not ports.db.embedded:
        incoming = _in_turn(tx, incoming, known)
    batch = sort(incoming, known)
    found = gather(tx, batch.new, window, desk.rules)
    worked = work_all(batch.new, found, desk, tx.now, window, tx.new_id)
    write(tx, ports, worked, found, desk)
    for item, before in batch.edited:
        _edit(tx, item, before, desk)
    for _, before in batch.deleted:
        _delete(tx, before, desk)
    intake_queue.remove(tx, [i.row.id for i in incoming])
    return Received(len(worked), len(batch.edited), len(batch.deleted), batch.nothing)


def _in_turn(tx: Transaction, incoming: Sequence[Incoming], known: Mapping[Source, Known]) -> list[Incoming]:
    """Without the deletions of posts that wait still, in another worker's hands: they are put off until there is something to delete."""
    early = {i.row.id: key_of_first(i.mention) for i in incoming if i.mention.deleted and i.source not in known}
    ahead = intake_queue.ahead(tx.conn, sorted(set(early.values())), [i.row.id for i in incoming])
    off = [id for id, key in early.items() if key in ahead]
    intake_queue.put_off(tx, off)
    return [i for i in incoming if i.row.id not in off]


def _edit(tx: Transaction, item: Incoming, known: Known, desk: Desk) -> None:
    """Keep the earlier text, judge the new one, and let the case follow it; a replying agent must look again."""
    m, judgement = item.mention, item.judgement
    if judgement is None or m.edited_at is None:
        return
    mentions.revise(
        tx,
        known,
        text=m.text,
        edited_at=m.edited_at,
        language=judgement.language,
        sentiment=judgement.sentiment,
        judgement=judgement.as_json(),
    )
    case = cases.held(tx, known.case_id)
    customer = customers.get(tx.conn, case.customer_id)
    changed = replace(
        case, version=case.version + 1, updated_at=tx.now, risk=[*case.risk, *(r for r in judgement.risk if r not in case.risk)],
        signals=gathered(case.signals, judgement),
    )  # fmt: skip
    if known.id == case.last_mention_id:
        changed = replace(
            changed, excerpt=excerpt(m.text), intent=judgement.intent, sentiment=judgement.sentiment,
            sentiment_label=judgement.sentiment_label, wants_answer=judgement.wants_answer,
        )  # fmt: skip
    facts = facts_of(
        changed, customer, desk, tx.now, trigger="mention.edited", actor="customer", text=m.text, kind=m.kind, has_media=bool(m.media),
        thread_size=1,
    )  # fmt: skip
    changed, _ = scored(changed, facts, desk, tx.now)
    actor = Actor("customer", case.identity_id)
    edited = tx.append(
        NewEvent("mention.edited", actor, {"revision": known.revision + 1}, case=case.id, customer=case.customer_id, mention=known.id)
    )
    follow_score(tx, desk, case, changed, actor, cause=edited)
    ask(tx, desk, cases.get(tx.conn, case.id), "mention.edited", actor, cause=edited, before=case, mention=known.id)


def _delete(tx: Transaction, known: Known, desk: Desk) -> None:
    """Mark it deleted at the source; the text stays for the record and nothing is answered to it."""
    if mentions.mark_deleted(tx, known.id, tx.now):
        case = cases.held(tx, known.case_id)
        cases.change(tx, case.id)
        actor = Actor("customer", case.identity_id)
        gone = tx.append(NewEvent("mention.deleted", actor, {}, case=case.id, customer=case.customer_id, mention=known.id))
        ask(tx, desk, cases.get(tx.conn, case.id), "mention.deleted", actor, cause=gone, mention=known.id)
