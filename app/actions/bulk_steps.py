"""What every act on many cases does: each case in turn within the caller's transaction, as if by itself, and what became of it.

A case that its verb refuses leaves no trace but its reason: the others go on.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final

from app.actions.close_case import close
from app.actions.release_case import assign, move, release
from app.actions.snooze_case import snooze
from app.actions.tag_case import tag
from app.cases import outbox
from app.cases import store as cases
from app.cases import store_bulk as acts
from app.cases.bulk import BulkAct, BulkRow, Standing, after_of, before_of, fate
from app.cases.model import Case, Change
from app.core.asker import Asker
from app.core.errors import DeskError
from app.core.ids import CaseId
from app.engine.database import Transaction
from app.judgement.desk import Desk

MOST_CASES: Final = 500  # of one act: what a person can still look over
AT_ONCE: Final = 50  # cases of one transaction: it keeps other writers waiting no longer than a batch of mentions does
GONE: Final = "it was erased with its customer"
UNDO_FOR: Final = timedelta(minutes=30)  # long enough to notice over a coffee; after that the cases have moved on


def new_act(tx: Transaction, asker: Asker, change: Change | None, ids: Sequence[str]) -> BulkAct:
    """Keep a new act whose cases wait."""
    act = BulkAct(tx.new_id(), change, asker.actor.id, asker.actor.name, tx.now, tx.now + UNDO_FOR)
    acts.add(tx, act, ids)
    return act


def done_to(tx: Transaction, desk: Desk, asker: Asker, act: BulkAct, rows: Sequence[BulkRow]) -> tuple[BulkRow, ...]:
    """Do the act to these of its cases and write what became of each."""
    change, ids, settled = act.change, [row.case for row in rows], list[BulkRow]()
    if change is None:
        return ()
    cases.hold_all(tx, ids)
    found, replies = cases.get_all(tx.conn, ids), outbox.outgoing_of(tx.conn, ids)
    drafts = acts.drafts_on(tx.conn, ids, asker.person_id)
    for row in rows:
        case, reply = found.get(row.case), replies.get(row.case)
        standing = Standing(tx.now, asker.person_id, asker.may("cases.assign"), reply.state if reply else None, drafts.get(row.case, 0))
        made = _done(tx, desk, asker, change, case, standing) if case else BulkRow(row.case, "stays", GONE)
        acts.settle(tx, act.id, made)
        settled.append(made)
    return tuple(settled)


def _done(tx: Transaction, desk: Desk, asker: Asker, change: Change, case: Case, standing: Standing) -> BulkRow:
    expected = fate(change, case, standing)
    if expected.outcome != "moved":
        return BulkRow(case.id, expected.outcome, expected.why)
    refused, after = tried(tx, lambda: _move(tx, desk, asker, change, case.id))
    if after is None:
        return BulkRow(case.id, "stays", refused)
    return BulkRow(case.id, "moved", expected.note, before_of(change.verb, case), after_of(change.verb, after))


def tried(tx: Transaction, move_it: Callable[[], Case]) -> tuple[str, Case | None]:
    """What a verb says of one case: the case after it, or why it refused, with nothing of it written."""
    try:
        with tx.part():
            return "", move_it()
    except DeskError as error:
        return error.detail, None


def _move(tx: Transaction, desk: Desk, asker: Asker, change: Change, id: CaseId) -> Case:
    match change.verb:
        case "assign":
            return assign(tx, asker, id, str(change.person), change.reason, desk=desk)
        case "release":
            return release(tx, asker, id, why=change.reason, desk=desk)
        case "queue":
            return move(tx, asker, id, change.queue)
        case "tag":
            return tag(tx, asker, id, add=change.tags, desk=desk)
        case "untag":
            return tag(tx, asker, id, remove=change.tags, desk=desk)
        case "snooze":
            return snooze(tx, desk, asker, id, change.until or tx.now)
        case "close":
            return close(tx, desk, asker, id, change.disposition, reason=change.reason)


def reset(row: BulkRow, *, undone: bool, why: str = "") -> BulkRow:
    """The row as it stands after the act was taken back on it, or could not be."""
    return replace(row, undone=undone, undone_why=why)
