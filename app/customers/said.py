"""What customers said, counted on their records: praise, complaints, and the class of author that follows from them."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import bindparam, case, func, select, update

from app.core.ids import CustomerId
from app.customers.classify import Classified, classify
from app.customers.model import Said
from app.customers.tables import CUSTOMER, IDENTITY
from app.engine.among import among
from app.engine.bulk import insert_rows, read_rows
from app.engine.database import Transaction

_COUNT_NAMES: Final = ("at_id", "more_praise", "more_complaints", "to_class")
_HOLD: Final = select(CUSTOMER.c.id).where(among(CUSTOMER.c.id, "ids")).order_by(CUSTOMER.c.id).with_for_update()
_STANDING: Final = (
    select(
        CUSTOMER.c.id, CUSTOMER.c.praise_count, CUSTOMER.c.complaint_count, CUSTOMER.c.author_class,
        func.max(IDENTITY.c.followers).label("reach"), func.max(case((IDENTITY.c.verified, 1), else_=0)).label("ticks"),
    )
    .join_from(CUSTOMER, IDENTITY, IDENTITY.c.customer_id == CUSTOMER.c.id, isouter=True)
    .where(among(CUSTOMER.c.id, "ids"))
    .group_by(CUSTOMER.c.id)
    .order_by(CUSTOMER.c.id)
)  # fmt: skip
_COUNT: Final = (
    update(CUSTOMER)
    .where(CUSTOMER.c.id == bindparam("at_id"))
    .values(
        praise_count=CUSTOMER.c.praise_count + bindparam("more_praise"),
        complaint_count=CUSTOMER.c.complaint_count + bindparam("more_complaints"),
        author_class=bindparam("to_class"),
    )
)


def record_said(tx: Transaction, said: Sequence[Said]) -> dict[CustomerId, Classified]:
    """Count what the batch's mentions add to their authors' records; returns every such customer's class as it is now.

    Two statements, and on PostgreSQL one before them, because an update of many rows takes them in no order of ours. A derived class is no
    event by itself: the caller compares with the record it holds and says so if it matters.
    """
    added: dict[CustomerId, list[int]] = {}
    for s in said:
        counts = added.setdefault(s.customer_id, [0, 0])
        counts[0] += s.praise
        counts[1] += s.complaint
    if not added:
        return {}
    ids = sorted(added)
    if tx.conn.dialect.name == "postgresql":
        read_rows(tx.conn, _HOLD, {"ids": ids})
    classes: dict[CustomerId, Classified] = {}
    changed = []
    for id, praise, complaints, was, reach, ticks in read_rows(tx.conn, _STANDING, {"ids": ids}):
        more_praise, more_complaints = added[id]
        now = classify(praise=praise + more_praise, complaints=complaints + more_complaints, reach=reach, verified=bool(ticks))
        classes[id] = now
        if more_praise or more_complaints or now.author_class != was:
            changed.append((id, more_praise, more_complaints, now.author_class))
    insert_rows(tx.conn, _COUNT, _COUNT_NAMES, changed, distinct=True)
    return classes
