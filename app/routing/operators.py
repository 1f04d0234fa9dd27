"""The operators a test may use: their words, the types of field they fit, and the form of value each takes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from app.core.facts import Facts
from app.routing.conditions import Compare
from app.routing.fields import FIELDS, Field, FieldType, number_in, spell, value_of
from app.routing.pattern import Pattern
from app.routing.wording import view_of

Takes = Literal["one", "many", "words", "number", "pair", "pattern", "yes", "lists", "step"]
"""The form of an operator's value; ``step`` is a difference of two numbers, ``lists`` names word lists."""
_EVERY: Final[tuple[FieldType, ...]] = ("text", "name", "number", "flag", "names")
_PLAIN: Final[tuple[FieldType, ...]] = ("text", "name")
_NAMED: Final[tuple[FieldType, ...]] = ("text", "name", "names")
_LISTED: Final[tuple[FieldType, ...]] = ("text", "names")


@dataclass(frozen=True, slots=True)
class Operator:
    """One operator. ``opposite`` names the operator that holds exactly when this one does not, "" when there is none."""

    name: str
    words: str
    types: tuple[FieldType, ...]
    takes: Takes
    opposite: str = ""


_RAW: Final = (
    Operator("is", "is", ("text", "name", "number", "flag"), "one", "is_not"),
    Operator("is_not", "is not", ("text", "name", "number", "flag"), "one", "is"),
    Operator("any_of", "is any of", ("text", "name", "number"), "many", "none_of"),
    Operator("none_of", "is none of", ("text", "name", "number"), "many", "any_of"),
    Operator("contains_any", "has any of", _LISTED, "words", "contains_none"),
    Operator("contains_all", "has all of", _LISTED, "words"),
    Operator("contains_none", "has none of", _LISTED, "words", "contains_any"),
    Operator("in_list", "is in the list", _NAMED, "lists", "not_in_list"),
    Operator("not_in_list", "is not in the list", _NAMED, "lists", "in_list"),
    Operator("starts_with", "starts with", _PLAIN, "many"),
    Operator("ends_with", "ends with", _PLAIN, "many"),
    Operator("matches", "matches", _PLAIN, "pattern"),
    Operator("above", "is above", ("number",), "number"),
    Operator("below", "is below", ("number",), "number"),
    Operator("at_least", "is at least", ("number",), "number"),
    Operator("at_most", "is at most", ("number",), "number"),
    Operator("between", "is between", ("number",), "pair"),
    Operator("within_business_minutes", "is within business minutes", ("number",), "number"),
    Operator("set", "is known", _EVERY, "yes", "not_set"),
    Operator("not_set", "is not known", _EVERY, "yes", "set"),
    Operator("changed", "has changed", _EVERY, "yes", "not_changed"),
    Operator("not_changed", "has not changed", _EVERY, "yes", "changed"),
    Operator("was", "was before", ("text", "name", "number", "flag"), "one"),
    Operator("changed_by", "has changed by at least", ("number",), "step"),
    Operator("crosses_above", "rises to or over", ("number",), "number"),
    Operator("crosses_below", "falls to or under", ("number",), "number"),
)

OF_NUMBERS: Final = frozenset({"above", "below", "at_least", "at_most", "between"})
"""What can also be asked of a text that may hold a number."""
OPERATORS: Final[dict[str, Operator]] = {operator.name: operator for operator in _RAW}


def operators_for(field: Field) -> tuple[Operator, ...]:
    """The operators that fit a field, in the order the form offers them."""
    fitting = (operator for operator in _RAW if field.type in operator.types or (field.numbers and operator.name in OF_NUMBERS))
    return tuple(operator for operator in fitting if operator.name != "within_business_minutes" or field.business)


def shorthand(field: Field, is_list: bool) -> str:
    """The operator meant by ``field: value`` without one: words in a text, membership in a list, else equality."""
    if field.type == "names" or field.words_search:
        return "contains_any"
    return "any_of" if is_list else "is"


def spelled_out(field: Field, test: Compare) -> tuple[Field, Compare]:
    """A test by the plainer one it is short for: a named list by its words, business minutes by the field that counts them.

    In a text that is searched for words a list is words to find, anywhere else it is values to be equal to.
    """
    if test.op == "within_business_minutes" and field.business:
        return FIELDS[field.business], replace(test, field=field.business, op="at_most")
    if test.op in ("in_list", "not_in_list"):
        words = tuple(dict.fromkeys(word for one in test.value for word in one.words))
        is_search = field.type == "names" or field.words_search
        yes, no = ("contains_any", "contains_none") if is_search else ("any_of", "none_of")
        return field, replace(test, op=yes if test.op == "in_list" else no, value=words)
    return field, test


