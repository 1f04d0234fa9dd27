"""Conditions that no Facts could pass: found by certainty only, test against test within one ``all``."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from app.core.facts import Facts
from app.routing.because import condition_words
from app.routing.conditions import All, AnyOf, Compare, Condition, Not
from app.routing.fields import CUSTOM_PREFIX, field_of
from app.routing.operators import OPERATORS, holds, spelled_out


def impossible(condition: Condition) -> tuple[Compare, str] | None:
    """A test that makes the condition false for every Facts, with the reason; None when none is found."""
    match condition:
        case AnyOf(parts):
            reasons = [impossible(part) for part in parts]
            return reasons[0] if reasons and all(one is not None for one in reasons) else None
        case All():
            flat = list(_flat(condition))
            deeper = next((found for part in flat if (found := impossible(part)) is not None), None)
            if deeper is not None:
                return deeper
            tests = [part for part in flat if isinstance(part, Compare)]
            pairs = ((one, other) for index, other in enumerate(tests) for one in tests[:index] if one.field == other.field)
            return next(((other, why) for one, other in pairs if (why := _at_odds(one, other)) is not None), None)
        case Compare():
            why = _alone(condition)
            return None if why is None else (condition, why)
        case _:
            return None


def _alone(test: Compare) -> str | None:
    field = field_of(test.field)
    if field is None or field.type != "number":
        return None
    if test.op == "not_set" and not field.optional:
        return f"{field.name} is always known"
    bottom, top = _ends(test)
    if (test.op == "above" and bottom == field.high) or (test.op == "below" and top == field.low):
        return f"{field.name} is never {test.op} {test.value}"
    return None


def _flat(condition: All) -> Iterator[Condition]:
    """The parts that must all hold, with nested groups opened and ``not`` of one test turned into its opposite."""
    for part in condition.parts:
        if isinstance(part, All):
            yield from _flat(part)
        elif isinstance(part, Not) and isinstance(part.part, Compare) and OPERATORS[part.part.op].opposite:
            yield _plain(replace(part.part, op=OPERATORS[part.part.op].opposite))
        else:
            yield _plain(part) if isinstance(part, Compare) else part


def _plain(test: Compare) -> Compare:
    field = field_of(test.field)
    return test if field is None else spelled_out(field, test)[1]


def _at_odds(one: Compare, other: Compare) -> str | None:
    words = f"{one.field} cannot pass both “{condition_words(one)}” and “{condition_words(other)}”"
    if OPERATORS[one.op].opposite == other.op and (one.value == other.value):
        return words
    if {one.op, other.op} & {"not_set"} and {one.op, other.op} & _NEEDS_VALUE:
        return words
    field = field_of(one.field)
    if field is None:
        return None
    if field.type == "names" or field.words_search:
        return words if _words_at_odds(field.fold, one, other) else None
    if field.type == "number":
        low, high, open_ = _span([one, other])
        if low > high or (low == high and open_):
            return words
    values = _exact(one) if _exact(one) is not None else _exact(other)
    rest = other if _exact(one) is not None else one
    if values is None or rest.op in _HISTORY:
        return None
    return None if any(_could(rest, value) for value in values) else words


def _words_at_odds(fold: bool, one: Compare, other: Compare) -> bool:
    for yes, no in ((one, other), (other, one)):
        if no.op == "contains_none" and yes.op in ("contains_all", "contains_any"):
            bad = {item.casefold() if fold else item for item in no.value}
            good = {item.casefold() if fold else item for item in yes.value}
            if (good & bad) if yes.op == "contains_all" else good <= bad:
                return True
    return False


_HISTORY = frozenset({"changed", "not_changed", "changed_by", "was", "crosses_above", "crosses_below"})
_NEEDS_VALUE = frozenset(
    {"above", "below", "at_least", "at_most", "between", "contains_any", "contains_all", "changed_by", "crosses_above", "crosses_below"}
)


def _exact(test: Compare) -> tuple[Any, ...] | None:
    if test.op == "is":
        return (test.value,)
    return test.value if test.op == "any_of" else None


def _could(test: Compare, value: Any) -> bool:
    """Whether a field with exactly this value could pass the test."""
    field = field_of(test.field)
    if field is None:
        return True
    if field.name.startswith(CUSTOM_PREFIX):
        facts = Facts(custom={field.name.removeprefix(CUSTOM_PREFIX): value})
    else:
        facts = replace(Facts(), **{field.name: value})
    return holds(facts, field, test.op, test.value)


def _span(tests: list[Compare]) -> tuple[float, float, bool]:
    """The numbers all tests allow: low, high, and whether one of the two ends is excluded."""
    low, high, low_open, high_open = float("-inf"), float("inf"), False, False
    for test in tests:
        bottom, top = _ends(test)
        if bottom is not None and (bottom, test.op == "above") > (low, low_open):
            low, low_open = bottom, test.op == "above"
        if top is not None and (-top, test.op == "below") > (-high, high_open):
            high, high_open = top, test.op == "below"
    return low, high, low_open or high_open


def _ends(test: Compare) -> tuple[float | None, float | None]:
    match test.op:
        case "above" | "at_least" | "crosses_above":
            return test.value, None
        case "below" | "at_most" | "crosses_below":
            return None, test.value
        case "between":
            return test.value[0], test.value[1]
        case "is":
            return test.value, test.value
        case _:
            return None, None
