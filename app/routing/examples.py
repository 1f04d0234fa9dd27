"""The examples in a rule file, run as tests: each that does not hold is a Problem at its line."""

from typing import Any, Final

from app.routing.compile import Compiled
from app.routing.decide import decide
from app.routing.model import Decision, Example, Expectation, Problem, RuleSet

_LISTS: Final = frozenset({"tags", "notify", "untag", "stop_timers", "webhooks", "start_timers", "spent"})


def run(rule_set: RuleSet, compiled: Compiled) -> list[Problem]:
    """What the examples of the set find wrong with its decisions."""
    return [problem for example in rule_set.examples for problem in _run_one(example, compiled)]


def as_decided(example: Example, compiled: Compiled) -> dict[str, Any]:
    """What each line of the example that does not hold would have to expect so that it holds, by its key."""
    decision = decide(compiled, example.facts)
    return {one.key: _now(one, decision) for one in example.expect if _wrong(one, decision) is not None}


def _now(one: Expectation, decision: Decision) -> Any:
    got = _got(one.key, decision)
    if one.key == "not_fired":
        return [name for name in _list(one.value) if name not in decision.fired]
    if one.key == "hold":
        return decision.hold_reason or decision.hold
    return list(got) if isinstance(got, tuple) else got


def _run_one(example: Example, compiled: Compiled) -> list[Problem]:
    decision = decide(compiled, example.facts)
    fired = ", ".join(decision.fired) or "none"
    problems: list[Problem] = []
    for one in example.expect:
        wrong = _wrong(one, decision)
        if wrong is not None:
            field = f"examples[{example.name}].expect.{one.key}"
            mend = f"Rules that fired: {fired}. Change the rule, or what the example expects."
            problems.append(Problem(one.line, one.column, field, f"The example “{example.name}” expects {wrong}", mend))
    return problems


def _wrong(one: Expectation, decision: Decision) -> str | None:
    """What was expected and what came instead; None when it holds.

    Lists (tags, notify, fired, escalate) hold when everything listed is there; null and the empty list hold when nothing is set.
    """
    wanted, got = one.value, _got(one.key, decision)
    if one.key == "not_fired":
        there = [name for name in _list(wanted) if name in decision.fired]
        return f"{', '.join(there)} not to fire" if there else None
    if wanted is None or wanted is False or wanted == []:
        return None if not got else f"no {one.key}, got {_said(got)}"
    if wanted is True and one.key in ("hold", "no_response_needed"):
        return None if got else f"{one.key}, got none"
    if one.key in _LISTS or one.key in ("fired", "escalate"):
        missing = [_said(item) for item in _list(wanted) if not _among(item, got)]
        return f"{one.key} with {', '.join(missing)}, got {_said(got)}" if missing else None
    if one.key == "hold":
        got = decision.hold_reason
    return None if wanted == got else f"{one.key} {_said(wanted)}, got {_said(got)}"


def _got(key: str, decision: Decision) -> Any:
    if key == "escalate":
        return [{"to": matter.to, "tier": matter.tier} for matter in decision.escalate]
    if key == "start_timers":
        return [one.as_json() for one in decision.start_timers]
    return decision.fired if key == "not_fired" else getattr(decision, key)


def _among(item: Any, got: Any) -> bool:
    if isinstance(item, dict):
        return any(isinstance(one, dict) and all(one.get(key) == value for key, value in item.items()) for one in got)
    return any(item == (one.get("to", one.get("name")) if isinstance(one, dict) else one) for one in got)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _said(value: Any) -> str:
    if value in (None, "", [], ()):
        return "nothing"
    if isinstance(value, list | tuple):
        return ", ".join(_said(item) for item in value)
    if isinstance(value, dict):
        more = f" tier {value.get('tier', 1)}" if "to" in value else f" {value.get('minutes', '')}".rstrip()
        return f"{value.get('to', value.get('name'))}{more}"
    return str(value)[:80]