def folded(field: Field, value: Any) -> Any:
    """``value`` as it is compared: without case where the field has none."""
    if not field.fold or value is None:
        return value
    if isinstance(value, str):
        return value.casefold()
    if isinstance(value, tuple):
        return tuple(folded(field, item) for item in value)
    return value


def before_of(facts: Facts, field: Field) -> str | None:
    """The field's previous value as spelled, folded like the field; None when it is not known to have changed."""
    before = facts.previous.get(field.name)
    return None if before is None else folded(field, before)


def number_before(facts: Facts, field: Field) -> float | None:
    """The field's previous value as a number, None when there is none or it is no number."""
    try:
        return float(facts.previous[field.name])
    except (KeyError, ValueError, TypeError):
        return None


def holds(facts: Facts, field: Field, op: str, wanted: Any) -> bool:
    """Whether one test holds, straight from its meaning. Slow and plain: ``compile`` is checked against it.

    An unknown value (None, or "" for a text) passes no positive test and every negative one.
    """
    if op in SHORT_FOR:
        field, test = spelled_out(field, Compare(field.name, op, wanted))
        return holds(facts, field, test.op, test.value)
    if op in _NEGATIVE:
        return not holds(facts, field, _NEGATIVE[op], wanted)
    value = value_of(facts, field.name)
    return _MEANING[op](facts, field, number_in(value) if field.numbers and op in OF_NUMBERS else folded(field, value), wanted)


def unknown_of(field: Field) -> tuple[Any, ...]:
    """The values that mean: not known. For the language also ``und``, the analysis' word for unsure."""
    return (None, "", (), "und") if field.name == "language" else (None, "", ())


def _contains(need: Callable[..., bool]) -> Callable[[Facts, Field, Any, Any], bool]:
    def meaning(_facts: Facts, field: Field, value: Any, wanted: Any) -> bool:
        if field.type == "names":
            return need(folded(field, item) in value for item in wanted)
        view = view_of(value or "")
        return need(view.has(item) for item in wanted)

    return meaning


def _changed(facts: Facts, field: Field, value: Any, _wanted: Any) -> bool:
    if field.type == "number":
        number = number_before(facts, field)
        return number is not None and number != value
    before = before_of(facts, field)
    return before is not None and before != spell(value)


def _changed_by(facts: Facts, field: Field, value: Any, wanted: Any) -> bool:
    before = number_before(facts, field)
    return before is not None and value is not None and bool(round(abs(value - before), _STEP_DIGITS) >= wanted)


def _was(facts: Facts, field: Field, _value: Any, wanted: Any) -> bool:
    if field.type == "number":
        return bool(number_before(facts, field) == wanted)
    return before_of(facts, field) == spell(folded(field, wanted))


def _crosses(facts: Facts, field: Field, value: Any, wanted: Any, upward: bool) -> bool:
    before = number_before(facts, field)
    if before is None or value is None:
        return False
    return bool(before < wanted <= value) if upward else bool(value <= wanted < before)


SHORT_FOR: Final = frozenset({"in_list", "not_in_list", "within_business_minutes"})
"""Operators that ``spelled_out`` turns into others."""
_STEP_DIGITS: Final = 9  # 0.3 - 0.1 is a little less than 0.2, which nobody means

_NEGATIVE: Final[Mapping[str, str]] = {
    "is_not": "is", "none_of": "any_of", "contains_none": "contains_any", "not_set": "set", "not_changed": "changed",
}  # fmt: skip

_MEANING: Final[Mapping[str, Callable[[Facts, Field, Any, Any], bool]]] = {
    "is": lambda _f, field, value, wanted: bool(value == folded(field, wanted)),
    "any_of": lambda _f, field, value, wanted: value in folded(field, wanted),
    "contains_any": _contains(any),
    "contains_all": _contains(all),
    "starts_with": lambda _f, field, value, wanted: (value or "").startswith(folded(field, wanted)),
    "ends_with": lambda _f, field, value, wanted: (value or "").endswith(folded(field, wanted)),
    "matches": lambda facts, field, _value, wanted: Pattern(wanted).found(value_of(facts, field.name) or ""),
    "above": lambda _f, _field, value, wanted: value is not None and value > wanted,
    "below": lambda _f, _field, value, wanted: value is not None and value < wanted,
    "at_least": lambda _f, _field, value, wanted: value is not None and value >= wanted,
    "at_most": lambda _f, _field, value, wanted: value is not None and value <= wanted,
    "between": lambda _f, _field, value, wanted: value is not None and wanted[0] <= value <= wanted[1],
    "set": lambda _f, field, value, _wanted: value not in unknown_of(field),
    "changed": _changed,
    "changed_by": _changed_by,
    "was": _was,
    "crosses_above": lambda facts, field, value, wanted: _crosses(facts, field, value, wanted, True),
    "crosses_below": lambda facts, field, value, wanted: _crosses(facts, field, value, wanted, False),
}
