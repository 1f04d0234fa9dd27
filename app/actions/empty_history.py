"""Empty what an erased customer wrote and what was written to and about them; times, figures and decisions stay.

Part of ``erase_customer``, in its transaction.
"""

from typing import Any, Final

from sqlalchemy import bindparam, delete, or_, select, update

from app.cases.tables import CASE, DRAFT, NOTE, REPLY, SKIP
from app.channels.tables import ECHO_POST, WEBHOOK_CALL
from app.core.events import PERSONAL_KEYS
from app.core.ids import CustomerId
from app.engine.columns import table_of
from app.engine.database import Transaction
from app.engine.log import EVENT
from app.mentions.tables import MENTION, REVISION
from app.routing import store_repeats
from app.routing.tables import DecisionRow

ERASED_TEXT: Final = "[erased]"
DECISION: Final = table_of(DecisionRow)
_EMPTY_MENTION: Final = (
    update(MENTION)
    .where(MENTION.c.id == bindparam("at_id"))
    .values(
        text=ERASED_TEXT, url=None, content_warning=None, author_handle=bindparam("to_handle"), author_name="", media=[], raw={},
        judgement=bindparam("to_judgement"),
    )
)  # fmt: skip
_EMPTY_CASE: Final = (
    update(CASE)
    .where(CASE.c.id == bindparam("at_id"))
    .values(author_handle=bindparam("to_handle"), author_name="", customer_name=None, excerpt=ERASED_TEXT, tier=None, value=None, terms=[])
)
_EMPTY_FACTS: Final[dict[str, Any]] = {"text": ERASED_TEXT, "handle": "", "segments": [], "custom": {}, "value": None, "tier": None}
_EMPTY_DECISION: Final = (
    update(DECISION).where(DECISION.c.id == bindparam("at_id")).values(facts=bindparam("to_facts"), trace=bindparam("to_trace"))
)
_EMPTY_EVENT: Final = update(EVENT).where(EVENT.c.seq == bindparam("at_seq")).values(data=bindparam("to_data"))


def empty_history(tx: Transaction, ids: list[CustomerId], hidden: dict[str, str]) -> tuple[int, int]:
    """Empty mentions, cases and events of these customers; ``hidden`` gives what stands for each account.

    Returns how many mentions and cases there were.
    """
    mentions, cases = _mentions(tx, ids, hidden), _cases(tx, ids, hidden)
    _events(tx, ids)
    return mentions, cases


def _mentions(tx: Transaction, ids: list[CustomerId], hidden: dict[str, str]) -> int:
    mine = MENTION.c.customer_id.in_(ids)
    rows = tx.conn.execute(select(MENTION.c.id, MENTION.c.identity_id, MENTION.c.judgement).where(mine).order_by(MENTION.c.id)).all()
    if rows:
        tx.conn.execute(delete(REVISION).where(REVISION.c.mention_id.in_(select(MENTION.c.id).where(mine))))
        # The marks quote the words of the text; the figures beside them are no one's.
        emptied = [{"at_id": r.id, "to_handle": hidden.get(r.identity_id, ""), "to_judgement": {**r.judgement, "marks": []}} for r in rows]
        tx.conn.execute(_EMPTY_MENTION, emptied)
    return len(rows)


def _cases(tx: Transaction, ids: list[CustomerId], hidden: dict[str, str]) -> int:
    mine = or_(CASE.c.customer_id.in_(ids), CASE.c.identity_id.in_(sorted(hidden)))
    rows = tx.conn.execute(select(CASE.c.id, CASE.c.identity_id).where(mine).order_by(CASE.c.id)).all()
    if rows:
        tx.conn.execute(_EMPTY_CASE, [{"at_id": r.id, "to_handle": hidden.get(r.identity_id, "")} for r in rows])
        of_mine = select(CASE.c.id).where(mine)
        tx.conn.execute(update(NOTE).where(NOTE.c.case_id.in_(of_mine)).values(text=ERASED_TEXT))
        tx.conn.execute(update(REPLY).where(REPLY.c.case_id.in_(of_mine)).values(text=ERASED_TEXT, url=None, error=None))
        replies = select(REPLY.c.id).where(REPLY.c.case_id.in_(of_mine))
        tx.conn.execute(update(ECHO_POST).where(ECHO_POST.c.reply_id.in_(replies)).values(text=ERASED_TEXT, author_handle=""))
        tx.conn.execute(delete(DRAFT).where(DRAFT.c.case_id.in_(of_mine)))
        tx.conn.execute(delete(WEBHOOK_CALL).where(WEBHOOK_CALL.c.case_id.in_(of_mine)))
        tx.conn.execute(delete(SKIP).where(SKIP.c.case_id.in_(of_mine)))
        _decisions(tx, [r.id for r in rows])
        store_repeats.forget(tx, [r.id for r in rows])
    return len(rows)


def _decisions(tx: Transaction, cases: list[str]) -> None:
    """What the rules saw of the person goes; which rules fired, on what figures, stays, so that figures over time still add up."""
    rows = tx.conn.execute(select(DECISION.c.id, DECISION.c.facts, DECISION.c.trace).where(DECISION.c.case_id.in_(cases))).all()
    if rows:
        emptied = [
            {"at_id": r.id, "to_facts": r.facts | _EMPTY_FACTS, "to_trace": [line | {"because": ""} for line in r.trace]} for r in rows
        ]
        tx.conn.execute(_EMPTY_DECISION, emptied)


def _events(tx: Transaction, ids: list[CustomerId]) -> None:
    """What quotes a person goes; kind, time, actor and figures stay."""
    tx.conn.execute(update(EVENT).where(EVENT.c.customer_id.in_(ids), EVENT.c.actor_kind == "customer").values(actor_name=""))
    rows = tx.conn.execute(select(EVENT.c.seq, EVENT.c.data).where(EVENT.c.customer_id.in_(ids)).order_by(EVENT.c.seq)).all()
    emptied: list[dict[str, Any]] = [
        {"at_seq": r.seq, "to_data": {k: v for k, v in r.data.items() if k not in PERSONAL_KEYS}}
        for r in rows
        if PERSONAL_KEYS & r.data.keys()
    ]
    if emptied:
        tx.conn.execute(_EMPTY_EVENT, emptied)
