"""What keeps rules from going round in circles: a rule fires once on a case in one chain of causes, a chain has three rules one after
another at most, and on one case rules fire only so often within an hour. What a guard stops stands in the case's history, in words, once.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from app.cases.model import Case
from app.core.events import Actor, NewEvent
from app.core.facts import Facts
from app.core.records import quick
from app.engine import log
from app.engine.database import Transaction
from app.routing import store as routing
from app.routing.compile import Compiled
from app.routing.decide import decide
from app.routing.model import Decision

MAX_DEPTH: Final = 3
"""Rules that may follow one from another: the third one's own acts ask nobody any more."""
BUDGET: Final = 100
"""Events of one case within ``BUDGET_SPAN`` on which rules may fire, arrivals of mentions aside. More than any case needs; a rule that a
program outside answers each time would use it up."""
BUDGET_SPAN: Final = timedelta(hours=1)
_TOLD_AMONG: Final = 500  # of the newest events of a case: whether the same was said within the hour


@dataclass(frozen=True, slots=True)
class Stopped:
    """What one guard kept from firing."""

    guard: str
    rules: tuple[str, ...]
    why: str


@quick
@dataclass(frozen=True, slots=True)
class Guarded:
    """A decision after the guards."""

    decision: Decision
    stopped: tuple[Stopped, ...] = ()

    @property
    def words(self) -> tuple[str, ...]:
        """What was stopped and why, for the trace."""
        return tuple(one.why for one in self.stopped)

    @property
    def kept(self) -> tuple[str, ...]:
        """The rules that were stopped."""
        return tuple(rule for one in self.stopped for rule in one.rules)

    def tell(self, tx: Transaction, case: Case, cause: int | None, depth: int) -> None:
        """Say in the case's history what was stopped."""
        for one in self.stopped:
            say_stopped(tx, case, one, self.decision.version, cause=cause, depth=depth)


@quick
@dataclass(frozen=True, slots=True)
class Led:
    """What led to an event: ``chain`` are the rules, the first one first, ``depth`` the event's own; ``used`` is how often the rules were
    asked about the case within ``BUDGET_SPAN``."""

    chain: tuple[str, ...]
    depth: int
    used: int


def guarded(tx: Transaction, rules: Compiled, facts: Facts, case: Case, spent: frozenset[str], led: Led) -> Guarded:
    """What the rules decide, less what a guard stops. ``spent`` are rules that may not fire again."""
    decision = decide(rules, facts, spent=spent)
    if not decision.fired:
        return Guarded(decision)
    if led.depth >= MAX_DEPTH:
        why = f"{_named(decision.fired)} not asked: {MAX_DEPTH} rules had already followed one from another."
        return Guarded(_nothing(rules, facts), (Stopped("depth", decision.fired, why),))
    if led.used >= BUDGET and routing.fired_since(tx.conn, case.id, tx.now - BUDGET_SPAN, most=BUDGET) >= BUDGET:
        why = f"{_named(decision.fired)} not asked: within an hour rules have fired {BUDGET} times on this case. Look for a circle."
        return Guarded(_nothing(rules, facts), (Stopped("budget", decision.fired, why),))
    looped = tuple(rule for rule in decision.fired if rule in led.chain)
    if not looped:
        return Guarded(decision)
    why = f"{_named(looped)} not asked again: what led here began with the same rule, so it would have gone round in a circle."
    return Guarded(decide(rules, facts, spent=spent.union(led.chain)), (Stopped("circle", looped, why),))


def say_stopped(
    tx: Transaction, case: Case, stopped: Stopped, version: int, *, cause: int | None = None, depth: int = 0, **more: Any
) -> None:
    """Tell it in the case's history; the same of the same rules only once within an hour."""
    data = {"guard": stopped.guard, "rules": list(stopped.rules), "why": stopped.why, **more}
    if _said(tx, case, data):
        return
    actor = Actor("rule", ",".join(stopped.rules)[:40], f"Rules v{version}")
    tx.append(NewEvent("rules.stopped", actor, data, case=case.id, customer=case.customer_id, cause=cause, depth=depth))


def _said(tx: Transaction, case: Case, data: dict[str, Any]) -> bool:
    """Whether it was: a used-up budget is one thing, whichever rules it keeps."""
    same = ("guard",) if data["guard"] == "budget" else ("guard", "rules", "why")

    def is_it(kind: str, told: dict[str, Any]) -> bool:
        return kind == "rules.stopped" and all(told.get(name) == data[name] for name in same)

    if any(e.case == case.id and is_it(e.kind, e.data) for e in tx.pending):
        return True
    since = tx.now - BUDGET_SPAN
    return any(e.at > since and is_it(e.kind, e.data) for e in log.of_case(tx.conn, case.id, limit=_TOLD_AMONG))


def _nothing(rules: Compiled, facts: Facts) -> Decision:
    return decide(rules, facts, spent=frozenset(rule.id for rule in rules.rules))


def _named(rules: tuple[str, ...]) -> str:
    return f"The rule {rules[0]} was" if len(rules) == 1 else f"The rules {', '.join(rules)} were"
