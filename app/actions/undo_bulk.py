"""Take an act on many cases back: each case it moved and nobody touched since gets back what it had. What could not be given back is said.

The second time it goes on with what the first did not come to, which after a whole undo is nothing.
"""

from datetime import datetime
from functools import partial
from typing import Any, Final

from app.actions.bulk_change import need_own
from app.actions.bulk_steps import AT_ONCE, GONE, MOST_CASES, reset, tried
from app.actions.close_case import OpenState, reopen
from app.actions.release_case import assign, move, release
from app.actions.set_presence import LONGEST_REASON, say_presence
from app.actions.snooze_case import snooze, wake
from app.actions.tag_case import tag
from app.cases import store as cases
from app.cases import store_bulk as acts
from app.cases.bulk import BulkAct, BulkRow, touched
from app.cases.model import BulkVerb, Case
from app.core.asker import Asker
from app.core.errors import Conflict, DeskError
from app.core.ids import CaseId
from app.engine.database import Transaction
from app.engine.ports import Ports
from app.judgement.desk import Desk, desk_of
from app.people import store as people
from app.people.model import PRESENCES

WHY: Final = "an act on many cases was undone"


def undo_bulk(ports: Ports, asker: Asker, id: str) -> BulkAct:
    """The act as it stands after it. Conflict when its time to be undone is over."""
    more = True
    while more:
        with ports.db.write() as tx:
            act = acts.get(tx.conn, id, hold=True)
            need_own(asker, act)
            if act.undone_at is None:
                if act.expires_at <= tx.now:
                    raise Conflict("It is too late to undo this: half an hour has passed. Move the cases by hand.")
                said = _presence_back(tx, ports, asker, act) if act.person else ""
                acts.change(tx, id, undone_at=tx.now, undone_by=asker.actor.name, undone_said=said)
            moved = [row for row in acts.rows(tx.conn, id, "moved") if row.undone is None]
            # What touches a person is one transaction as it was when it was done; cases alone are taken a few at a time.
            now = moved[: AT_ONCE if act.person is None else MOST_CASES]
            _back(tx, desk_of(ports, tx.conn), asker, act, now)
            more = len(moved) > len(now)
    with ports.db.read() as conn:
        return acts.get(conn, id)


def _back(tx: Transaction, desk: Desk, asker: Asker, act: BulkAct, rows: list[BulkRow]) -> None:
    if act.change is None:
        return
    ids = [row.case for row in rows]
    cases.hold_all(tx, ids)
    found = cases.get_all(tx.conn, ids)
    for row in rows:
        case = found.get(row.case)
        why = GONE if case is None else touched(act.change.verb, row, case)
        if not why and case is not None:
            why, _ = tried(tx, partial(_given_back, tx, desk, asker, act.change.verb, row, case))
        acts.settle(tx, act.id, reset(row, undone=not why, why=why))


def _given_back(tx: Transaction, desk: Desk, asker: Asker, verb: BulkVerb, row: BulkRow, case: Case) -> Case:
    before, after = row.before, row.after
    match verb:
        case "assign" | "release":
            return _hands_back(tx, asker, before["person"], case.id)
        case "queue":
            return move(tx, asker, case.id, before["queue"])
        case "tag" | "untag":
            was, now = before["tags"], after["tags"]
            back, off = tuple(t for t in was if t not in now), tuple(t for t in now if t not in was)
            return tag(tx, asker, case.id, add=back, remove=off, desk=desk)
        case "snooze":
            return wake(tx, case, desk, asker.actor)
        case "close":
            return _opened_as_it_was(tx, desk, asker, before, case)


def _hands_back(tx: Transaction, asker: Asker, person: str | None, id: CaseId) -> Case:
    return release(tx, asker, id, why=WHY) if person is None else assign(tx, asker, id, person, WHY)


def _opened_as_it_was(tx: Transaction, desk: Desk, asker: Asker, before: dict[str, Any], closed: Case) -> Case:
    """Open again, its clock running since its customer began to wait; what waited on the customer or slept does so again."""
    waits, until = before["state"] == "waiting", _moment(before["until"])
    state = OpenState("waiting" if waits else "open", None if waits else _moment(before["waiting_since"]))
    case = reopen(tx, desk, asker, closed.id, state)
    return snooze(tx, desk, asker, case.id, until) if until is not None and until > tx.now else case


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _presence_back(tx: Transaction, ports: Ports, asker: Asker, act: BulkAct) -> str:
    """Give a person back the presence they had, unless they said another one since; what of it could not be given back."""
    said = "They stay signed out: an ended session cannot be opened again." if act.signed_out else ""
    try:
        person = people.get(tx.conn, str(act.person))
        asker.need_over(person.role)
    except DeskError as error:
        return error.detail
    before, after = act.person_before, act.person_after
    if not after or before == after or act.signed_out:
        return said
    if (person.presence, person.presence_reason) != (after["presence"], after["reason"]):
        return f"{person.name} is {person.presence} since: their presence stays as it is."
    back = next((known for known in PRESENCES if known == before["presence"]), person.presence)
    say_presence(tx, ports, asker.actor, person, back, str(before["reason"])[:LONGEST_REASON])
    return said
