"""A condition that a column holds one of several given values, as one statement whatever their number."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import ColumnElement, Dialect, Integer, Text, TypeDecorator, bindparam
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.type_api import TypeEngine

from app.engine.columns import json_text


class Given(TypeDecorator[Any]):
    """Several texts or numbers as one parameter: a JSON text on SQLite, an array on PostgreSQL."""

    impl = Text
    cache_ok = True

    def __init__(self, of: TypeEngine[Any]) -> None:
        super().__init__()
        self.of = Integer() if isinstance(of, Integer) else Text()

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        """An array on PostgreSQL, text elsewhere."""
        return dialect.type_descriptor(ARRAY(self.of) if dialect.name == "postgresql" else Text())

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        """The list in the form of the parameter."""
        return self.plain_bind(dialect)(value)

    def plain_bind(self, dialect: Dialect) -> Callable[[Any], Any]:
        """For ``bulk``: what turns the list into what the driver takes."""
        return list if dialect.name == "postgresql" else json_text


class among(ColumnElement[bool]):  # noqa: N801  # reads as what it is in a condition, like the library's own any_ and case
    """A condition: the column is one of those given as the parameter ``name``.

    An IN list is another statement for every length: written anew, and prepared anew by the database. This is always the same one.
    """

    inherit_cache = False

    def __init__(self, column: ColumnElement[Any], name: str) -> None:
        self.column = column
        self.given = bindparam(name, type_=Given(column.type))


@compiles(among)
def _among(element: Any, compiler: Any, **options: Any) -> str:
    column, given = compiler.process(element.column, **options), compiler.process(element.given, **options)
    return f"{column} IN (SELECT value FROM json_each({given}))"  # noqa: S608  # both are the compiler's own words


@compiles(among, "postgresql")
def _among_on_postgresql(element: Any, compiler: Any, **options: Any) -> str:
    return f"{compiler.process(element.column, **options)} = ANY({compiler.process(element.given, **options)})"
