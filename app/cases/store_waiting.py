"""The cases that wait for someone: the best are found by an index that holds nothing else, then one is taken in hand.

Finding looks at so many cases of each queue, however many wait. Taking passes over what somebody else has in hand this moment, so
that fifty people who ask at once get fifty cases and none waits for another.
"""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import ColumnElement, Integer, Select, String, and_, bindparam, func, or_, select, union_all

from app.cases.model import Case
from app.cases.tables import CASE, FREE, SKIP
from app.core.ids import CaseId, PersonId
from app.engine.among import among
from app.engine.bulk import read_rows
from app.engine.database import Snapshot, Transaction

CHOICE: Final = 64  # more people hardly ask in one moment; those who do are given a second look
_ANY: Final = ("und", "en")  # a text whose language nobody could tell, and what everyone here speaks
_C: Final[Any] = CASE.c
_ME: Final = bindparam("me", type_=String())
_PASSED_ON: Final = select(SKIP.c.case_id).where(SKIP.c.person_id == _ME, SKIP.c.until > bindparam("now"))
_COLUMNS: Final = tuple(_C[f.name] for f in fields(Case))
_OURS: Final = and_(_C.state == "open", or_(_C.assignee_id.is_(None), and_(_C.assignee_id == _ME, _C.claim_until.is_(None))))


def best_held(tx: Transaction, queues: Sequence[str], languages: Sequence[str], person: PersonId, depth: int, *, wait: bool) -> Case | None:
    """The best open case that was given to this person unopened or waits in these queues in one of these languages: theirs until the
    transaction ends.

    No languages means any. Without what the person passed on a while ago. Chooses among the ``CHOICE`` best that the ``depth`` best of
    each queue hold; passes over what others have in hand, or waits for it. None when nothing is left.
    """
    values = _values(queues, languages) | {"me": person, "depth": depth, "now": tx.now}
    alone = tx.conn.dialect.name == "sqlite"  # it has one writer, so that nobody has anything else in hand
    found = read_rows(tx.conn, _best(len(queues), spoken=bool(languages), wait=wait, alone=alone), values)
    return Case(*found[0]) if found else None


def better_waits(conn: Snapshot, queues: Sequence[str], languages: Sequence[str], person: PersonId, than: float, now: datetime) -> bool:
    """Whether one with an earlier key than this waits for anybody in these queues that the person could take and did not pass on.

    Each queue's index is read from its best on, up to the first that fits.
    """
    if not queues:
        return False
    values = _values(queues, languages) | {"me": person, "now": now}
    best = conn.execute(_better(len(queues), spoken=bool(languages)), values).scalar()
    return best is not None and best < than


def free_in(conn: Snapshot, wanted: Mapping[str, Sequence[str]], after: tuple[float, str], limit: int) -> list[tuple[float, CaseId]]:
    """Free cases of these queues, each queue in its languages (none: any), the best first, with their keys, from behind ``after`` on."""
    if not wanted:
        return []
    values: dict[str, Any] = {"rank": after[0], "id": after[1], "limit": limit}
    for i, (queue, languages) in enumerate(wanted.items()):
        values |= {f"queue_{i}": queue} | ({f"languages_{i}": sorted({*languages, *_ANY})} if languages else {})
    statement = _free_in(tuple(bool(languages) for languages in wanted.values()))
    return [(row.rank_at, CaseId(row.id)) for row in conn.execute(statement, values)]


@lru_cache(maxsize=64)  # as many as there are numbers of queues, each asked in a way or two
def _best(queues: int, *, spoken: bool, wait: bool, alone: bool) -> Select[Any]:
    """What is chosen from is found in the same statement; whether it is still to be had is asked of each once it is locked."""
    parts = [_run((_C.assignee_id == _ME, _C.state == "open", _C.claim_until.is_(None)), spoken=False)]
    parts += [_run((FREE, _C.queue == bindparam(f"queue_{i}", type_=String())), spoken=spoken) for i in range(queues)]
    both = union_all(*parts).subquery()
    best = select(both).where(both.c.id.not_in(_PASSED_ON)).order_by(both.c.rank_at, both.c.id)
    if alone:  # SQLite would sort the whole rows of all that were found
        return select(*_COLUMNS).where(_C.id == best.with_only_columns(both.c.id).limit(1).scalar_subquery())
    found = best.limit(CHOICE).subquery()
    # In the order of those that were found, so that PostgreSQL reads and locks one after another and ends with the first it gets.
    ours = select(*_COLUMNS).join(found, found.c.id == _C.id).where(_OURS).order_by(found.c.rank_at, found.c.id).limit(1)
    return ours.with_for_update(of=CASE, skip_locked=not wait)


@lru_cache(maxsize=64)
def _better(queues: int, *, spoken: bool) -> Select[Any]:
    """The earliest key of all that fit: each queue's first, read in the order of the index."""
    firsts = []
    for i in range(queues):
        where = [FREE, _C.queue == bindparam(f"queue_{i}", type_=String()), _C.id.not_in(_PASSED_ON)]
        where += [_C.language.in_(bindparam("languages", expanding=True))] if spoken else []
        first = select(_C.rank_at).where(*where).order_by(_C.rank_at, _C.id).limit(1).subquery()
        firsts.append(select(first.c.rank_at))
    return select(func.min(union_all(*firsts).subquery().c.rank_at))


@lru_cache(maxsize=64)  # as many as there are mixtures of queues with and without a language to tell apart
def _free_in(spoken: tuple[bool, ...]) -> Select[Any]:
    behind = or_(_C.rank_at > bindparam("rank"), and_(_C.rank_at == bindparam("rank"), _C.id > bindparam("id")))
    runs = []
    for i, some in enumerate(spoken):
        where = [FREE, _C.queue == bindparam(f"queue_{i}", type_=String()), _C.rank_at >= bindparam("rank"), behind]
        where += [_C.language.in_(bindparam(f"languages_{i}", expanding=True))] if some else []
        run = select(_C.id, _C.rank_at).where(*where).order_by(_C.rank_at, _C.id).limit(bindparam("limit", type_=Integer())).subquery()
        runs.append(select(run.c.id, run.c.rank_at))
    both = union_all(*runs).subquery()
    return select(both.c.id, both.c.rank_at).order_by(both.c.rank_at, both.c.id).limit(bindparam("limit", type_=Integer()))


def _values(queues: Sequence[str], languages: Sequence[str]) -> dict[str, Any]:
    named = {f"queue_{i}": queue for i, queue in enumerate(queues)}
    return named | ({"languages": sorted({*languages, *_ANY})} if languages else {})


def _run(where: Sequence[ColumnElement[bool]], *, spoken: bool) -> Select[Any]:
    """One run of an index; without a language to tell apart the index alone answers."""
    columns = (_C.id, _C.rank_at, _C.language) if spoken else (_C.id, _C.rank_at)
    run = select(*columns).where(*where).order_by(_C.rank_at, _C.id).limit(bindparam("depth", type_=Integer())).subquery()
    found = select(run.c.id, run.c.rank_at)
    return found.where(among(run.c.language, "languages")) if spoken else found
