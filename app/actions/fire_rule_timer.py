"""A timer that a rule started is due: the rules in force are asked, with its name. After downtime it fires late rather than never.

Where the rule that started it is gone, is off, or says something else by now, the timer does nothing, and the case's history says so.
"""

from app.actions.ask_rules import ask
from app.actions.rule_guards import Stopped, say_stopped
from app.actions.rule_timers import PURPOSE, mark_of
from app.cases.model import Case
from app.core.events import TIMER, NewEvent
from app.engine.database import Transaction
from app.engine.timers import Timer
from app.judgement.desk import Desk
from app.routing.compile import Compiled


def fire_rule_timer(tx: Transaction, desk: Desk, case: Case, timer: Timer) -> Case:
    """Act on a timer that was taken, of a case that is held; the case as that leaves it."""
    name, rule = timer.purpose.removeprefix(PURPOSE), str(timer.data["rule"])
    if case.state == "done":
        return case  # closed by a process of the version before, which leaves it armed
    why = _outdated(desk.rules, timer, name, rule)
    if why is not None:
        say_stopped(tx, case, Stopped("timer", (rule,), why), desk.rules.version, timer=name)
        return case
    fired = tx.append(NewEvent("timer.due", TIMER, {"timer": name, "rule": rule}, case=case.id, customer=case.customer_id))
    return ask(tx, desk, case, "timer.due", TIMER, cause=fired, timer=name)


def _outdated(rules: Compiled, timer: Timer, name: str, id: str) -> str | None:
    """Why the timer does not hold any more, in words; None when it does."""
    if timer.data["version"] == rules.version:
        return None
    rule = next((r for r in rules.rules if r.id == id), None)
    if rule is None:
        return f"The timer {name} did nothing: the rule {id} that started it is gone."
    if not rule.enabled:
        return f"The timer {name} did nothing: the rule {id} that started it is off."
    return None if mark_of(rule) == timer.data["mark"] else f"The timer {name} did nothing: the rule {id} that started it has been changed."
