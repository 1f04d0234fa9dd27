"""F14: eight writers whose transactions take their time at random, and a reader that follows the log by its cursor.

A number that is handed out before the commit can come to light after a higher one. The same writers write to a plain serial in the
same run, and the same kind of reader follows that: what it skips shows that the fault was there to be met.
"""

import random
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from sqlalchemy import text

from app.core.events import SYSTEM, NewEvent
from app.engine import log
from app.engine.database import Database
from faults.model import Count, Fault, Place, Row, Scale

WRITERS: Final = 8
LONGEST_SECONDS: Final = 0.01  # that a transaction dawdles, once before and once after it has written
GOAL: Final = "0 skipped, 0 out of order; the plain serial beside it skips some"


def run(place: Place, scale: Scale) -> Row:
    """The log and the plain serial, one after the other on one database."""
    each = scale.of(150, 30)
    with place.site() as site:
        db = site.ports.db
        with db.read() as conn:
            before = log.head(conn)
        read = _followed(lambda cursor: _log_since(db, cursor), before, lambda writer: _append(db, writer, each))
        with db.write() as tx:
            tx.conn.execute(text("CREATE TABLE plain (seq SERIAL PRIMARY KEY, writer INTEGER NOT NULL)"))
        plain = _followed(lambda cursor: _plain_since(db, cursor), 0, lambda writer: _insert(db, writer, each))
        with db.write() as tx:
            tx.conn.execute(text("DROP TABLE plain"))
    expected = WRITERS * each
    skipped, ordered = expected - len(set(read)), read == sorted(read)
    counted: dict[str, Count] = {
        "events": expected, "skipped": skipped, "in order": str(ordered), "plain serial skips": expected - len(set(plain)),
    }  # fmt: skip
    return Row("F14", place.database, counted, GOAL, skipped == 0 and ordered and len(plain) < expected)


def _followed(read: Callable[[int], Sequence[int]], cursor: int, write: Callable[[int], None]) -> list[int]:
    """What a reader of ``seq > cursor`` has seen when all writers are done and it has looked once more."""
    seen: list[int] = []
    done = threading.Event()

    def follow() -> None:
        at, last = cursor, False
        while not last:
            last = done.is_set()
            found = read(at)
            seen.extend(found)
            at = found[-1] if found else at

    reader = threading.Thread(target=follow)
    reader.start()
    try:
        with ThreadPoolExecutor(WRITERS) as pool:
            list(pool.map(write, range(WRITERS)))
    finally:
        done.set()
        reader.join()
    return seen


def _append(db: Database, writer: int, each: int) -> None:
    chance, wait = random.Random(writer), threading.Event()  # the same dawdling every time, not a secret
    for number in range(each):
        with db.write() as tx:
            wait.wait(chance.random() * LONGEST_SECONDS)
            tx.append(NewEvent("presence.changed", SYSTEM, {"writer": writer, "number": number}))
            wait.wait(chance.random() * LONGEST_SECONDS)


def _insert(db: Database, writer: int, each: int) -> None:
    chance, wait = random.Random(writer), threading.Event()  # as above
    for _ in range(each):
        with db.write() as tx:
            wait.wait(chance.random() * LONGEST_SECONDS)
            tx.conn.execute(text("INSERT INTO plain (writer) VALUES (:writer)"), {"writer": writer})
            wait.wait(chance.random() * LONGEST_SECONDS)


def _log_since(db: Database, cursor: int) -> list[int]:
    with db.read() as conn:
        return [event.seq for event in log.read_since(conn, cursor, 10_000)]


def _plain_since(db: Database, cursor: int) -> list[int]:
    with db.read() as conn:
        return list(conn.execute(text("SELECT seq FROM plain WHERE seq > :cursor ORDER BY seq"), {"cursor": cursor}).scalars())


FAULT = Fault("F14", "commits out of order", run, databases=("postgresql",))
