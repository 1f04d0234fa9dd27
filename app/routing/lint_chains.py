"""What lint says about rules that meet through time and events: rings, answers without an end, timers that nobody starts or hears."""

from collections.abc import Iterator
from typing import Final

from app.routing.chains import caused, never_on, rings
from app.routing.conditions import All, Compare, tests_of
from app.routing.contradictions import impossible
from app.routing.fields import DEFAULT_TRIGGERS, nearest
from app.routing.model import Problem, Rule, Severity

_ANSWERED: Final = (Compare("case_replies", "at_least", 1), Compare("since_reply_minutes", "set", True))
_END_IT: Final = "Add repeat: once (or once_per_state) to one of them, or a test such as actor: {is_not: rule}."


def problem_of(rule: Rule, part: str, msg: str, mend: str, severity: Severity = "error", place: Compare | None = None) -> Problem:
    """A problem of one rule, at the test that has it where there is one."""
    line, column = (place.line, place.column) if place is not None and place.line else (rule.line, rule.column)
    return Problem(line, column, f"rules[{rule.id}].{part}", msg, mend, severity)


def loops(rules: tuple[Rule, ...]) -> Iterator[Problem]:
    """Rings of rules, each named whole at its first rule, and rules that answer without an end."""
    for ring in rings(rules):
        first = ring.steps[0][0]
        if ring.slow:
            msg = f"This goes round again and again for as long as the case is there: {ring.words}"
            mend = "Add a test that ends it, such as state: open, or repeat: once."
            yield problem_of(first, "on", msg, mend, "warning")
        else:
            alone = len(ring.steps) == 1
            what = "This rule starts itself" if alone else "These rules start each other in a ring"
            yield problem_of(first, "on", f"{what}: {ring.words}", _END_IT.replace("one of them", "it") if alone else _END_IT)
    for rule in rules:
        if rule.enabled and rule.do.reply_with is not None:
            yield from _answers(rule)


def _answers(rule: Rule) -> Iterator[Problem]:
    asked = any(trigger in DEFAULT_TRIGGERS for trigger in rule.on)
    if asked and rule.repeat == "always" and impossible(All((rule.when, *_ANSWERED))) is None:
        msg = "This rule would answer every post, and two machines each other without an end; the desk lets rules answer once a case"
        yield problem_of(rule, "do.reply_with", msg, "Add repeat: once, or the test case_replies: 0.", "warning")


def timers(rules: tuple[Rule, ...]) -> Iterator[Problem]:
    """Timers that are started and heard by no rule, or asked for or stopped and started by none."""
    enabled = [rule for rule in rules if rule.enabled]
    started = dict.fromkeys(timer.name for rule in enabled for timer in rule.do.start_timers)
    hearing = [rule for rule in enabled if "timer.due" in rule.on and never_on(rule, "timer.due") is None]
    for rule in enabled:
        for timer in rule.do.start_timers:
            due = next(certain for trigger, certain in caused(rule, "") if Compare("timer", "is", timer.name) in certain)
            if not any(impossible(All((other.when, *due))) is None for other in hearing):
                msg = f"No rule hears the timer {timer.name}"
                mend = f"Add a rule with on: timer.due and the test timer: {timer.name}, or start no timer."
                yield problem_of(rule, "do.start_timers", msg, mend, "warning")
        for name in rule.do.stop_timers:
            if name not in started:
                yield problem_of(rule, "do.stop_timers", f"No rule starts the timer {name}", _started(name, started), "warning")
        for test in tests_of(rule.when):
            if test.field == "timer" and test.op in ("is", "any_of"):
                for name in test.value if isinstance(test.value, tuple) else (test.value,):
                    if name not in started:
                        yield problem_of(rule, "when.timer", f"No rule starts the timer {name}", _started(name, started), "warning", test)


def _started(name: str, started: dict[str, None]) -> str:
    near = nearest(name, started)
    return f"Did you mean {near}?" if near else "Start it with start_timers: in another rule."
