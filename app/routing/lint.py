"""What a rule set that parses can still have wrong: names that do not exist, rules that can never act, tests at odds.

An error keeps a rule set from being published; a warning is shown and leaves the choice to the supervisor. Only what is
certain is said: a rule is called unreachable when no Facts at all could reach it, not when it looks unlikely.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from app.routing.contradictions import impossible
from app.routing.fields import nearest
from app.routing.model import NOTHING, All, AnyOf, Compare, Condition, Example, Not, Problem, Rule, RuleSet, Severity
from app.routing.parse_actions import AUDIENCES, LEAST_LOADED


@dataclass(frozen=True, slots=True)
class Known:
    """Names that exist outside the rules. None means: not known here, do not check."""

    queues: frozenset[str] | None = None
    policies: frozenset[str] | None = None
    people: frozenset[str] | None = None
    """Ids and e-mails."""


def lint(rule_set: RuleSet, known: Known | None = None) -> list[Problem]:
    """Every problem in a parsed rule set, in the order of its lines."""
    problems = [
        *_ids(rule_set.rules),
        *(problem for rule in rule_set.rules for problem in _names(rule, known or Known())),
        *(problem for rule in rule_set.rules for problem in _effect(rule)),
        *(problem for rule in rule_set.rules for problem in _never(rule)),
        *_unreachable(rule_set.rules),
        *_shadowed(rule_set.rules),
        *(problem for example in rule_set.examples for problem in _example_names(example, rule_set)),
    ]
    return sorted(problems, key=lambda problem: (problem.line, problem.column))


def _problem(rule: Rule, part: str, msg: str, mend: str, severity: Severity = "error", place: Compare | None = None) -> Problem:
    line, column = (place.line, place.column) if place is not None and place.line else (rule.line, rule.column)
    return Problem(line, column, f"rules[{rule.id}].{part}", msg, mend, severity)


def _ids(rules: tuple[Rule, ...]) -> Iterator[Problem]:
    seen: dict[str, Rule] = {}
    for rule in rules:
        first = seen.setdefault(rule.id, rule)
        if first is not rule:
            yield _problem(rule, "id", f"The id {rule.id!r} is taken by the rule on line {first.line}", "Give one of the two another id.")


def _names(rule: Rule, known: Known) -> Iterator[Problem]:
    do = rule.do
    person = None if do.assign == LEAST_LOADED else do.assign
    wanted: list[tuple[str, str, str | None, frozenset[str] | None, Severity]] = [
        ("queue", "queue", do.queue, known.queues, "error"),
        ("checklist", "policy", do.checklist, known.policies, "error"),
        ("assign", "person", person, known.people, "error"),
    ]
    for audience in do.notify:
        if audience not in AUDIENCES:
            wanted.append(("notify", "person", audience, known.people, "warning"))
    for part, word, name, names, severity in wanted:
        if name is not None and names is not None and name not in names:
            yield _problem(rule, f"do.{part}", f"There is no {word} {name!r}", _choose(name, names), severity)
    if known.queues is not None:
        for test in _tests(rule.when):
            if test.field != "queue" or test.op not in ("is", "any_of"):
                continue
            for queue in test.value if isinstance(test.value, tuple) else (test.value,):
                if queue not in known.queues:
                    yield _problem(rule, "when.queue", f"There is no queue {queue!r}", _choose(str(queue), known.queues), "error", test)


def _choose(name: str, names: Iterable[str]) -> str:
    near = nearest(name, names)
    return f"Did you mean {near}?" if near else f"Use one of: {', '.join(sorted(names)) or 'none is set up yet'}."


def _effect(rule: Rule) -> Iterator[Problem]:
    do = rule.do
    if do == NOTHING and not rule.stop:
        yield _problem(rule, "do", "This rule does nothing when it fires", "Add an action under do:, or stop: true.", "warning")
    if (do.hold is not None or do.escalate) and (do.no_response_needed is not None or do.snooze_minutes is not None):
        what = "no_response_needed" if do.no_response_needed is not None else "snooze_minutes"
        yield _problem(
            rule, f"do.{what}", f"A held or escalated mention is never put away, so {what} has no effect", "Remove one of them.", "warning"
        )
    if do.hold is not None and not do.escalate:
        yield _problem(rule, "do.hold", "This hold names nobody who could lift it", "Add escalate: legal (or pr, supervisor).", "warning")
    if not rule.on:
        yield _problem(rule, "on", "This rule is asked by no event", "Name at least one under on:, or remove the line.", "warning")


def _never(rule: Rule) -> Iterator[Problem]:
    reason = impossible(rule.when)
    if reason is not None:
        test, why = reason
        yield _problem(
            rule,
            f"when.{test.field}",
            f"This rule can never fire: {why}",
            "Change one of the tests, or use any: instead of all:.",
            "error",
            test,
        )


_SINGLE: Final = ("queue", "assign", "checklist", "no_response_needed", "snooze_minutes")


def _unreachable(rules: tuple[Rule, ...]) -> Iterator[Problem]:
    for index, rule in enumerate(rules):
        before = [other for other in rules[:index] if other.enabled and other.stop and (always(other.when) or other.when == rule.when)]
        stopper = _covering(rule, before)
        if rule.enabled and stopper is not None:
            why = "always stops" if always(stopper.when) else "stops under the same condition"
            msg = f"This rule is never asked: {stopper.id} on line {stopper.line} {why}"
            yield _problem(rule, "id", msg, f"Move it above {stopper.id}, or take stop: out there.")


def _shadowed(rules: tuple[Rule, ...]) -> Iterator[Problem]:
    for index, rule in enumerate(rules):
        for action in _SINGLE:
            if getattr(rule.do, action) is None or not rule.enabled:
                continue
            first = _covering(rule, [other for other in rules[:index] if _always_sets(other, action)])
            if first is not None:
                msg = f"This {action} is never used: {first.id} on line {first.line} always chooses one before"
                yield _problem(rule, f"do.{action}", msg, f"Move this rule above {first.id}.", "warning")


def _always_sets(rule: Rule, action: str) -> bool:
    return rule.enabled and not rule.stop and always(rule.when) and getattr(rule.do, action) is not None


def _covering(rule: Rule, others: list[Rule]) -> Rule | None:
    """The last of the earlier rules that together cover every trigger of ``rule``; None when one trigger is left."""
    covered = {trigger for other in others for trigger in other.on}
    return others[-1] if others and rule.on and covered >= set(rule.on) else None


def always(condition: Condition) -> bool:
    """Whether the condition holds for every Facts by its form alone."""
    match condition:
        case All(parts):
            return all(always(part) for part in parts)
        case AnyOf(parts):
            return any(always(part) for part in parts)
        case _:
            return False


def _tests(condition: Condition) -> Iterator[Compare]:
    match condition:
        case Compare():
            yield condition
        case Not(part):
            yield from _tests(part)
        case All(parts) | AnyOf(parts):
            for part in parts:
                yield from _tests(part)


def _example_names(example: Example, rule_set: RuleSet) -> Iterator[Problem]:
    ids = frozenset(rule.id for rule in rule_set.rules)
    for one in example.expect:
        if one.key in ("fired", "not_fired", "stopped_by") and one.value is not None:
            for name in one.value if isinstance(one.value, list) else [one.value]:
                if name not in ids:
                    field = f"examples[{example.name}].expect.{one.key}"
                    yield Problem(one.line, one.column, field, f"There is no rule {str(name)[:60]!r}", _choose(str(name), ids))
