"""A case that opens again looks whether its agent is there: if not it goes to its queue at once, and does not wait for their next shift."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from app.actions.ask_rules import Asked, ask_all
from app.actions.case_at_hand import CLAIM
from app.cases.model import Case
from app.core.events import SYSTEM, Actor, NewEvent
from app.core.ids import CaseId, PersonId
from app.engine import timers
from app.engine.database import Transaction
from app.judgement.desk import Desk
from app.judgement.roster import is_silent
from app.people import store as people


@dataclass(frozen=True, slots=True)
class Left:
    """A case that lost its agent: as it was ``before``, as it is now, and the event ``seq`` that says so."""

    before: Case
    case: Case
    seq: int


def kept_by_those_there(tx: Transaction, desk: Desk, opened: Sequence[Case], asker: Actor = SYSTEM) -> dict[CaseId, Left]:
    """Those of the opened cases whose agent is away, silent or gone, without their agent, by id.

    The caller saves them, then lets the rules hear of it: ``ask_of_left``. Whoever opened a case by hand is there, whatever they say of
    themselves.
    """
    held = [case for case in opened if case.assignee_id is not None and case.assignee_id != asker.id]
    gone = _gone(tx, desk, {case.assignee_id for case in held if case.assignee_id is not None})
    left: dict[CaseId, Left] = {}
    for case in held:
        why = gone.get(case.assignee_id) if case.assignee_id is not None else None
        if why is not None:
            timers.disarm(tx, case.id, CLAIM)
            data = {"was": case.assignee_name, "from": case.assignee_id, "why": why}
            seq = tx.append(NewEvent("case.released", SYSTEM, data, case=case.id, customer=case.customer_id))
            left[case.id] = Left(case, replace(case, assignee_id=None, assignee_name=None, claim_until=None), seq)
    return left


def ask_of_left(tx: Transaction, desk: Desk, left: Mapping[CaseId, Left], now: Mapping[CaseId, Case]) -> dict[CaseId, Case]:
    """Ask the rules about each that was let go, as it stands ``now``, saved; the cases as that leaves them."""
    asked = [Asked(now[id], "case.released", SYSTEM, one.seq, before=one.before) for id, one in left.items()]
    return {case.id: case for case in ask_all(tx, desk, asked)} if asked else {}


def _gone(tx: Transaction, desk: Desk, ids: Iterable[PersonId]) -> dict[PersonId, str]:
    """Which of these people are not there, and why, in words."""
    found: dict[PersonId, str] = {}
    for id in sorted(ids):
        person = people.get(tx.conn, id)
        if person.disabled:
            found[id] = f"{person.name} no longer works here"
        elif person.presence == "away":
            found[id] = f"{person.name} is away{f' ({person.presence_reason})' if person.presence_reason else ''}"
        elif is_silent(person, desk.silent_after, tx.now):
            found[id] = f"no sign of life of {person.name}"
    return found
