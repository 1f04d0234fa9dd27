"""Many rows of one table in one statement, bound in one plain loop: what the pipeline writes for every mention.

SQLAlchemy's own executemany asks for each parameter of each row by name; with tables of thirty to seventy columns that cost more
than judging the texts. The statement and the columns' types are still SQLAlchemy's, so both databases get what they always got.
Not for tables whose columns have Python-side defaults: none is filled in here, and none of ours has any.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Dialect, Insert

Values = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class _Compiled:
    """``order`` says which given value stands where; None where they stand in the order of the statement already."""

    sql: str
    positional: bool
    names: tuple[str, ...]
    order: tuple[int, ...] | None
    binders: tuple[tuple[int, Callable[[Any], Any]], ...]


def insert_rows(conn: Connection, statement: Insert, names: tuple[str, ...], rows: Iterable[Values]) -> None:
    """Run ``statement`` for every row, its values in the order of ``names``; nothing is run for no rows.

    ``statement`` is built once, at a module's top, because it is compiled once.
    """
    compiled = _compiled(conn.dialect, statement, names)
    bound = [_bound(compiled, row) for row in rows]
    if not bound:
        return
    if compiled.positional:
        conn.exec_driver_sql(compiled.sql, bound)
    else:
        conn.exec_driver_sql(compiled.sql, [dict(zip(compiled.names, row, strict=True)) for row in bound])


def _bound(compiled: _Compiled, row: Sequence[Any]) -> Values:
    values = list(row) if compiled.order is None else [row[i] for i in compiled.order]
    for at, bind in compiled.binders:
        value = values[at]
        if value is not None:
            values[at] = bind(value)
    return tuple(values)


@lru_cache(maxsize=128)  # statements times databases
def _compiled(dialect: Dialect, statement: Insert, names: tuple[str, ...]) -> _Compiled:
    compiled = statement.compile(dialect=dialect, column_keys=list(names))
    order = tuple(compiled.positiontup or names)
    columns = statement.table.c
    binders = []
    for at, name in enumerate(order):
        bind = columns[name].type.dialect_impl(dialect).bind_processor(dialect)
        if bind is not None:
            binders.append((at, bind))
    return _Compiled(
        str(compiled),
        compiled.positiontup is not None,
        order,
        None if order == names else tuple(names.index(n) for n in order),
        tuple(binders),
    )
