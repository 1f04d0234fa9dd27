"""Insert statements that know ON CONFLICT on both databases, and the partial indexes both understand."""

from typing import Any

from sqlalchemy import Connection, Index, Table, text
from sqlalchemy.dialects.postgresql import Insert as PostgresqlInsert
from sqlalchemy.dialects.sqlite import Insert as SqliteInsert


def insert_for(conn: Connection, table: Table) -> Any:
    """The dialect's own INSERT, which has ``on_conflict_do_nothing`` and ``on_conflict_do_update``.

    Typed Any because the two dialects' classes share those methods but no base that has them.
    """
    return PostgresqlInsert(table) if conn.dialect.name == "postgresql" else SqliteInsert(table)


def partial_index(name: str, *columns: str, where: str, unique: bool = False) -> Index:
    """An index over the rows that satisfy ``where``, the same on SQLite and PostgreSQL."""
    return Index(name, *columns, unique=unique, sqlite_where=text(where), postgresql_where=text(where))
