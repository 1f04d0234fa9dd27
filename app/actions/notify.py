"""Tell people of a case: a notice for each of them, one event for all. In the transaction of what led to it, many cases at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from app.actions.rule_acts import Acts, by_rules
from app.cases.model import Case
from app.core.events import NewEvent
from app.core.ids import PersonId
from app.core.records import quick
from app.engine.database import Transaction
from app.escalation import store_notices as notices
from app.escalation.store_notices import Notice
from app.judgement.desk import Desk
from app.judgement.notified import people_meant, shown_from
from app.people import store as people
from app.people import store_shifts as shifts
from app.people.model import Person
from app.routing.model import Decision

_RULES_CHARACTERS: Final = 200
_ABOUT_CHARACTERS: Final = 80
_BAND: Final = "normal"  # of what is about no case


@quick
@dataclass(frozen=True, slots=True)
class Telling:
    """Whom to tell (words of ``notify``) of what on which case. ``about`` is the trigger, and behind it the name of a timer;
    ``rules`` are the ids of the rules that fired."""

    case: Case
    to: Sequence[str]
    about: str
    rules: Sequence[str]
    acts: Acts


def notify_all(tx: Transaction, desk: Desk, tellings: Sequence[Telling]) -> None:
    """Write the notices and tell of each telling once, also when nobody stands behind its words: then that is what is told."""
    if not tellings:
        return
    everyone, plans = people.everyone(tx.conn), shifts.plans(tx.conn)
    hours = next(iter(desk.levels.calendars), None)
    made = []
    meant: dict[tuple[str, str, str | None], list[Person]] = {}  # many cases of a queue mean the same people
    for one in tellings:
        case = one.case
        told: dict[PersonId, Person] = {}
        for word in one.to:
            key = (word, case.queue, case.assignee_id)
            if key not in meant:
                meant[key] = people_meant(word, case, desk.queues, everyone)
            told |= {p.id: p for p in meant[key]}
        trigger = one.about.partition(" ")[0]
        made += [
            Notice(
                tx.new_id(), p.id, case.id, one.about[:_ABOUT_CHARACTERS], _names(desk, one.rules), case.band, tx.now,
                shown_from(p, plans, hours, tx.now, trigger=trigger, band=case.band),
            )
            for p in told.values()
        ]  # fmt: skip
        one.acts.tell(case, "notice.sent", {"to": ", ".join(one.to), "people": sorted(told), "band": case.band, "about": one.about})
    notices.add_all(tx, made)


def notify_without_case(tx: Transaction, desk: Desk, decision: Decision, about: str, cause: int | None) -> None:
    """Tell people of an event that is no case's: the lead's place is taken by the supervisors, and nobody is its assignee."""
    everyone, plans = people.everyone(tx.conn), shifts.plans(tx.conn)
    hours = next(iter(desk.levels.calendars), None)
    told = {p.id: p for word in decision.notify for p in people_meant(word, None, desk.queues, everyone)}
    trigger, why = about.partition(" ")[0], _names(desk, decision.fired)
    notices.add_all(
        tx,
        [
            Notice(
                tx.new_id(), p.id, "", about[:_ABOUT_CHARACTERS], why, _BAND, tx.now,
                shown_from(p, plans, hours, tx.now, trigger=trigger, band=_BAND),
            )
            for p in told.values()
        ],
    )  # fmt: skip
    data = {"to": ", ".join(decision.notify), "people": sorted(told), "band": _BAND, "about": about}
    tx.append(NewEvent("notice.sent", by_rules(decision), data, cause=cause, depth=1))


def _names(desk: Desk, fired: Sequence[str]) -> str:
    """The rules that tell, as a supervisor named them."""
    names = [rule.name or rule.id for rule in desk.rules.rules if rule.id in fired and rule.do.notify]
    return ", ".join(names)[:_RULES_CHARACTERS]
