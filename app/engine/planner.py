"""What PostgreSQL knows of the tables of a young desk.

It plans by how many rows there are and how they differ, and looks for itself once a minute. Until then it takes every table for a few
pages: the posts of a batch are then looked up among all of their network, and a desk whose first minute is a flood slows down with each
mention. So it is told to look when the first hundred have come, and twice more; later it knows by itself.
"""

from collections.abc import Sequence
from typing import Final

from sqlalchemy.exc import DBAPIError

from app.core.errors import Unavailable
from app.engine.database import Database
from app.engine.intake_queue import Waiting
from app.engine.telemetry import log as logger

_LOOKS_AT: Final = (100, 1_000, 10_000)  # numbers of the intake's rows: each is taken by one worker, so nobody looks twice
_TABLES: Final = "SELECT quote_ident(relname) FROM pg_class WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace"


def is_due(db: Database, rows: Sequence[Waiting]) -> bool:
    """Whether it is time to look, now that these rows were taken."""
    if db.embedded or not rows:  # SQLite takes the index with the most columns that are given, which is the right one
        return False
    numbers = [row.id for row in rows]
    first, last = min(numbers), max(numbers)
    return any(first <= number <= last for number in _LOOKS_AT)


def look(db: Database) -> None:
    """Have the database look at its tables: some ten milliseconds, in which nobody waits. What another looks at is left to it.

    Never raises for the database's sake: what was taken is committed already, and it will look for itself.
    """
    try:
        with db.write() as tx:
            tables = [name for (name,) in tx.conn.exec_driver_sql(_TABLES)]
            tx.conn.exec_driver_sql(f"ANALYZE (SKIP_LOCKED) {', '.join(tables)}")
    except (DBAPIError, Unavailable) as error:
        logger.warning("the database could not look at its tables now", error=type(error).__name__)
