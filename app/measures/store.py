"""Answers and tallies in the database. What a question costs grows with its window, never with the history before it."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Insert, delete, func, select
from sqlalchemy.dialects import postgresql, sqlite

from app.core.ids import CaseId, PersonId, ReplyId
from app.engine.bulk import insert_rows
from app.engine.database import Counts, Transaction
from app.measures.model import DAILY, TALLIES, Response, Tally
from app.measures.tables import RESPONSE, TALLY

BUCKET: Final = timedelta(minutes=5)
_DAY: Final = timedelta(days=1)
_KEY_LENGTH: Final = 80
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def _adding(statement: sqlite.Insert | postgresql.Insert) -> Insert:
    more = {"n": TALLY.c.n + statement.excluded.n}
    return statement.on_conflict_do_update(index_elements=["name", "bucket", "key"], set_=more)


# Built once, because every mention and every answer runs them.
_ADD: Final = {"sqlite": _adding(sqlite.insert(TALLY)), "postgresql": _adding(postgresql.insert(TALLY))}
# RETURNING tells whether the row is new; psycopg's row count of an insert does not.
_RECORD: Final = {
    "sqlite": sqlite.insert(RESPONSE).on_conflict_do_nothing(index_elements=["reply_id", "metric"]).returning(RESPONSE.c.id),
    "postgresql": postgresql.insert(RESPONSE).on_conflict_do_nothing(index_elements=["reply_id", "metric"]).returning(RESPONSE.c.id),
}


def bucket_of(at: datetime) -> datetime:
    """The start of the five minutes that hold ``at``."""
    return at - (at - _EPOCH) % BUCKET


def day_of(at: datetime) -> datetime:
    """The start of the day of UTC that holds ``at``."""
    return at - (at - _EPOCH) % _DAY


def record_response(tx: Transaction, response: Response) -> bool:
    """Keep an answer's times. The same reply and metric again changes nothing and gives False."""
    values = {
        "id": tx.new_id(),
        "at": response.at,
        "case_id": response.case_id,
        "reply_id": response.reply_id,
        "metric": response.metric,
        "queue": response.queue,
        "network": response.network,
        "band": response.band,
        "tier": response.tier,
        "agent_id": response.agent_id,
        "wall_seconds": response.wall_seconds,
        "business_seconds": response.business_seconds,
        "clock_seconds": response.clock_seconds,
        "target_seconds": response.target_seconds,
        "within": response.within,
    }
    return tx.conn.execute(_RECORD[tx.conn.dialect.name], values).first() is not None


def responses(conn: Connection, metric: str, since: datetime, until: datetime) -> tuple[Response, ...]:
    """Answers of the metric given in [since, until), in order."""
    rows = conn.execute(
        select(RESPONSE)
        .where(RESPONSE.c.metric == metric, RESPONSE.c.at >= since, RESPONSE.c.at < until)
        .order_by(RESPONSE.c.at, RESPONSE.c.id)
    )
    return tuple(
        Response(
            at=r.at,
            case_id=CaseId(r.case_id),
            reply_id=ReplyId(r.reply_id),
            metric=r.metric,
            queue=r.queue,
            network=r.network,
            band=r.band,
            tier=r.tier,
            agent_id=PersonId(r.agent_id),
            wall_seconds=r.wall_seconds,
            business_seconds=r.business_seconds,
            clock_seconds=r.clock_seconds,
            target_seconds=r.target_seconds,
            within=r.within,
        )
        for r in rows
    )


def newest_responses(conn: Connection, metric: str, since: datetime, until: datetime, limit: int) -> tuple[tuple[CaseId, float], ...]:
    """Of the newest answers of the metric given in [since, until), at most ``limit``: the case and the seconds by the wall."""
    query = (
        select(RESPONSE.c.case_id, RESPONSE.c.wall_seconds)
        .where(RESPONSE.c.metric == metric, RESPONSE.c.at >= since, RESPONSE.c.at < until)
        .order_by(RESPONSE.c.at.desc())
        .limit(limit)
    )
    return tuple((CaseId(r.case_id), r.wall_seconds) for r in conn.execute(query))


def add(tx: Transaction, name: str, key: str = "", n: int = 1) -> None:
    """Count ``n`` more in the present bucket. Raises ValueError for a name that is not in ``model.TALLIES``."""
    add_all(tx, {(name, key): n})


def add_all(tx: Transaction, counts: Mapping[tuple[str, str], int], at: datetime | None = None) -> None:
    """Count many (name, key) at once in the bucket of ``at`` (default now). Written in one statement at the end of the transaction."""
    cut = tx.counted.setdefault(_write, Counter())
    bucket, day = bucket_of(at or tx.now), day_of(at or tx.now)
    for (name, key), n in counts.items():
        if name not in TALLIES:
            raise ValueError(f"{name!r} is not in app.measures.model.TALLIES: add it there and to docs/measures.md")
        cut[name, day if name in DAILY else bucket, key[:_KEY_LENGTH]] += n
        if name == "rule_fired":
            cut["rule_fired_daily", day, key[:_KEY_LENGTH]] += n


def _write(tx: Transaction, counted: Counts) -> None:
    # Sorted, so that two transactions on PostgreSQL lock the same rows in the same order.
    rows = [(*row, n) for row, n in sorted(counted.items()) if n]
    insert_rows(tx.conn, _ADD[tx.conn.dialect.name], ("name", "bucket", "key", "n"), rows, distinct=True)


def totals(conn: Connection, names: Collection[str], since: datetime, until: datetime) -> dict[tuple[str, str], int]:
    """Sums by (name, key) over whole buckets: from the one that holds ``since`` to the last that starts before ``until``."""
    query = select(TALLY.c.name, TALLY.c.key, func.sum(TALLY.c.n)).where(*_window(names, since, until)).group_by(TALLY.c.name, TALLY.c.key)
    return {(name, key): int(n) for name, key, n in conn.execute(query)}


def tallies(conn: Connection, names: Collection[str], since: datetime, until: datetime) -> tuple[Tally, ...]:
    """Each bucket's tallies in the same span as ``totals``, in order of time; empty buckets have no row."""
    query = select(TALLY).where(*_window(names, since, until)).order_by(TALLY.c.bucket, TALLY.c.name, TALLY.c.key)
    return tuple(Tally(r.bucket, r.name, r.key, r.n) for r in conn.execute(query))


def series(found: Iterable[Tally], since: datetime, until: datetime) -> tuple[int, ...]:
    """The counts of consecutive buckets with zeros where nothing was counted, oldest first; keys and names are summed."""
    counts: Counter[datetime] = Counter()
    for tally in found:
        counts[tally.since] += tally.n
    first, length = bucket_of(since), -((bucket_of(since) - until) // BUCKET)
    return tuple(counts[first + BUCKET * step] for step in range(length))


def forget_before(tx: Transaction, at: datetime) -> int:
    """Drop answers and tallies from before ``at``; returns how many rows went. For retention."""
    gone = tx.conn.execute(delete(RESPONSE).where(RESPONSE.c.at < at)).rowcount
    return gone + tx.conn.execute(delete(TALLY).where(TALLY.c.bucket < at)).rowcount


def _window(names: Collection[str], since: datetime, until: datetime) -> tuple[Any, ...]:
    return (TALLY.c.name.in_(sorted(names)), TALLY.c.bucket >= bucket_of(since), TALLY.c.bucket < until)
