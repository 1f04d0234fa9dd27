"""Column types and names every table shares: UTC moments, JSON, short ids, and the naming of constraints."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final

import orjson
from pydantic_core import from_json
from sqlalchemy import CheckConstraint, DateTime, Dialect, String, Table, Text, TypeDecorator
from sqlalchemy.dialects.postgresql import JSON
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
_EMPTY: Final[dict[type, str]] = {dict: "{}", list: "[]", tuple: "[]"}  # half of what a case row holds are empty lists
# What orjson would write of itself and the standard library refuses is refused here too.
_STRICT: Final = orjson.OPT_PASSTHROUGH_SUBCLASS | orjson.OPT_PASSTHROUGH_DATACLASS | orjson.OPT_PASSTHROUGH_DATETIME
_MOMENTS_KEPT: Final = 4_096  # a batch writes one moment into a dozen columns of each mention; at the bound the oldest is written anew


@dataclass(frozen=True, slots=True)
class Written:
    """A JSON value that is text already, for what is stored again and again: it stands in a JSON column as the value it spells.

    ``bulk`` alone writes it: to SQLAlchemy's own statements on PostgreSQL it is unknown.
    """

    text: str


def _as_it_is(value: Any) -> orjson.Fragment:
    if value.__class__ is Written:
        return orjson.Fragment(value.text)
    raise TypeError


def _read_back(value: Any) -> Any:
    if value.__class__ is Written:
        return json.loads(value.text)
    raise TypeError(f"Object of type {value.__class__.__name__} is not JSON serializable")


_COMPACT: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=_read_back).encode


def json_text(value: Any) -> str:
    """A value as compact JSON. What orjson does not take (whole numbers beyond 64 bits, keys that are no text) goes the long way."""
    if value.__class__ is Written:
        return str(value.text)
    if not value and value.__class__ in _EMPTY:
        return _EMPTY[value.__class__]
    try:
        return orjson.dumps(value, default=_as_it_is, option=_STRICT).decode()
    except orjson.JSONEncodeError:
        return _COMPACT(value)


def json_value(text: str) -> Any:
    """The value that ``json_text`` wrote.

    Pydantic's reader is as exact as the standard library's in half its time; orjson reads whole numbers beyond 64 bits as fractions. What
    it does not take (halves of character pairs, 200 lists one in another) goes the long way.
    """
    if text == "[]":
        return []
    if text == "{}":
        return {}
    try:
        return from_json(text)
    except ValueError:
        return json.loads(text)


@lru_cache(maxsize=_MOMENTS_KEPT)
def utc_text(at: datetime) -> str:
    """An aware moment as SQLite keeps it; ValueError for a naive one."""
    if at.tzinfo is None:
        raise ValueError("a naive datetime cannot be stored: take it from the clock port")
    return (at if at.tzinfo is UTC else at.astimezone(UTC)).isoformat(" ", "microseconds")[:_SQLITE_FORM_LENGTH]


@lru_cache(maxsize=_MOMENTS_KEPT)  # a case holds the same moment several times
def utc_of(text: str) -> datetime:
    """The moment that ``utc_text`` wrote."""
    return datetime.fromisoformat(text + "+00:00")  # with the zone in the text: five times as fast as putting it on afterwards


def _utc(at: datetime) -> datetime:
    if at.tzinfo is None:
        raise ValueError("a naive datetime cannot be stored: take it from the clock port")
    return at


def _in_utc(at: datetime) -> datetime:
    return at.astimezone(UTC)


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
        return None if value is None else self.plain_bind(dialect)(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Stored form to aware datetime in UTC."""
        return None if value is None else self.plain_result(dialect)(value)

    def plain_bind(self, dialect: Dialect) -> Callable[[datetime], Any]:
        """For ``bulk``: what turns a value that is not None into what the driver takes."""
        return _utc if dialect.name == "postgresql" else utc_text

    def plain_result(self, dialect: Dialect) -> Callable[[Any], datetime]:
        """For ``bulk``: what turns what the driver gives, if not None, into the value."""
        return _in_utc if dialect.name == "postgresql" else utc_of


class Json(TypeDecorator[Any]):
    """A JSON value: compact text on SQLite, json on PostgreSQL, which keeps the order of keys as jsonb does not. It is never asked into."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        """json on PostgreSQL, text elsewhere."""
        return dialect.type_descriptor(JSON() if dialect.name == "postgresql" else Text())

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        """Value to its stored form."""
        return value if value is None or dialect.name == "postgresql" else json_text(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        """Stored form to value."""
        return value if value is None or dialect.name == "postgresql" else json_value(value)

    def plain_bind(self, dialect: Dialect) -> Callable[[Any], Any]:
        """For ``bulk``: what turns a value that is not None into what the driver takes, which is text on both databases."""
        return json_text

    def plain_result(self, dialect: Dialect) -> Callable[[Any], Any] | None:
        """For ``bulk``: what turns what the driver gives, if not None, into the value; None where it gives the value."""
        return None if dialect.name == "postgresql" else json_value


def one_of(column: str, values: tuple[str, ...]) -> CheckConstraint:
    """A CHECK that the column holds one of the words."""
    words = ", ".join(f"'{v}'" for v in values)
    return CheckConstraint(f"{column} IN ({words})", name=f"{column}_word")


def table_of(model: type[SQLModel]) -> Table:
    """The SQLAlchemy table behind a SQLModel class, for Core statements."""
    table = SQLModel.metadata.tables[str(model.__tablename__)]
    return table
