"""A desk that is full: so many cases made by the database itself, copied from cases that the pipeline made.

Indexes are taken away while it fills and made again at the end, which is many times quicker. The desk must be closed meanwhile.
Closed cases are slim (no terms, no signals): nothing reads them, they only have to be there.
"""

import sqlite3
from pathlib import Path
from typing import Final

import psycopg
from sqlalchemy import Dialect
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.schema import CreateIndex, DropIndex

from app.actions.accept_mentions import Delivery, accept_mentions
from app.actions.receive_mentions import receive_mentions
from app.cases.tables import CASE
from app.engine import intake_queue
from app.engine.ports import Ports
from bench.texts import texts

PATTERNS: Final = 200
SPREAD_SECONDS: Final = 2 * 24 * 3600
_ONE_IN_LATE: Final = 50
_ONE_IN_HELD: Final = 60  # of those, by people: see _HOLDERS
_HOLDERS: Final = 200
_SERIES: Final = "WITH RECURSIVE series(n) AS (SELECT CAST(0 AS bigint) UNION ALL SELECT n + 1 FROM series WHERE n + 1 < {count})"


def patterns(ports: Ports) -> None:
    """Cases by the pipeline itself, of which all others are copies."""
    accept_mentions(ports, [Delivery("bench", texts(PATTERNS).mentions)])
    with ports.db.write() as tx:
        rows = intake_queue.waiting(tx.conn, ports.clock.now(), PATTERNS)
    receive_mentions(ports, rows)


def fill(url: str, *, opened: int, closed: int = 0) -> None:
    """Copies of the cases there are, spread over two days of arrivals; closed ones over earlier ones. Nobody else may be connected."""
    if url.startswith("postgresql"):
        _fill_postgresql(url, opened, closed)
    else:
        _fill_sqlite(Path(url.removeprefix("sqlite:///")), opened, closed)


def _fill_sqlite(path: Path, opened: int, closed: int) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    for pragma in ("journal_mode=OFF", "synchronous=OFF", "cache_size=-262144", "temp_store=FILE", "threads=2"):
        connection.execute(f"PRAGMA {pragma}")
    for statement in _statements(opened, closed, ago="strftime('%Y-%m-%d %H:%M:%f', {moment}, '-' || ({seconds}) || ' seconds') || '000'"):
        connection.execute(statement)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.close()


def _fill_postgresql(url: str, opened: int, closed: int) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        for setting in ("synchronous_commit = off", "maintenance_work_mem = '512MB'", "work_mem = '256MB'"):
            connection.execute(f"SET {setting}".encode())
        for statement in _statements(opened, closed, ago="{moment} - make_interval(secs => {seconds})"):
            connection.execute(statement.encode())
        # As the server itself would have done in time: otherwise the visits would be measured beside it.
        connection.execute("VACUUM")
        connection.execute("CHECKPOINT")


def _statements(opened: int, closed: int, *, ago: str) -> list[str]:
    dialect: Dialect = PGDialect_psycopg() if "make_interval" in ago else SQLiteDialect_pysqlite()  # type: ignore[no-untyped-call]  # not typed by SQLAlchemy
    indexes = sorted(CASE.indexes, key=lambda index: str(index.name))
    return [
        *(str(DropIndex(index).compile(dialect=dialect)) for index in indexes),
        "CREATE TEMP TABLE pattern AS SELECT row_number() OVER (ORDER BY id) - 1 AS place, * FROM \"case\" WHERE state = 'open'",
        _copies(opened, ago, closed=False),
        *([_copies(closed, ago, closed=True)] if closed else []),
        "DROP TABLE pattern",
        *(str(CreateIndex(index).compile(dialect=dialect)) for index in indexes),
        "ANALYZE",
    ]


def _copies(count: int, ago: str, *, closed: bool) -> str:
    """One INSERT of so many copies. Seconds ago step through the span by a stride without a common factor, so that neighbours differ."""
    letter, earlier = ("b", SPREAD_SECONDS) if closed else ("c", 0)
    seconds = f"{earlier} + ((n * 7919) % {SPREAD_SECONDS * (30 if closed else 1)})"
    made = {name: f"p.{name}" for name in [column.name for column in CASE.columns]}
    for name in ("opened_at", "updated_at", "last_mention_at", "waiting_since", "due_at"):
        made[name] = ago.format(moment=f"p.{name}", seconds=seconds)
    padded = "substr('00000000000000000' || n, -17)" if "strftime" in ago else "lpad(n::text, 17, '0')"
    made |= {
        "id": f"'00{letter}' || {padded}", "thread_key": f"'{letter}' || {padded}",
        "identity_id": f"'i0{letter}' || {padded}", "customer_id": f"'u0{letter}' || {padded}",
        "rank_at": f"p.rank_at - ({seconds})",
    }  # fmt: skip
    if closed:
        made |= dict.fromkeys(("waiting_since", "due_at", "due_state", "due_metric"), "NULL")
        made |= {"state": "'done'", "disposition": "'answered'", "closed_at": made["updated_at"], "excerpt": "substr(p.excerpt, 1, 60)"}
        made |= {"terms": "'[]'", "signals": "'{}'", "tags": "'[]'", "risk": "'[]'"}
    else:
        holder = f"substr('{'h' * 19}' || (n % {_HOLDERS}), -20)" if "strftime" in ago else f"lpad((n % {_HOLDERS})::text, 20, 'h')"
        made["assignee_id"] = f"CASE WHEN n % {_ONE_IN_HELD} = 0 THEN {holder} END"
        made["assignee_name"] = f"CASE WHEN n % {_ONE_IN_HELD} = 0 THEN 'Holder ' || (n % {_HOLDERS}) END"
        made["due_state"] = f"CASE WHEN n % {_ONE_IN_LATE} = 0 THEN 'breached' ELSE p.due_state END"
    names = ", ".join(made)
    series = _SERIES.format(count=count)
    return (
        f'INSERT INTO "case" ({names}) {series} SELECT {", ".join(made.values())} '  # noqa: S608  # names of our own table, no input
        f"FROM series JOIN pattern p ON p.place = n % (SELECT count(*) FROM pattern)"
    )
