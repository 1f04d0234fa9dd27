"""The two databases a test runs on: a SQLite file copied for it, or a database of the tests' own PostgreSQL, copied inside it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final, Literal

from sqlalchemy import Connection, event

from app.engine.ports import Ports
from rig.cluster import Cluster

DatabaseName = Literal["sqlite", "postgresql"]
DATABASES: Final[tuple[DatabaseName, ...]] = ("sqlite", "postgresql")
TEMPLATE: Final = "migrated"


@dataclass
class Shelf:
    """Databases of one cluster, made from a template that is filled when first asked for, and numbered."""

    server: Cluster
    fill: Callable[[str], None]
    _made: list[str] = field(default_factory=list)
    _filled: bool = False

    def copy(self) -> str:
        """The address of a fresh copy of the migrated database."""
        if not self._filled:
            self.fill(self.server.database(TEMPLATE))
            self._filled = True
        return self._next(TEMPLATE)

    def blank(self) -> str:
        """The address of a database without tables."""
        return self._next(None)

    def put_back(self, url: str) -> None:
        """Remove a database of this shelf; whoever is still connected is cut off."""
        self.server.drop(url.rpartition("/")[2])

    def _next(self, template: str | None) -> str:
        self._made.append(f"desk_{len(self._made)}")
        return self.server.database(self._made[-1], template)


def scans_a_table(conn: Connection, sql: str) -> bool:
    """Whether the query reads a whole table for want of an index; PostgreSQL, which would for a table so small, is told to avoid it."""
    if conn.dialect.name == "sqlite":
        return any("SCAN" in str(row) for row in conn.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}"))
    conn.exec_driver_sql("SET LOCAL enable_seqscan = off")
    return any("Seq Scan" in str(row) for row in conn.exec_driver_sql(f"EXPLAIN {sql}"))


@contextmanager
def statements(ports: Ports, *, readers: bool = False) -> Iterator[list[str]]:
    """The writers' statements that run meanwhile, and on request the readers', without the BEGIN that SQLite is told."""
    told: list[str] = []

    def tell(_conn: Connection, _cursor: object, statement: str, *_: object) -> None:
        if not (readers and statement.startswith("BEGIN")):
            told.append(statement)

    engines = (ports.db.writer, ports.db.reader) if readers else (ports.db.writer,)
    for engine in engines:
        event.listen(engine, "before_cursor_execute", tell)
    try:
        yield told
    finally:
        for engine in engines:
            event.remove(engine, "before_cursor_execute", tell)
