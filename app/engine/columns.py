"""Column types and names every table shares: UTC moments, JSON, short ids, and the naming of constraints."""

import json
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import CheckConstraint, DateTime, Dialect, String, Table, Text, TypeDecorator
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import SQLModel

# Set before the first table so that every constraint can be altered by name later.
SQLModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

_SQLITE_FORM_LENGTH = 26
# Made once: json.dumps makes an encoder for every call that asks for another form than its own, and every mention stores six values.
_COMPACT: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_EMPTY: Final[dict[type, str]] = {dict: "{}", list: "[]", tuple: "[]"}


class UtcDateTime(TypeDecorator[datetime]):
    """An aware moment in UTC. SQLite keeps ``2026-02-24 19:35:52.000000`` (sorts as text), PostgreSQL timestamptz.

    A naive datetime is refused with ValueError.
    """

    impl = String(_SQLITE_FORM_LENGTH)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        """timestamptz on PostgreSQL, fixed-width text elsewhere."""
        return dialect.type_descriptor(DateTime(timezone=True) if dialect.name == "postgresql" else String(_SQLITE_FORM_LENGTH))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """Aware datetime to its stored form."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive datetime cannot be stored: take it from the clock port")
        at = value if value.tzinfo is UTC else value.astimezone(UTC)
        return at if dialect.name == "postgresql" else at.isoformat(" ", "microseconds")[:_SQLITE_FORM_LENGTH]

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Stored form to aware datetime in UTC."""
        return as_moment(value)


def as_moment(value: Any) -> datetime | None:
    """The aware moment in UTC of what either database stores."""
    if value is None:
        return None
    return value.astimezone(UTC) if isinstance(value, datetime) else datetime.fromisoformat(value).replace(tzinfo=UTC)


class Json(TypeDecorator[Any]):
    """A JSON value: compact text on SQLite, jsonb on PostgreSQL. NUL characters, which jsonb refuses, never reach it."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        """jsonb on PostgreSQL, text elsewhere."""
        return dialect.type_descriptor(JSONB() if dialect.name == "postgresql" else Text())

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        """Value to its stored form."""
        if value is None or dialect.name == "postgresql":
            return value
        return _COMPACT(value) if value or value.__class__ not in _EMPTY else _EMPTY[value.__class__]

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        """Stored form to value."""
        if value is None or dialect.name == "postgresql":
            return value
        return json.loads(value)


def one_of(column: str, values: tuple[str, ...]) -> CheckConstraint:
    """A CHECK that the column holds one of the words."""
    words = ", ".join(f"'{v}'" for v in values)
    return CheckConstraint(f"{column} IN ({words})", name=f"{column}_word")


def table_of(model: type[SQLModel]) -> Table:
    """The SQLAlchemy table behind a SQLModel class, for Core statements."""
    table = SQLModel.metadata.tables[str(model.__tablename__)]
    return table
