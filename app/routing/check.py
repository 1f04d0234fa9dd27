"""The whole examination of a rule text before it may be published: parse, lint, examples."""

from dataclasses import dataclass

from app.routing.compile import Compiled, compile_rules
from app.routing.examples import run
from app.routing.lint import Known, lint
from app.routing.model import Problem, RuleSet
from app.routing.parse import parse
from app.routing.places import at_their_keys


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found. ``rule_set`` and ``compiled`` are None when the text does not parse."""

    problems: tuple[Problem, ...]
    rule_set: RuleSet | None
    compiled: Compiled | None

    @property
    def ok(self) -> bool:
        """Whether it may be published: warnings do not stand in the way."""
        return self.compiled is not None and not self.errors

    @property
    def errors(self) -> tuple[Problem, ...]:
        """The problems that keep it from being published."""
        return tuple(problem for problem in self.problems if problem.severity == "error")

    @property
    def words(self) -> str:
        """The result in one sentence."""
        warnings = len(self.problems) - len(self.errors)
        if self.errors:
            return f"{_count(len(self.errors), 'error')} and {_count(warnings, 'warning')}: it cannot be published like this."
        if self.rule_set is None:
            return "There is nothing to check."
        size = f"{_count(len(self.rule_set.rules), 'rule')}, {_count(len(self.rule_set.examples), 'example')} held"
        return f"{size}, {_count(warnings, 'warning')}."


def check(text: str, known: Known | None = None) -> Verdict:
    """Examine a rule text. ``known`` names the queues, policies and people that exist. Never raises."""
    parsed = parse(text)
    if isinstance(parsed, list):
        return Verdict(tuple(parsed), None, None)
    compiled = compile_rules(parsed)
    linted = lint(parsed, known)
    return Verdict((*(at_their_keys(text, linted) if linted else ()), *run(parsed, compiled)), parsed, compiled)


def _count(number: int, word: str) -> str:
    return f"{number or 'no'} {word}{'' if number == 1 else 's'}"
