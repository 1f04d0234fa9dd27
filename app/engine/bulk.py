"""Many rows in one statement, bound and read in plain loops: what the pipeline writes and reads for every mention.

SQLAlchemy's own executemany asks for each parameter of each row by name, and its rows convert each value through a wrapper; with
tables of thirty to seventy columns that cost more than judging the texts. The statement and the columns' types are still
SQLAlchemy's, so both databases get what they always got. Not for tables whose columns have Python-side defaults: none is
filled in here, and none of ours has any.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Dialect, Executable, Insert, Select, Update
from sqlalchemy.engine import CursorResult
from sqlalchemy.sql.type_api import TypeEngine

from app.engine.columns import Json, UtcDateTime

Values = tuple[Any, ...]
Converter = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class _Compiled:
    """``order`` says which given value stands where; None where they stand in the order of the statement already."""

    sql: str
    positional: bool
    names: tuple[str, ...]
    order: tuple[int, ...] | None
    binders: tuple[tuple[int, Converter], ...]
    readers: tuple[tuple[int, Converter], ...]


def insert_rows(conn: Connection, statement: Insert | Update, names: tuple[str, ...], rows: Iterable[Values]) -> None:
    """Run ``statement`` for every row, its values in the order of ``names``; nothing is run for no rows.

    ``statement`` is built once, at a module's top, because it is compiled once.
    """
    compiled = _compiled(conn.dialect, statement, names)
    bound = _converted(compiled.binders, rows, compiled.order)
    if bound:
        conn.exec_driver_sql(compiled.sql, bound if compiled.positional else [dict(zip(compiled.names, row, strict=True)) for row in bound])


def read_rows(conn: Connection, statement: Select[Any], values: Mapping[str, Any]) -> list[Values]:
    """The rows of ``statement``, built once, as plain tuples with the columns' values. Lists to look among go in as ``columns.given``."""
    compiled = _compiled(conn.dialect, statement, tuple(values))
    given = _converted(compiled.binders, [tuple(values.values())], compiled.order)[0]
    found: CursorResult[Any] = conn.exec_driver_sql(
        compiled.sql, given if compiled.positional else dict(zip(compiled.names, given, strict=True))
    )
    rows = found.cursor.fetchall()
    found.close()
    return _converted(compiled.readers, rows, None)


def _converted(converters: Sequence[tuple[int, Converter]], rows: Iterable[Sequence[Any]], order: tuple[int, ...] | None) -> list[Values]:
    """The rows with some columns converted. Column by column, because one comprehension a column is cheaper than one loop a row."""
    columns: list[Sequence[Any]] = list(zip(*rows, strict=True))
    if not columns:
        return []
    if order is not None:
        columns = [columns[at] for at in order]
    for at, convert in converters:
        columns[at] = [None if value is None else convert(value) for value in columns[at]]
    return list(zip(*columns, strict=True))


@lru_cache(maxsize=256)  # statements times databases
def _compiled(dialect: Dialect, statement: Executable, names: tuple[str, ...]) -> _Compiled:
    keys = list(names) if isinstance(statement, Insert) else None
    compiled: Any = statement.compile(dialect=dialect, column_keys=keys)  # type: ignore[attr-defined]  # all three kinds of it compile
    order = tuple(compiled.positiontup or names)
    binders = [(at, bind) for at, name in enumerate(order) if (bind := _binder(compiled.binds[name].type, dialect)) is not None]
    columns = statement.selected_columns if isinstance(statement, Select) else ()
    readers = [(at, read) for at, column in enumerate(columns) if (read := _reader(column.type, dialect)) is not None]
    return _Compiled(
        str(compiled),
        compiled.positiontup is not None,
        order,
        None if order == names else tuple(names.index(n) for n in order),
        tuple(binders),
        tuple(readers),
    )


def _binder(type_: TypeEngine[Any], dialect: Dialect) -> Converter | None:
    if isinstance(type_, UtcDateTime | Json):
        return type_.plain_bind(dialect)
    return type_.dialect_impl(dialect).bind_processor(dialect)


def _reader(type_: TypeEngine[Any], dialect: Dialect) -> Converter | None:
    if isinstance(type_, UtcDateTime | Json):
        return type_.plain_result(dialect)
    return type_.dialect_impl(dialect).result_processor(dialect, None)
