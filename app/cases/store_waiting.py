"""The cases that wait for someone: the best are found by an index that holds nothing else, then one is taken in hand.

Finding looks at so many cases of each queue, however many wait. Taking passes over what somebody else has in hand this moment, so
that fifty people who ask at once get fifty cases and none waits for another.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import ColumnElement, Integer, Select, String, and_, bindparam, or_, select, union_all

from app.cases.model import Case
from app.cases.store import case_of
from app.cases.tables import CASE, FREE
from app.core.ids import CaseId, PersonId
from app.engine.database import Snapshot, Transaction

CHOICE: Final = 64  # more people hardly ask in one moment; those who do are given a second look
_ANY: Final = ("und", "en")  # a text whose language nobody could tell, and what everyone here speaks
_C: Final[Any] = CASE.c
_ME: Final = bindparam("me", type_=String())
_OURS: Final = (
    select(CASE)
    .where(
        _C.id.in_(bindparam("ids", expanding=True)),
        _C.state == "open",
        # Not what the same person took by another question of this moment.
        or_(_C.assignee_id.is_(None), and_(_C.assignee_id == _ME, _C.claim_until.is_(None))),
    )
    .order_by(_C.rank_at, _C.id)
    .limit(1)
)
# SQLite, which has one writer, compiles these without the lock.
_HELD: Final = _OURS.with_for_update()
_HELD_IF_FREE: Final = _OURS.with_for_update(skip_locked=True)


def best_for(conn: Snapshot, queues: Sequence[str], languages: Sequence[str], person: PersonId, depth: int) -> list[CaseId]:
    """The open cases that were given to this person unopened or wait in these queues in one of these languages, the best first.

    No languages means any. Looks at the ``depth`` best of each queue and gives no more than ``CHOICE``.
    """
    values: dict[str, Any] = {"me": person, "depth": depth} | {f"queue_{i}": queue for i, queue in enumerate(queues)}
    if languages:
        values["languages"] = sorted({*languages, *_ANY})
    return [CaseId(row.id) for row in conn.execute(_best(len(queues), spoken=bool(languages)), values)]


def first_held(tx: Transaction, ids: Sequence[CaseId], person: PersonId, *, wait: bool) -> Case | None:
    """The best of these that is still free, or given to this person, and is theirs until the transaction ends.

    Passes over what others have in hand, or waits for it; None when nothing is left.
    """
    row = tx.conn.execute(_HELD if wait else _HELD_IF_FREE, {"ids": ids, "me": person}).first()
    return None if row is None else case_of(row)


@lru_cache(maxsize=64)  # as many as there are numbers of queues
def _best(queues: int, *, spoken: bool) -> Select[Any]:
    parts = [_run((_C.assignee_id == _ME, _C.state == "open", _C.claim_until.is_(None)), spoken=False)]
    parts += [_run((FREE, _C.queue == bindparam(f"queue_{i}", type_=String())), spoken=spoken) for i in range(queues)]
    both = union_all(*parts).subquery()
    return select(both.c.id).order_by(both.c.rank_at, both.c.id).limit(CHOICE)


def _run(where: Sequence[ColumnElement[bool]], *, spoken: bool) -> Select[Any]:
    """One run of an index; without a language to tell apart the index alone answers."""
    columns = (_C.id, _C.rank_at, _C.language) if spoken else (_C.id, _C.rank_at)
    run = select(*columns).where(*where).order_by(_C.rank_at, _C.id).limit(bindparam("depth", type_=Integer())).subquery()
    found = select(run.c.id, run.c.rank_at)
    return found.where(run.c.language.in_(bindparam("languages", expanding=True))) if spoken else found
