"""A rule set to one Python function per trigger that tells which rules fire.

Written as source and compiled once per rule set, because a chain of plain comparisons on local names is several times
faster than a closure per test: 100 rules of three tests take a few microseconds. Nothing a person wrote becomes source:
every value is handed in as a named constant, every field name comes from the table of fields.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from app.routing.conditions import All, AnyOf, Compare, Condition, Not, WordList, tests_of
from app.routing.fields import CUSTOM_PREFIX, Field, field_of, number_in
from app.routing.model import Rule, RuleSet
from app.routing.operators import OF_NUMBERS, folded, holds, spelled_out, unknown_of
from app.routing.pattern import Pattern
from app.routing.wording import Needles, view_of

Fired = Callable[..., list[int]]
"""``(facts, spent=())``: the places of the rules that fire, in order; of a rule among ``spent`` that would have fired, ``~place``."""
_RARE: Final = frozenset({"changed", "not_changed", "changed_by", "was", "crosses_above", "crosses_below"})
_COST: Final[Mapping[str, int]] = {"matches": 20, **dict.fromkeys(_RARE, 3)}
_WORDS_COST: Final = 10
_WRITTEN_OUT: Final = 6  # phrases and stems; beyond it one call costs less than the source it saves


@dataclass(frozen=True, slots=True)
class Compiled:
    """A rule set ready to decide. ``version`` is stamped on every trace; 0 means a draft.

    ``sums`` and ``traced`` are memories of ``decide``: what the rules that fire together come to, and the decisions with their traces. They
    are shared by every version of the same text.
    """

    rules: tuple[Rule, ...]
    by_trigger: Mapping[str, Fired]
    version: int = 0
    once_on: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """By trigger, the ids of the rules that do not fire always (``repeat``): only for these somebody has to know what fired before."""
    fields: frozenset[str] = frozenset()
    """The fields that any enabled rule asks: what is dear to know is only looked up for these."""
    lists: tuple[WordList, ...] = ()
    """The named lists of the file, for conditions that are written beside it."""
    sums: dict[tuple[int, ...], Any] = field(default_factory=dict, compare=False, repr=False)
    traced: dict[tuple[Any, ...], Any] = field(default_factory=dict, compare=False, repr=False)


def compile_rules(rule_set: RuleSet, version: int = 0) -> Compiled:
    """Compile a parsed rule set; disabled rules are never asked."""
    triggers = {trigger for rule in rule_set.rules if rule.enabled for trigger in rule.on}
    asked = {trigger: tuple(rule for rule in rule_set.rules if rule.enabled and trigger in rule.on) for trigger in triggers}
    once = {trigger: tuple(rule.id for rule in rules if rule.repeat != "always") for trigger, rules in asked.items()}
    functions = {trigger: _function(rule_set.rules, trigger) for trigger in triggers}
    fields = frozenset(name for rule in rule_set.rules if rule.enabled for name in _fields_in(rule.when))
    return Compiled(rule_set.rules, functions, version, {trigger: ids for trigger, ids in once.items() if ids}, fields, rule_set.lists)


def _fields_in(condition: Condition) -> Iterator[str]:
    for test in tests_of(condition):
        field = field_of(test.field)
        yield field.business if field is not None and test.op == "within_business_minutes" else test.field


def _function(rules: tuple[Rule, ...], trigger: str) -> Fired:
    writer = _Writer()
    body: list[str] = []
    for index, rule in enumerate(rules):
        if not rule.enabled or trigger not in rule.on:
            continue
        test = writer.condition(rule.when)
        body += [f"    if {test}:"]
        if rule.stop:
            body += [f"        if {index} in spent:", f"            out.append({~index})"]
            body += ["        else:", f"            out.append({index})", "            return out"]
        else:
            body += [f"        out.append({~index} if {index} in spent else {index})"]
    head = ["def fired(f, spent=()):", *(f"    {line}" for line in writer.loads), "    out = []"]
    source = "\n".join([*head, *body, "    return out"])
    namespace = writer.constants
    exec(compile(source, f"<rules on {trigger}>", "exec"), namespace)  # noqa: S102  # see the module's words: no text of a person is in it
    fired: Fired = namespace["fired"]
    return fired


class _Writer:
    """Writes conditions as expressions over locals, and remembers the locals and constants they need."""

    def __init__(self) -> None:
        self.loads: list[str] = []
        self.constants: dict[str, Any] = {
            "__builtins__": {},
            "view_of": view_of,
            "holds": holds,
            "folded": folded,
            "number_in": number_in,
            "frozenset": frozenset,
        }
        self._locals: dict[str, str] = {}

    def condition(self, condition: Condition) -> str:
        """The condition as a Python expression, cheapest tests first (they are pure, so their order changes nothing)."""
        match condition:
            case Compare():
                return self._test(condition)
            case Not(part):
                return f"(not {self.condition(part)})"
            case All(parts):
                return self._group(parts, " and ", "True")
            case AnyOf(parts):
                return self._group(_patterns_together(parts), " or ", "False")

    def _group(self, parts: tuple[Condition, ...], between: str, empty: str) -> str:
        written = [self.condition(part) for part in sorted(parts, key=_cost)]
        return f"({between.join(written)})" if len(written) > 1 else "".join(written) or empty

    def _test(self, test: Compare) -> str:
        field = field_of(test.field)
        if field is None:
            return "False"
        field, test = spelled_out(field, test)
        if test.op in _RARE:
            return f"holds(f, {self._constant(field)}, {self._constant(test.op)}, {self._constant(test.value)})"
        if test.op == "matches":
            pattern = test.value if isinstance(test.value, Pattern) else Pattern(test.value)
            return f"{self._constant(pattern.found)}({self._raw(field)} or '')"
        if test.op.startswith("contains_"):
            return self._contains(field, test)
        if field.numbers and test.op in OF_NUMBERS:
            return self._number(field, test, self._number_in(field))
        name = self._local(field)
        if field.type == "number":
            return self._number(field, test, name)
        return self._plain(field, test, name)

    def _plain(self, field: Field, test: Compare, name: str) -> str:
        if test.op in ("set", "not_set"):
            return f"({name} {'not in' if test.op == 'set' else 'in'} {self._constant(unknown_of(field))})"
        wanted = folded(field, test.value)
        if test.op in ("starts_with", "ends_with"):
            return f"({name} or '').{test.op.replace('_', '')}({self._constant(wanted)})"
        if test.op in ("any_of", "none_of"):
            return f"{name} {'in' if test.op == 'any_of' else 'not in'} {self._constant(frozenset(wanted))}"
        if field.type == "flag":
            return f"{name} {'is' if test.op == 'is' else 'is not'} {wanted is True}"
        return f"{name} {'==' if test.op == 'is' else '!='} {self._constant(wanted)}"

    def _number(self, field: Field, test: Compare, name: str) -> str:
        if test.op in ("set", "not_set"):
            return f"{name} {'is not' if test.op == 'set' else 'is'} None"
        if test.op in ("any_of", "none_of"):
            return f"{name} {'in' if test.op == 'any_of' else 'not in'} {self._constant(frozenset(test.value))}"
        if test.op in ("is", "is_not"):
            return f"{name} {'==' if test.op == 'is' else '!='} {self._constant(test.value)}"
        if test.op == "between":
            written = f"{self._constant(test.value[0])} <= {name} <= {self._constant(test.value[1])}"
        else:
            written = f"{name} {_SIGNS[test.op]} {self._constant(test.value)}"
        return f"({name} is not None and {written})" if field.optional else written

    def _contains(self, field: Field, test: Compare) -> str:
        if field.type == "text":
            written = self._words(field, Needles(test.value), test.op == "contains_all")
            return f"(not {written})" if test.op == "contains_none" else written
        name, wanted = self._local(field), frozenset(folded(field, test.value))
        if test.op == "contains_all":
            return f"{self._constant(wanted)}.issubset({name})"
        if len(wanted) == 1:
            return f"{self._constant(next(iter(wanted)))} {'in' if test.op == 'contains_any' else 'not in'} {name}"
        written = f"{self._constant(wanted)}.isdisjoint({name})"
        return written if test.op == "contains_none" else f"(not {written})"

    def _words(self, field: Field, needles: Needles, every: bool) -> str:
        """Words in a text: a few are written out, which saves the calls; a long list is left to ``Needles``."""
        if len(needles.parts) + len(needles.signs) > _WRITTEN_OUT:
            return f"{self._constant(needles.all_in if every else needles.any_in)}({self._view(field)})"
        view = self._view(field)
        tests: list[str] = []
        if needles.whole:
            whole = self._constant(needles.whole)
            tests.append(f"{whole} <= {view}.words" if every else f"not {whole}.isdisjoint({view}.words)")
        tests += [f"{self._constant(part)} in {view}.line" for part in needles.parts]
        tests += [f"{self._constant(sign)} in {view}.raw" for sign in needles.signs]
        return f"({(' and ' if every else ' or ').join(tests)})"

    def _constant(self, value: Any) -> str:
        name = f"k{len(self.constants)}"
        self.constants[name] = value
        return name

    def _raw(self, field: Field) -> str:
        if field.name.startswith(CUSTOM_PREFIX):
            return f"f.custom.get({self._constant(field.name.removeprefix(CUSTOM_PREFIX))})"
        return f"f.{field.name}"

    def _local(self, field: Field) -> str:
        """The local that holds the field's value as it is compared, loaded once per decision."""
        name = self._locals.get(field.name)
        if name is None:
            name = self._locals[field.name] = f"x{len(self._locals)}"
            raw = self._raw(field)
            self.loads.append(f"{name} = folded({self._constant(field)}, {raw})" if field.fold else f"{name} = {raw}")
        return name

    def _number_in(self, field: Field) -> str:
        """The local that holds the number in a text, read once per decision."""
        key = f"{field.name} number"
        name = self._locals.get(key)
        if name is None:
            name = self._locals[key] = f"x{len(self._locals)}"
            self.loads.append(f"{name} = number_in({self._raw(field)})")
        return name

    def _view(self, field: Field) -> str:
        """The field's words, cut on first use."""
        key = f"{field.name} words"
        name = self._locals.get(key)
        if name is None:
            name = self._locals[key] = f"x{len(self._locals)}"
            self.loads.append(f"{name} = None")
        return f"({name} or ({name} := view_of({self._raw(field)} or '')))"


_SIGNS: Final = {"above": ">", "below": "<", "at_least": ">=", "at_most": "<="}


def _patterns_together(parts: tuple[Condition, ...]) -> tuple[Condition, ...]:
    """Parts of which any suffices, with the patterns for one field made one: the text is gone through once, not once for each."""
    asked: dict[str, list[Compare]] = {}
    for part in parts:
        if isinstance(part, Compare) and part.op == "matches":
            asked.setdefault(part.field, []).append(part)
    for name, tests in asked.items():
        together = Pattern.any_of([test.value for test in tests]) if len(tests) > 1 else None
        if together is not None:
            parts = (*(part for part in parts if part not in tests), Compare(name, "matches", together))
    return parts


def _cost(condition: Condition) -> int:
    match condition:
        case Compare(name, op, _):
            field = field_of(name)
            is_search = field is not None and field.type == "text" and (op.startswith("contains_") or field.words_search)
            is_words = is_search and op.startswith(("contains_", "in_list", "not_in_list"))
            return _WORDS_COST if is_words else _COST.get(op, 1)
        case Not(part):
            return _cost(part)
        case All(parts) | AnyOf(parts):
            return sum(_cost(part) for part in parts)
