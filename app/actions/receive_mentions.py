"""Understand accepted mentions: store, judge, find the customer, open or extend the case, score, decide, start the clocks.

One transaction for a batch; the intake rows leave the queue in it, so a crash before the commit leaves them waiting and a
second run finds nothing done. A batch that raises is retried one by one by ``jobs.intake``; see ``park_mention``.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from app.actions.decide_again import decide_again
from app.actions.receiving.batch import Incoming, read, sort
from app.actions.receiving.gather import gather
from app.actions.receiving.work import work
from app.actions.receiving.write import write
from app.cases import store as cases
from app.core.events import Actor, NewEvent
from app.customers import store as customers
from app.engine import intake_queue
from app.engine.database import Transaction
from app.engine.intake_queue import Waiting
from app.engine.ports import Ports
from app.judgement.desk import Desk, desk_of, lexicon_of
from app.judgement.judging import excerpt, facts_of, gathered, scored
from app.mentions import store as mentions
from app.mentions.model import Known


@dataclass(frozen=True, slots=True)
class Received:
    """How many of the batch were new, edits, deletions, and said nothing new."""

    new: int
    edited: int
    deleted: int
    nothing: int


def receive_mentions(ports: Ports, rows: Sequence[Waiting]) -> Received:
    """Process a batch of the intake queue; raises what any of its mentions raises, and then has done nothing."""
    incoming = read(rows, lexicon_of(ports))
    window = timedelta(minutes=ports.settings.earshot_join_minutes)
    with ports.db.write() as tx:
        desk = desk_of(ports, tx.conn)
        batch = sort(incoming, mentions.known(tx.conn, [i.source for i in incoming]))
        found = gather(tx, batch.new, window)
        worked = [work(item, item.judgement, found, desk, tx.now, window, tx.new_id) for item in batch.new if item.judgement is not None]
        write(tx, ports, worked, found, desk)
        for item, known in batch.edited:
            _edit(tx, item, known, desk)
        for _, known in batch.deleted:
            _delete(tx, known)
        intake_queue.remove(tx, [row.id for row in rows])
    return Received(len(worked), len(batch.edited), len(batch.deleted), batch.nothing)


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
    case = cases.get(tx.conn, known.case_id)
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
        changed,
        customer,
        desk,
        tx.now,
        trigger="mention.edited",
        actor="customer",
        text=m.text,
        kind=m.kind,
        has_media=bool(m.media),
        thread_size=1,
    )
    changed, _ = scored(changed, facts, desk, tx.now)
    actor = Actor("customer", case.identity_id)
    tx.append(
        NewEvent("mention.edited", actor, {"revision": known.revision + 1}, case=case.id, customer=case.customer_id, mention=known.id)
    )
    decide_again(tx, desk, case, changed, replace(facts, score=changed.score, band=changed.band), known.id)


def _delete(tx: Transaction, known: Known) -> None:
    """Mark it deleted at the source; the text stays for the record and nothing is answered to it."""
    if mentions.mark_deleted(tx, known.id, tx.now):
        case = cases.get(tx.conn, known.case_id)
        cases.change(tx, case.id)
        actor = Actor("customer", case.identity_id)
        tx.append(NewEvent("mention.deleted", actor, {}, case=case.id, customer=case.customer_id, mention=known.id))
