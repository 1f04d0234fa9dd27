"""What a supervisor does about a person on the floor, in one transaction: their presence, their sign-ins, and the cases they hold.

It is kept as one act, so that it can be undone: what was moved and not touched since goes back, a presence nobody changed since as well.
Called twice, the second finds it done.
"""

from dataclasses import replace

from app.actions.bulk_change import need_change
from app.actions.bulk_steps import MOST_CASES, done_to, new_act
from app.actions.set_presence import LONGEST_REASON, say_presence
from app.actions.sign_out_person import end_all
from app.cases import store_bulk as acts
from app.cases.bulk import BulkAct
from app.cases.floor import HELD, HELD_OR_WAITING, cases_change
from app.cases.model import FLOOR_VERBS, FloorChange
from app.core.asker import Asker
from app.core.errors import Invalid
from app.engine.ports import Ports
from app.judgement.desk import desk_of
from app.people import store as people
from app.people.model import PRESENCES, Person, Presence


def change_floor(ports: Ports, asker: Asker, id: str, change: FloorChange) -> BulkAct:
    """The act as it was done. Raises Invalid, NotFound, and Forbidden for a person of a role above the asker."""
    change = replace(change, reason=" ".join(change.reason.split())[:LONGEST_REASON])
    said = _presence(change)
    moves = cases_change(change)
    if moves is not None:
        asker.need("cases.assign")
        need_change(ports, asker, moves)
    with ports.db.write() as tx:
        person = people.get(tx.conn, id)
        asker.need_over(person.role)
        states = HELD_OR_WAITING if change.waiting_too else HELD
        held = acts.of_person(tx.conn, person.id, states, MOST_CASES) if moves else ()
        act = new_act(tx, asker, moves, [case for case in held if not change.only or case in change.only])
        ended = end_all(tx, ports, asker, person) if change.verb == "sign_out" else 0
        if said is not None:
            say_presence(tx, ports, asker.actor, person, said, change.reason)
        now = people.get(tx.conn, person.id)
        acts.change(tx, act.id, person_id=person.id, person_before=_standing(person), person_after=_standing(now), signed_out=ended)
        done_to(tx, desk_of(ports, tx.conn), asker, act, acts.rows(tx.conn, act.id))
        return acts.get(tx.conn, act.id)


def _presence(change: FloorChange) -> Presence | None:
    if change.verb not in FLOOR_VERBS:
        raise Invalid(f"Use one of {', '.join(FLOOR_VERBS)}.", errors=[{"loc": ["do"], "msg": f"must be one of {', '.join(FLOOR_VERBS)}"}])
    if change.verb != "presence":
        if change.verb == "reassign" and change.cases == "stay":
            raise Invalid("Say where the cases are to go.", errors=[{"loc": ["cases"], "msg": "is needed"}])
        return None
    said: Presence | None = next((known for known in PRESENCES if known == change.presence), None)
    if said is None:
        raise Invalid("Presence is available, busy or away.", errors=[{"loc": ["presence"], "msg": "must be available, busy or away"}])
    return said


def _standing(person: Person) -> dict[str, str]:
    return {"presence": person.presence, "reason": person.presence_reason}
