"""What a rule set that parses can still have wrong: names that do not exist, rules that can never act, tests at odds.

An error keeps a rule set from being published; a warning is shown and leaves the choice to the supervisor. Only what is
certain is said: a rule is called unreachable when no Facts at all could reach it, not when it looks unlikely.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from app.routing.chains import never_on
from app.routing.conditions import All, AnyOf, Condition, WordList, tests_of
from app.routing.contradictions import impossible
from app.routing.decide import SINGLE
from app.routing.fields import CASELESS, nearest
from app.routing.lint_chains import loops, problem_of, timers
from app.routing.model import NOTHING, Example, Problem, Rule, RuleSet, Severity
from app.routing.parse_actions import ACTION_KEYS, AUDIENCES, CASELESS_ACTIONS, LAST_AGENT, LEAST_LOADED, SKILL_PREFIX


@dataclass(frozen=True, slots=True)
class Known:
    """Names that exist outside the rules. None means: not known here, do not check."""

    queues: frozenset[str] | None = None
    policies: frozenset[str] | None = None
    people: frozenset[str] | None = None
    """Ids and e-mails."""
    skills: frozenset[str] | None = None
    webhooks: frozenset[str] | None = None
    macros: frozenset[str] | None = None
    """Ids of approved macros."""


def lint(rule_set: RuleSet, known: Known | None = None) -> list[Problem]:
    """Every problem in a parsed rule set, in the order of its lines."""
    problems = [
        *_ids(rule_set.rules),
        *(problem for rule in rule_set.rules for problem in _names(rule, known or Known())),
        *(problem for rule in rule_set.rules for problem in _effect(rule)),
        *(problem for rule in rule_set.rules for problem in _never(rule)),
        *_list_names(rule_set),
        *timers(rule_set.rules),
        *loops(rule_set.rules),
        *_unreachable(rule_set.rules),
        *_shadowed(rule_set.rules),
        *(problem for example in rule_set.examples for problem in _example_names(example, rule_set)),
    ]
    return sorted(problems, key=lambda problem: (problem.line, problem.column))


def _ids(rules: tuple[Rule, ...]) -> Iterator[Problem]:
    seen: dict[str, Rule] = {}
    for rule in rules:
        first = seen.setdefault(rule.id, rule)
        if first is not rule:
            yield problem_of(rule, "id", f"The id {rule.id!r} is taken by the rule on line {first.line}", "Give one of the two another id.")


def _names(rule: Rule, known: Known) -> Iterator[Problem]:
    do = rule.do
    skill = do.assign.removeprefix(SKILL_PREFIX) if do.assign is not None and do.assign.startswith(SKILL_PREFIX) else None
    person = None if do.assign in (LEAST_LOADED, LAST_AGENT) or skill is not None else do.assign
    wanted: list[tuple[str, str, str | None, frozenset[str] | None, Severity]] = [
        ("queue", "queue", do.queue, known.queues, "error"),
        ("checklist", "policy", do.checklist, known.policies, "error"),
        ("assign", "person", person, known.people, "error"),
        ("assign", "skill", skill, known.skills, "error"),
        ("reply_with", "macro", do.reply_with, known.macros, "error"),
        *(("webhooks", "webhook", name, known.webhooks, "error") for name in do.webhooks),
    ]
    for audience in do.notify:
        if audience not in AUDIENCES:
            wanted.append(("notify", "person", audience, known.people, "warning"))
    for part, word, name, names, severity in wanted:
        if name is not None and names is not None and name not in names:
            yield problem_of(rule, f"do.{part}", f"There is no {word} {name!r}", _choose(name, names), severity)
    if known.queues is not None:
        for test in tests_of(rule.when):
            if test.field != "queue" or test.op not in ("is", "any_of"):
                continue
            for queue in test.value if isinstance(test.value, tuple) else (test.value,):
                if queue not in known.queues:
                    yield problem_of(rule, "when.queue", f"There is no queue {queue!r}", _choose(str(queue), known.queues), "error", test)


def _list_names(rule_set: RuleSet) -> Iterator[Problem]:
    known = {one.name for one in rule_set.lists}
    used: set[str] = set()
    for rule in rule_set.rules:
        for test in tests_of(rule.when):
            for one in test.value if isinstance(test.value, tuple) else ():
                if isinstance(one, WordList):
                    used.add(one.name)
                    if one.name not in known:
                        msg = f"There is no list {one.name!r}"
                        yield problem_of(rule, f"when.{test.field}", msg, _choose_list(one.name, known), "error", test)
    for one in rule_set.lists:
        if one.name not in used:
            msg = f"No rule asks for the list {one.name}"
            yield Problem(one.line or 1, 1, f"lists.{one.name}", msg, "Use it with in_list, or remove it.", "warning")


def _choose_list(name: str, names: Iterable[str]) -> str:
    near = nearest(name, names)
    return f"Did you mean {near}?" if near else "Write it under lists: at the head of the file."


def _choose(name: str, names: Iterable[str]) -> str:
    near = nearest(name, names)
    return f"Did you mean {near}?" if near else f"Use one of: {', '.join(sorted(names)) or 'none is set up yet'}."


def _effect(rule: Rule) -> Iterator[Problem]:
    do = rule.do
    if do == NOTHING and not rule.stop:
        yield problem_of(rule, "do", "This rule does nothing when it fires", "Add an action under do:, or stop: true.", "warning")
    away = [name for name in _PUTS_AWAY if getattr(do, name) is not None]
    if (do.hold is not None or do.escalate) and (away or do.reply_with is not None):
        what = (*away, "reply_with")[0]
        msg = f"A held or escalated mention is never put away or answered by a rule, so {what} has no effect"
        yield problem_of(rule, f"do.{what}", msg, "Remove one of them.", "warning")
    if len(away) > 1:
        msg = f"A case is put away in one way only: {away[0]} is carried out, {', '.join(away[1:])} is not"
        yield problem_of(rule, f"do.{away[1]}", msg, "Keep one of them.", "warning")
    both = [tag for tag in do.untag if tag in do.tags]
    if both:
        yield problem_of(rule, "do.untag", f"This rule sets and removes the tag {both[0]}", "Keep one of the two.")
    if do.hold is not None and not do.escalate:
        yield problem_of(rule, "do.hold", "This hold names nobody who could lift it", "Add escalate: legal (or pr, supervisor).", "warning")
    of_no_case = [trigger for trigger in rule.on if trigger in CASELESS]
    idle = [name for name in ACTION_KEYS if name not in CASELESS_ACTIONS and getattr(do, name) != getattr(NOTHING, name)]
    if of_no_case and idle and rule.enabled:
        msg = f"{of_no_case[0]} is about no case, so {', '.join(idle)} has no effect there"
        mend = f"Only {' and '.join(CASELESS_ACTIONS)} can follow it."
        yield problem_of(rule, f"do.{idle[0]}", msg, mend, "error" if len(of_no_case) == len(rule.on) else "warning")
    if not rule.on:
        yield problem_of(rule, "on", "This rule is asked by no event", "Name at least one under on:, or remove the line.", "warning")


def _never(rule: Rule) -> Iterator[Problem]:
    reason = impossible(rule.when)
    if reason is not None:
        test, why = reason
        mend = "Change one of the tests, or use any: instead of all:."
        yield problem_of(rule, f"when.{test.field}", f"This rule can never fire: {why}", mend, "error", test)
        return
    never = [(trigger, found) for trigger in rule.on if (found := never_on(rule, trigger)) is not None]
    for trigger, (test, why) in never:
        msg = f"This rule can never fire on {trigger}: {why}"
        severity: Severity = "error" if len(never) == len(rule.on) else "warning"
        yield problem_of(rule, f"when.{test.field}", msg, "Change the test, or the trigger under on:.", severity, test)


_PUTS_AWAY: Final = ("no_response_needed", "close", "snooze_minutes", "community_minutes")
"""In the order in which the desk looks: the first is carried out."""


def _unreachable(rules: tuple[Rule, ...]) -> Iterator[Problem]:
    for index, rule in enumerate(rules):
        stops = (other for other in rules[:index] if other.enabled and other.stop and other.repeat == "always")
        before = [other for other in stops if always(other.when) or other.when == rule.when]
        stopper = _covering(rule, before)
        if rule.enabled and stopper is not None:
            why = "always stops" if always(stopper.when) else "stops under the same condition"
            msg = f"This rule is never asked: {stopper.id} on line {stopper.line} {why}"
            yield problem_of(rule, "id", msg, f"Move it above {stopper.id}, or take stop: out there.")


def _shadowed(rules: tuple[Rule, ...]) -> Iterator[Problem]:
    for index, rule in enumerate(rules):
        for action in SINGLE:
            if getattr(rule.do, action) is None or not rule.enabled:
                continue
            first = _covering(rule, [other for other in rules[:index] if _always_sets(other, action)])
            if first is not None:
                msg = f"This {action} is never used: {first.id} on line {first.line} always chooses one before"
                yield problem_of(rule, f"do.{action}", msg, f"Move this rule above {first.id}.", "warning")


def _always_sets(rule: Rule, action: str) -> bool:
    return rule.enabled and not rule.stop and rule.repeat == "always" and always(rule.when) and getattr(rule.do, action) is not None


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


def _example_names(example: Example, rule_set: RuleSet) -> Iterator[Problem]:
    ids = frozenset(rule.id for rule in rule_set.rules)
    for one in example.expect:
        if one.key in ("fired", "not_fired", "stopped_by") and one.value is not None:
            for name in one.value if isinstance(one.value, list) else [one.value]:
                if not isinstance(name, str) or name not in ids:
                    field = f"examples[{example.name}].expect.{one.key}"
                    yield Problem(one.line, one.column, field, f"There is no rule {str(name)[:60]!r}", _choose(str(name), ids))
