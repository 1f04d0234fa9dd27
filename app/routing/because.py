"""Conditions in words: what was asked, what was found, and which part decided.

``find`` evaluates the tree from its plain meaning (``operators.holds``), so it is slow; it runs for explanations. ``reason_of`` prepares
once per rule what the trace of every decision says.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from app.core.facts import Facts
from app.routing.conditions import All, AnyOf, Compare, Condition, Not
from app.routing.fields import TRIGGERS, Field, field_of, value_of
from app.routing.operators import OPERATORS, SHORT_FOR, folded, holds, spelled_out, unknown_of
from app.routing.wording import Needles, view_of

Reason = Callable[[Facts], str]
_OF_WORDS: Final = frozenset({"contains_any", "contains_all", "contains_none"})
_OF_BEFORE: Final = frozenset({"changed", "not_changed", "changed_by", "was", "crosses_above", "crosses_below"})
_SENTENCES_KEPT: Final = 256  # of one test; at the bound the one unused longest is made anew
_SHOWN_CHARACTERS: Final = 60
_SHOWN_ITEMS: Final = 6
_SHOWN_PARTS: Final = 8


@dataclass(frozen=True, slots=True)
class Finding:
    """Whether a condition holds, and why in words (the parts that decided, not every part)."""

    holds: bool
    because: str


def find(condition: Condition, facts: Facts) -> Finding:
    """Evaluate one condition with its reason."""
    match condition:
        case Compare():
            return _of_test(condition, facts)
        case Not(part):
            inner = find(part, facts)
            return Finding(not inner.holds, inner.because)
        case All(parts):
            found = [find(part, facts) for part in parts]
            wrong = next((one for one in found if not one.holds), None)
            if wrong is not None:
                return wrong
            return Finding(True, _joined([one.because for one in found], " and ") or "it has no condition")
        case AnyOf(parts):
            found = [find(part, facts) for part in parts]
            right = next((one for one in found if one.holds), None)
            return right or Finding(False, _joined([one.because for one in found], " and "))


def reason_of(condition: Condition) -> Reason:
    """What says why a condition holds, of facts for which it does: ``find(condition, facts).because`` without asking all of it again."""
    match condition:
        case Compare():
            return _reason_of_test(condition)
        case Not():
            return lambda facts: find(condition, facts).because
        case All(parts):
            reasons = [reason_of(part) for part in parts]
            if len(reasons) == 1:
                return reasons[0]
            return lambda facts: _joined([reason(facts) for reason in reasons], " and ") or "it has no condition"
        case AnyOf(parts):
            pairs = [(part, reason_of(part)) for part in parts]
            return lambda facts: next(reason(facts) for part, reason in pairs if _holds(part, facts))


def _holds(condition: Condition, facts: Facts) -> bool:
    match condition:
        case Compare(name, op, wanted):
            field = field_of(name)
            return field is not None and holds(facts, field, op, wanted)
        case Not(part):
            return not _holds(part, facts)
        case All(parts):
            return all(_holds(part, facts) for part in parts)
        case AnyOf(parts):
            return any(_holds(part, facts) for part in parts)


def _reason_of_test(test: Compare) -> Reason:
    """Why a test holds, with what never changes prepared: words to look for, and the sentence of each value met before."""
    field = field_of(test.field)
    if field is None or test.op in _OF_BEFORE:
        return lambda facts: _of_test(test, facts).because
    if test.op in SHORT_FOR:
        plain, tail = spelled_out(field, test)[1], _tail(test)
        plain_reason = _reason_of_test(plain)
        return lambda facts: plain_reason(facts) + tail
    name = field.name
    if field.type == "text" and test.op in _OF_WORDS:
        needles = [(item, Needles((item,))) for item in test.value]

        def of_words(facts: Facts) -> str:
            view = view_of(value_of(facts, name) or "")
            return _words_said(field, test, tuple(item for item, needle in needles if needle.any_in(view)))

        return of_words
    sentence = lru_cache(maxsize=_SENTENCES_KEPT, typed=True)(lambda value: _found(field, test, value, True, Facts()))
    return lambda facts: sentence(value_of(facts, name))


def said(value: Any) -> str:
    """A value of a field as a person reads it."""
    if value is None or value in ("", ()):
        return "unknown"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.2f}".rstrip("0").rstrip(".")
    if isinstance(value, int):
        return str(value)
    if isinstance(value, tuple | list | frozenset):
        items = [said(item) for item in value]
        more = f" and {len(items) - _SHOWN_ITEMS} more" if len(items) > _SHOWN_ITEMS else ""
        return ", ".join(items[:_SHOWN_ITEMS]) + more
    text = " ".join(str(value).split())
    return text if len(text) <= _SHOWN_CHARACTERS else text[: _SHOWN_CHARACTERS - 1] + "…"


def condition_words(condition: Condition) -> str:
    """A condition as a sentence part, without any facts: ``the tier is gold and the sentiment is below -0.4``."""
    match condition:
        case Compare(name, op, wanted):
            return _asked(name, op, wanted)
        case Not(part):
            return f"not ({condition_words(part)})"
        case All(parts):
            return " and ".join(_bracketed(part) for part in parts) or "always"
        case AnyOf(parts):
            return " or ".join(_bracketed(part) for part in parts)


def _bracketed(condition: Condition) -> str:
    words = condition_words(condition)
    return f"({words})" if isinstance(condition, AnyOf | All) and len(condition.parts) > 1 else words


def _asked(name: str, op: str, wanted: Any) -> str:
    field = field_of(name)
    words = _short(field) if field is not None else name
    operator = OPERATORS[op].words
    if OPERATORS[op].takes == "yes":
        if field is not None and field.type == "names" and op in ("set", "not_set"):
            return f"it has {'any' if op == 'set' else 'no'} {words}"
        return f"{words} {operator}"
    if op == "within_business_minutes":
        return f"{words} is at most {said(wanted)} minutes of business hours"
    if op.endswith("in_list"):
        named = f"the list {said(tuple(str(one) for one in wanted))}"
        if field is not None and field.type == "names":
            return f"it has {'a' if op == 'in_list' else 'no'} {words} of {named}"
        if field is not None and field.words_search:
            return f"{words} has {'a' if op == 'in_list' else 'no'} word of {named}"
        return f"{words} is {'' if op == 'in_list' else 'not '}in {named}"
    if op == "between":
        return f"{words} {operator} {said(wanted[0])} and {said(wanted[1])}"
    if field is not None and field.type == "flag":
        return f"{words}: {said(wanted if op == 'is' else not wanted)}"
    if field is not None and field.type == "names":
        one = len(wanted) == 1  # "has any of" one thing reads like a riddle
        verb = ("has no" if op == "contains_none" else "has the") if one else operator
        return f"it {verb} {words} {said(wanted)}"
    return f"{words} {operator} {said(wanted)}"


def _short(field: Field) -> str:
    return field.words.split(" (")[0]


def _of_test(test: Compare, facts: Facts) -> Finding:
    field = field_of(test.field)
    if field is None:
        return Finding(False, f"there is no field {test.field}")
    if test.op in SHORT_FOR:
        plain = _of_test(spelled_out(field, test)[1], facts)
        return Finding(plain.holds, plain.because + _tail(test))
    value = value_of(facts, test.field)
    result = holds(facts, field, test.op, test.value)
    return Finding(result, _found(field, test, value, result, facts))


def _tail(test: Compare) -> str:
    """What the plainer test does not say: the names of the lists."""
    return f" (the list {said(tuple(str(one) for one in test.value))})" if test.op.endswith("in_list") else ""


def _found(field: Field, test: Compare, value: Any, result: bool, facts: Facts) -> str:
    words, operator = _short(field), OPERATORS[test.op]
    if field.name == "trigger":
        return str(TRIGGERS.get(str(value), value))
    if test.op in _OF_WORDS:
        return _found_words(field, test, value)
    if test.op in _OF_BEFORE:
        before = facts.previous.get(field.name)
        was = "did not change" if before is None else f"was {said(before)} and is {said(value)}"
        return f"{words} {was}" + ("" if result or operator.takes == "yes" else f" (asked: {operator.words} {said(test.value)})")
    if field.type == "flag":
        return f"{words}: {said(value)}"
    if field.type == "names":
        return f"it has the {words} {said(value)}" if value else f"it has no {words}"
    if value in unknown_of(field):
        return f"{words} is not known"
    if operator.takes == "yes":
        return f"{words} is {said(value)}"
    if operator.takes in ("number", "pair"):
        bound = f"{said(test.value[0])} and {said(test.value[1])}" if operator.takes == "pair" else said(test.value)
        return f"{words} is {said(value)}, {'' if result else 'not '}{operator.words.removeprefix('is ')} {bound}"
    if test.op == "matches":
        return f"{words} {'matches' if result else 'does not match'} {said(test.value)}"
    if result and test.op in ("is", "any_of"):
        return f"{words} is {said(value)}"
    return f"{words} is {said(value)} ({'' if result else 'asked: '}{operator.words} {said(test.value)})"


def _found_words(field: Field, test: Compare, value: Any) -> str:
    if field.type == "names":
        held = set(folded(field, tuple(value)))
        there = tuple(item for item in test.value if folded(field, item) in held)
    else:
        view = view_of(value or "")
        there = tuple(item for item in test.value if view.has(item))
    return _words_said(field, test, there)


def _words_said(field: Field, test: Compare, there: tuple[str, ...]) -> str:
    missing = tuple(item for item in test.value if item not in there)
    start = f"it has the {_short(field)}" if field.type == "names" else f"{_short(field)} has"
    if test.op == "contains_all" and missing:
        return f"{start.replace(' has', ' lacks', 1)} {_quoted(missing)}"
    if there:
        return f"{start} {_quoted(there)}"
    return f"it has no {_short(field)} {_quoted(test.value)}" if field.type == "names" else f"{start} none of {_quoted(test.value)}"


def _quoted(items: tuple[str, ...]) -> str:
    return said(tuple(f"“{item}”" for item in items))


def _joined(parts: list[str], between: str) -> str:
    unique = list(dict.fromkeys(parts))
    more = [f"{len(unique) - _SHOWN_PARTS} more"] if len(unique) > _SHOWN_PARTS else []
    return between.join(unique[:_SHOWN_PARTS] + more)
