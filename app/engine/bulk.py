"""Many rows in one statement, bound and read in plain loops: what the pipeline writes and reads for every mention.

SQLAlchemy's own executemany asks for each parameter of each row by name, and its rows convert each value through a wrapper; with
tables of thirty to seventy columns that cost more than judging the texts. The statement and the columns' types are still
SQLAlchemy's, so both databases get what they always got. Not for tables whose columns have Python-side defaults: none is
filled in here, and none of ours has any.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import Connection, Dialect, Executable, Insert, Select, Update
from sqlalchemy.engine import CursorResult
from sqlalchemy.sql.type_api import TypeEngine

from app.engine.among import Given
from app.engine.columns import Json, UtcDateTime

_POSTGRESQL_NUMERIC: Final = 1700  # asked for by the type of exact numbers alone: in which of the server's forms they come

Values = tuple[Any, ...]
Converter = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class _Compiled:
    """``order`` says which given value stands where; None where they stand in the order of the statement already.

    ``constants`` are the values written in the statement itself; they stand after the given ones.
    """

    sql: str
    positional: bool
    names: tuple[str, ...]
    constants: Values
    order: tuple[int, ...] | None
    binders: tuple[tuple[int, Converter], ...]
    readers: tuple[tuple[int, Converter], ...]


def insert_rows(conn: Connection, statement: Insert | Update, names: tuple[str, ...], rows: Iterable[Values]) -> int:
    """Run ``statement`` for every row, its values in the order of ``names``; nothing is run for no rows.

    ``statement`` is built once, at a module's top, because it is compiled once. Returns how many rows were written, as the
    driver counts them: right on SQLite, not to be relied on for ON CONFLICT on PostgreSQL.
    """
    compiled = _compiled(conn.dialect, statement, names)
    bound = _bound(compiled, rows)
    if not bound:
        return 0
    given: Any = bound if compiled.positional else [dict(zip(compiled.names, row, strict=True)) for row in bound]
    return conn.exec_driver_sql(compiled.sql, given).rowcount


def read_rows(conn: Connection, statement: Select[Any], values: Mapping[str, Any]) -> list[Values]:
    """The rows of ``statement``, built once, as plain tuples of the columns' values. Lists to look among are asked for with ``among``."""
    compiled = _compiled(conn.dialect, statement, tuple(values))
    given = _bound(compiled, [tuple(values.values())])[0]
    found: CursorResult[Any] = conn.exec_driver_sql(
        compiled.sql, given if compiled.positional else dict(zip(compiled.names, given, strict=True))
    )
    rows = found.cursor.fetchall()
    found.close()
    return _converted(compiled.readers, list(zip(*rows, strict=True)))


def _bound(compiled: _Compiled, rows: Iterable[Values]) -> list[Values]:
    columns: list[Sequence[Any]] = list(zip(*rows, strict=True))
    if columns and compiled.order is not None:
        columns += [(constant,) * len(columns[0]) for constant in compiled.constants]
        columns = [columns[at] for at in compiled.order]
    return _converted(compiled.binders, columns)


def _converted(converters: Sequence[tuple[int, Converter]], columns: list[Sequence[Any]]) -> list[Values]:
    """Rows of these columns, some of them converted: one comprehension a column is cheaper than one loop a row."""
    if columns:
        for at, convert in converters:
            columns[at] = [None if value is None else convert(value) for value in columns[at]]
    return list(zip(*columns, strict=True))


@lru_cache(maxsize=256)  # statements times databases
def _compiled(dialect: Dialect, statement: Executable, names: tuple[str, ...]) -> _Compiled:
    keys = list(names) if isinstance(statement, Insert) else None
    compiled: Any = statement.compile(dialect=dialect, column_keys=keys)  # type: ignore[attr-defined]  # all three kinds of it compile
    order = tuple(compiled.positiontup or compiled.binds)
    constants = tuple(name for name in compiled.binds if name not in names)
    all_names = (*names, *constants)
    binders = [(at, bind) for at, name in enumerate(order) if (bind := _binder(compiled.binds[name].type, dialect)) is not None]
    columns = statement.selected_columns if isinstance(statement, Select) else ()
    readers = [(at, read) for at, column in enumerate(columns) if (read := _reader(column.type, dialect)) is not None]
    return _Compiled(
        str(compiled),
        compiled.positiontup is not None,
        order,
        tuple(compiled.binds[name].effective_value for name in constants),
        None if order == names else tuple(all_names.index(name) for name in order),
        tuple(binders),
        tuple(readers),
    )


def _binder(type_: TypeEngine[Any], dialect: Dialect) -> Converter | None:
    if isinstance(type_, UtcDateTime | Json | Given):
        return type_.plain_bind(dialect)
    return type_.dialect_impl(dialect).bind_processor(dialect)


def _reader(type_: TypeEngine[Any], dialect: Dialect) -> Converter | None:
    if isinstance(type_, UtcDateTime | Json):
        return type_.plain_result(dialect)
    return type_.dialect_impl(dialect).result_processor(dialect, _POSTGRESQL_NUMERIC)
