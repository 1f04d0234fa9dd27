"""Many rows in one statement, bound and read in plain loops: what the pipeline writes and reads for every mention.

SQLAlchemy's own executemany asks for each parameter of each row by name, and its rows convert each value through a wrapper; with
tables of thirty to seventy columns that cost more than judging the texts. The statement and the columns' types are still
SQLAlchemy's, so both databases get what they always got. Not for tables whose columns have Python-side defaults: none is
filled in here, and none of ours has any.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from itertools import chain
from typing import Any, Final

from sqlalchemy import Connection, Date, Delete, Dialect, Executable, Float, Insert, Numeric, Select, String, TypeDecorator, Update
from sqlalchemy.sql.dml import ReturningDelete
from sqlalchemy.sql.type_api import TypeEngine

from app.engine.among import Given
from app.engine.columns import Json, UtcDateTime, json_text, utc_text

_BOUND: Final = re.compile(r"%\((\w+)\)s")
_TOGETHER: Final = 10  # rows of one insert on SQLite, which then prepares a third less for each; more gains nothing
_POSTGRESQL_NUMERIC: Final = 1700  # asked for by the type of exact numbers alone: in which of the server's forms they come

Values = tuple[Any, ...]
Converter = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class _Compiled:
    """``order`` says which given value stands where; None where they stand in the order of the statement already.

    ``constants`` are the values written in the statement itself; they stand after the given ones. ``several`` is the same insert for
    ``_TOGETHER`` rows.
    """

    sql: str
    positional: bool
    names: tuple[str, ...]
    constants: Values
    order: tuple[int, ...] | None
    binders: tuple[tuple[int, Converter], ...]
    all_at_once: str | None
    several: str | None
    changes: bool
    spelt: tuple[tuple[int, Converter], ...]
    readers: tuple[tuple[int, Converter], ...]


def insert_rows(
    conn: Connection, statement: Insert | Update | Delete, names: tuple[str, ...], rows: Iterable[Values], *, distinct: bool = False
) -> int:
    """Run ``statement``, an insert or what goes with it, for every row, its values in the order of ``names``; nothing is run for no rows.

    ``statement`` is built once, at a module's top, because it is compiled once. Returns how many rows were written, as the
    driver counts them: right on SQLite, not to be relied on for ON CONFLICT on PostgreSQL. There an insert is one statement
    whatever the number of rows, handed over as one JSON text; an update, or an insert that changes rows in conflict, stays a
    statement a row unless the caller vouches, by ``distinct``, that no row is meant twice.
    """
    compiled = _compiled(conn.dialect, statement, names)
    if compiled.all_at_once is not None and (distinct or not compiled.changes):
        written = [dict(zip(names, row, strict=True)) for row in _converted(compiled.spelt, list(zip(*rows, strict=True)))]
        return _run(conn, compiled.all_at_once, {"rows": json_text(written)}).rowcount if written else 0
    bound = _bound(compiled, rows)
    if not bound:
        return 0
    count = 0
    if compiled.several is not None and len(bound) >= _TOGETHER:
        full = len(bound) - len(bound) % _TOGETHER
        together = [tuple(chain.from_iterable(bound[at : at + _TOGETHER])) for at in range(0, full, _TOGETHER)]
        count, bound = _run(conn, compiled.several, together if len(together) > 1 else together[0]).rowcount, bound[full:]
    if bound:
        given: Any = bound if compiled.positional else [dict(zip(compiled.names, row, strict=True)) for row in bound]
        count += _run(conn, compiled.sql, given if len(bound) > 1 else given[0]).rowcount
    return count


def read_rows(conn: Connection, statement: Select[Any] | ReturningDelete[*tuple[Any, ...]], values: Mapping[str, Any]) -> list[Values]:
    """The rows of ``statement``, built once, as plain tuples of the columns' values; of a delete those it returns. Lists to look among are
    asked for with ``among``."""
    compiled = _compiled(conn.dialect, statement, tuple(values))
    given = _bound(compiled, [tuple(values.values())])[0]
    cursor = _run(conn, compiled.sql, given if compiled.positional else dict(zip(compiled.names, given, strict=True)))
    try:
        rows = cursor.fetchall()  # SQLite reads on here, and may fail here
    except Exception as error:
        conn._handle_dbapi_exception(error, compiled.sql, None, cursor, None)
    cursor.close()
    return _converted(compiled.readers, list(zip(*rows, strict=True)))


def _run(conn: Connection, sql: str, given: Any) -> Any:
    """The driver's cursor after the statement, run for one row's values or for each of a list of them.

    Past SQLAlchemy's execution, whose context and result cost more than most of these statements: a batch of one mention runs thirty.
    Its errors are raised as SQLAlchemy raises them, so that an outage is told from a fault as everywhere.
    """
    if not conn.in_transaction():
        conn.begin()
    cursor = conn.connection.cursor()
    try:
        for listener in conn.dispatch.before_cursor_execute:  # whoever counts or traces statements sees these too
            listener(conn, cursor, sql, given, None, isinstance(given, list))
        if isinstance(given, list):
            cursor.executemany(sql, given)
        else:
            cursor.execute(sql, given)
    except Exception as error:
        conn._handle_dbapi_exception(error, sql, None, cursor, None)
    return cursor


def _bound(compiled: _Compiled, rows: Iterable[Values]) -> list[Values]:
    rows = list(rows)
    columns: list[Sequence[Any]] = list(zip(*rows, strict=True))
    if rows and compiled.order is not None:
        columns += [(constant,) * len(rows) for constant in compiled.constants]
        columns = [columns[at] for at in compiled.order]
    return _converted(compiled.binders, columns) if columns else [()] * len(rows)


def _converted(converters: Sequence[tuple[int, Converter]], columns: list[Sequence[Any]]) -> list[Values]:
    """Rows of these columns, some of them converted: one comprehension a column is cheaper than one loop a row."""
    if columns:
        for at, convert in converters:
            columns[at] = [None if value is None else convert(value) for value in columns[at]]
    return list(zip(*columns, strict=True))


@lru_cache(maxsize=1_024)  # statements times databases, and the forms of lists that people use
def _compiled(dialect: Dialect, statement: Executable, names: tuple[str, ...]) -> _Compiled:
    keys = list(names) if isinstance(statement, Insert) else None
    compiled: Any = statement.compile(dialect=dialect, column_keys=keys)  # type: ignore[attr-defined]  # all three kinds of it compile
    if "POSTCOMPILE" in str(compiled):
        raise ValueError("an IN list is another statement for every length: ask with among")
    order = tuple(compiled.positiontup or compiled.binds)
    constants = tuple(name for name in compiled.binds if name not in names)
    all_names = (*names, *constants)
    binders = [(at, bind) for at, name in enumerate(order) if (bind := _binder(compiled.binds[name].type, dialect)) is not None]
    columns = statement.exported_columns if isinstance(statement, Select | Delete) else ()
    all_at_once = _all_at_once(compiled, statement, names, dialect) if not compiled.positiontup and not constants else None
    given = [compiled.binds[name].type for name in names] if all_at_once is not None else []
    readers = [(at, read) for at, column in enumerate(columns) if (read := _reader(column.type, dialect)) is not None]
    return _Compiled(
        str(compiled),
        compiled.positiontup is not None,
        order,
        tuple(compiled.binds[name].effective_value for name in constants),
        None if order == names else tuple(all_names.index(name) for name in order),
        tuple(binders),
        all_at_once,
        _several(str(compiled), statement) if compiled.positiontup else None,
        isinstance(statement, Update) or "DO UPDATE" in str(compiled),
        tuple((at, spell) for at, type_ in enumerate(given) if (spell := _spelt_in_json(type_)) is not None),
        tuple(readers),
    )


def _all_at_once(compiled: Any, statement: Executable, names: tuple[str, ...], dialect: Dialect) -> str | None:
    """The statement with all rows in one parameter; None for what is no plain insert of values and no update of the rows with a key."""
    sql, quote = str(compiled), dialect.identifier_preparer.quote
    if not isinstance(statement, Insert | Update) or "RETURNING" in sql:
        return None
    columns = {name: f"{quote(name)} {_stored_as(compiled.binds[name].type, dialect)}" for name in names}
    given = f"json_to_recordset(%(rows)s::json) AS given({', '.join(columns.values())})"
    if isinstance(statement, Insert):
        before, values, after = sql.partition(" VALUES (")
        end = _end_of_values(after)
        order = _BOUND.findall(after[:end])
        if not values or end is None or sorted(order) != sorted(names):
            return None
        picked = ", ".join(f"given.{quote(name)}" for name in order)
        return f"{before} SELECT {picked} FROM {given}{after[end + 1 :]}"  # noqa: S608  # our own names
    before, where, after = sql.partition(" WHERE ")
    if not where or " WHERE " in after:
        return None
    changes, key = (_BOUND.sub(lambda found: f"given.{quote(found[1])}", part) for part in (before, after))
    return f"{changes} FROM {given} WHERE {key}"


def _several(sql: str, statement: Executable) -> str | None:
    """The insert with its row of values repeated; None for what is no plain insert of one row of values."""
    before, values, after = sql.partition(" VALUES (")
    end = _end_of_values(after)
    if not isinstance(statement, Insert) or not values or end is None or "?" in before + after[end:] or "RETURNING" in sql:
        return None
    return f"{before} VALUES {', '.join([f'({after[: end + 1]}'] * _TOGETHER)}{after[end + 1 :]}"


def _end_of_values(sql: str) -> int | None:
    depth = 1
    for at, character in enumerate(sql):
        depth += (character == "(") - (character == ")")
        if depth == 0:
            return at
    return None


def _stored_as(type_: TypeEngine[Any], dialect: Dialect) -> str:
    """The column's type; a text's length and order are the column's own affair."""
    own = type_.dialect_impl(dialect)
    kept = own.impl_instance if isinstance(own, TypeDecorator) else own
    return "text" if isinstance(kept, String) else kept.compile(dialect=dialect)


def _spelt_in_json(type_: TypeEngine[Any]) -> Converter | None:
    """What makes a value one that JSON has, where it is none."""
    if isinstance(type_, UtcDateTime):
        return _moment
    return str if isinstance(type_, Date) or (isinstance(type_, Numeric) and not isinstance(type_, Float)) else None


def _moment(at: datetime) -> str:
    return utc_text(at) + "Z"


def _binder(type_: TypeEngine[Any], dialect: Dialect) -> Converter | None:
    if isinstance(type_, UtcDateTime | Json | Given):
        return type_.plain_bind(dialect)
    return type_.dialect_impl(dialect).bind_processor(dialect)


def _reader(type_: TypeEngine[Any], dialect: Dialect) -> Converter | None:
    if isinstance(type_, UtcDateTime | Json):
        return type_.plain_result(dialect)
    return type_.dialect_impl(dialect).result_processor(dialect, _POSTGRESQL_NUMERIC)
