"""Insert statements that know ON CONFLICT on both databases, and the partial indexes both understand."""

from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Index, Table, text
from sqlalchemy.dialects.postgresql import Insert as PostgresqlInsert
from sqlalchemy.dialects.sqlite import Insert as SqliteInsert


def insert_for(conn: Connection, table: Table) -> Any:
    """The dialect's own INSERT, which has ``on_conflict_do_nothing`` and ``on_conflict_do_update``.

    Typed Any because the two dialects' classes share those methods but no base that has them.
    """
    return PostgresqlInsert(table) if conn.dialect.name == "postgresql" else SqliteInsert(table)


def insert_or_ignore(conn: Connection, table: Table) -> Any:
    """INSERT that leaves a row alone whose key is there already; built once, since building it costs more than running it."""
    return _or_ignore(conn.dialect.name, table)


def upsert_for(conn: Connection, table: Table, key: tuple[str, ...], changed: tuple[str, ...]) -> Any:
    """INSERT that sets the ``changed`` columns to the given values where a row with this ``key`` is there already; built once."""
    return _upsert(conn.dialect.name, table, key, changed)


@lru_cache(maxsize=256)  # as many as there are tables and forms: two dialects are rarely met in one process
def _or_ignore(dialect: str, table: Table) -> Any:
    # Inline: or it would ask for the number that PostgreSQL gives a row, which nobody reads and for which each row is sent by itself.
    return (PostgresqlInsert(table) if dialect == "postgresql" else SqliteInsert(table)).on_conflict_do_nothing().inline()


@lru_cache(maxsize=256)
def _upsert(dialect: str, table: Table, key: tuple[str, ...], changed: tuple[str, ...]) -> Any:
    statement = PostgresqlInsert(table) if dialect == "postgresql" else SqliteInsert(table)
    return statement.on_conflict_do_update(index_elements=list(key), set_={name: statement.excluded[name] for name in changed})


def partial_index(name: str, *columns: str, where: str, unique: bool = False) -> Index:
    """An index over the rows that satisfy ``where``, the same on SQLite and PostgreSQL."""
    return Index(name, *columns, unique=unique, sqlite_where=text(where), postgresql_where=text(where))
