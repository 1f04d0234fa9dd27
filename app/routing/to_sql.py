"""A condition as a WHERE clause, so that a view lists the cases that meet it without reading every case.

The caller says how its table holds each field; what it does not hold, and what SQL cannot answer (words, patterns, what was before), is
left over. The clause then lets through every row that may meet the condition, and the rest is asked of those rows with ``because.find``.
Texts without case are compared by their ASCII letters, as both databases can; a value with other letters is left over.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from sqlalchemy import ColumnElement, Float, Text, and_, bindparam, false, func, literal, not_, or_, true
from sqlalchemy.ext.compiler import compiles

from app.engine.among import Given
from app.routing.conditions import All, AnyOf, Compare, Condition, Not
from app.routing.fields import Field, field_of
from app.routing.operators import folded, spelled_out, unknown_of


@dataclass(frozen=True, slots=True)
class Held:
    """How a table holds a field: its value, a JSON list of names, or the moment it counts minutes since or until.

    ``empty`` is the value of a field of minutes where there is no moment; None for not known.
    """

    column: ColumnElement[Any]
    form: Literal["value", "list", "since", "until"] = "value"
    empty: float | None = None


@dataclass(frozen=True, slots=True)
class Where:
    """The clause, and the tests it leaves open; with none left it holds for exactly the rows that meet the condition."""

    clause: ColumnElement[bool]
    left: tuple[Compare, ...]

    @property
    def exact(self) -> bool:
        """Whether nothing has to be asked again."""
        return not self.left


def where_of(condition: Condition, columns: Mapping[str, Held], now: datetime) -> Where:
    """The condition over a table that holds these fields, at one moment."""
    left: list[Compare] = []
    return Where(_clause(condition, columns, now, True, left), tuple(dict.fromkeys(left)))


def _clause(condition: Condition, columns: Mapping[str, Held], now: datetime, wanted: bool, left: list[Compare]) -> ColumnElement[bool]:
    """The condition, or its opposite: a ``not`` goes down to the tests, so that what is left over can let rows through and never keep
    one out."""
    match condition:
        case Compare():
            clause = _test(condition, columns, now)
            if clause is None:
                left.append(condition)
                return true()
            return clause if wanted else not_(clause)
        case Not(part):
            return _clause(part, columns, now, not wanted, left)
        case All(parts) | AnyOf(parts):
            clauses = [_clause(part, columns, now, wanted, left) for part in parts]
            every = isinstance(condition, All) is wanted
            return and_(true(), *clauses) if every else or_(false(), *clauses)


def _test(test: Compare, columns: Mapping[str, Held], now: datetime) -> ColumnElement[bool] | None:
    field = field_of(test.field)
    if field is None:
        return false()
    field, test = spelled_out(field, test)
    held = columns.get(field.name)
    if held is None:
        return None
    if held.form == "list":
        return _list(field, test, held.column)
    if held.form in ("since", "until"):
        return _minutes(test, held, now)
    if field.type == "flag":
        return _flag(test, held.column)
    return _number(test, held.column) if field.type == "number" else _text(field, test, held.column)


def _text(field: Field, test: Compare, column: ColumnElement[Any]) -> ColumnElement[bool] | None:
    value: ColumnElement[Any] = func.coalesce(column, "")
    if test.op in ("set", "not_set"):
        unknown = value.in_([one for one in unknown_of(field) if isinstance(one, str)])
        return unknown if test.op == "not_set" else not_(unknown)
    words = _comparable(field, test.value)
    if words is None:
        return None
    if field.fold:
        value = func.lower(value)
    match test.op:
        case "is" | "any_of":
            return value.in_(words)
        case "is_not" | "none_of":
            return value.not_in(words)
        case "starts_with":
            return or_(false(), *(func.substr(value, 1, len(word)) == word for word in words))
        case "ends_with":
            size = func.length(value)
            return or_(false(), *(and_(size >= len(word), func.substr(value, size - len(word) + 1) == word) for word in words))
        case _:
            return None


def _list(field: Field, test: Compare, column: ColumnElement[Any]) -> ColumnElement[bool] | None:
    if test.op in ("set", "not_set"):
        some = func.json_array_length(column) > 0
        return some if test.op == "set" else not_(some)
    words = _comparable(field, test.value)
    if words is None:
        return None
    match test.op:
        case "contains_any":
            return _holds_any(column, words, field.fold)
        case "contains_none":
            return not_(_holds_any(column, words, field.fold))
        case "contains_all":
            return and_(true(), *(_holds_any(column, (word,), field.fold) for word in words))
        case _:
            return None


def _flag(test: Compare, column: ColumnElement[Any]) -> ColumnElement[bool] | None:
    match test.op:
        case "set":
            return column.is_not(None)
        case "not_set":
            return column.is_(None)
        case "is" | "is_not":
            clause = column.is_(true() if test.value is True else false())
            return clause if test.op == "is" else not_(clause)
        case _:
            return None


def _number(test: Compare, column: ColumnElement[Any]) -> ColumnElement[bool] | None:
    known = column.is_not(None)
    match test.op:
        case "set":
            return known
        case "not_set":
            return not_(known)
        case "is" | "any_of" | "is_not" | "none_of":
            numbers = test.value if isinstance(test.value, tuple) else (test.value,)
            clause = and_(known, or_(false(), *(column == _real(number) for number in numbers)))
            return clause if test.op in ("is", "any_of") else not_(clause)
        case "between":
            return and_(known, column >= _real(test.value[0]), column <= _real(test.value[1]))
        case "above" | "below" | "at_least" | "at_most":
            return and_(known, _SIGNS[test.op](column, _real(test.value)))
        case _:
            return None


def _minutes(test: Compare, held: Held, now: datetime) -> ColumnElement[bool] | None:
    """A number of minutes by the moment it is counted from: the moment is compared, not the minutes, so that an index serves."""
    known = held.column.is_not(None)
    bounds = {"between": (("at_least", 0), ("at_most", 1))}.get(test.op, ((test.op, None),))
    if test.op in ("set", "not_set"):
        clause = known if held.empty is None else true()
        return clause if test.op == "set" else not_(clause)
    if any(op not in _SIGNS for op, _ in bounds):
        return None
    parts: list[ColumnElement[bool]] = []
    empty = held.empty is not None
    for op, place in bounds:
        number = test.value if place is None else test.value[place]
        back = held.form == "since"
        moment = now - timedelta(minutes=number) if back else now + timedelta(minutes=number)
        parts.append(_SIGNS[_TURNED[op] if back else op](held.column, moment))
        empty = empty and _SIGNS[op](held.empty, number)
    return or_(and_(known, *parts), not_(known)) if empty else and_(known, *parts)


_SIGNS: Final[Mapping[str, Any]] = {
    "above": lambda one, other: one > other,
    "below": lambda one, other: one < other,
    "at_least": lambda one, other: one >= other,
    "at_most": lambda one, other: one <= other,
}
_TURNED: Final[Mapping[str, str]] = {"above": "below", "below": "above", "at_least": "at_most", "at_most": "at_least"}
"""More minutes since a moment is an earlier moment."""


def _real(number: float) -> ColumnElement[float]:
    """A number with its fraction, also beside a column of whole numbers."""
    return literal(float(number), Float())


def _comparable(field: Field, value: Any) -> tuple[str, ...] | None:
    """The values as they are compared; None where the database could not compare them as we do."""
    words = tuple(folded(field, one) for one in (value if isinstance(value, tuple) else (value,)))
    if not all(isinstance(word, str) for word in words):
        return None
    return None if field.fold and not all(word.isascii() for word in words) else words


class _holds_any(ColumnElement[bool]):  # noqa: N801  # reads as what it is in a condition, like the library's own any_ and case
    """The JSON list of a column holds one of these words."""

    inherit_cache = False

    def __init__(self, column: ColumnElement[Any], words: tuple[str, ...], fold: bool) -> None:
        self.column = column
        self.given = bindparam(None, list(words), type_=Given(Text()), unique=True)
        self.fold = fold


@compiles(_holds_any)
def _on_sqlite(element: Any, compiler: Any, **options: Any) -> str:
    column, given = compiler.process(element.column, **options), compiler.process(element.given, **options)
    value = "lower(item.value)" if element.fold else "item.value"
    words = f"SELECT value FROM json_each({given})"  # noqa: S608  # the compiler's own word
    return f"EXISTS (SELECT 1 FROM json_each({column}) AS item WHERE {value} IN ({words}))"  # noqa: S608  # the same


@compiles(_holds_any, "postgresql")
def _on_postgresql(element: Any, compiler: Any, **options: Any) -> str:
    column, given = compiler.process(element.column, **options), compiler.process(element.given, **options)
    value = "lower(item.value)" if element.fold else "item.value"
    return f"EXISTS (SELECT 1 FROM json_array_elements_text({column}) AS item(value) WHERE {value} = ANY({given}))"  # noqa: S608  # the same
