"""What a person says of themselves, or a supervisor of them: available, busy or away, and why. It wins over any socket."""

from typing import Final

from app.actions.ask_rules import ask_without_case
from app.core.asker import Asker
from app.core.errors import Invalid
from app.core.events import Actor, NewEvent
from app.engine.database import Transaction
from app.engine.ports import Ports
from app.judgement.desk import desk_of
from app.people import store as people
from app.people.model import PRESENCES, Person, Presence

LONGEST_REASON: Final = 80
_WHICH: Final = "Presence is available, busy or away."


def set_presence(ports: Ports, asker: Asker, presence: str, reason: str = "", person: str | None = None) -> Person:
    """Set it for the asker, or for the ``person`` with this id; setting what is so already makes no event.

    What a person who goes away holds waits for them as long as the reason allows, then goes back (``return_cases``).
    """
    person = person or asker.person()
    if person != asker.person_id:
        asker.need("people.edit")
    said: Presence | None = next((known for known in PRESENCES if known == presence), None)
    if said is None:
        raise Invalid(_WHICH, errors=[{"loc": ["presence"], "msg": "must be available, busy or away"}])
    reason = " ".join(reason.split())[:LONGEST_REASON]
    with ports.db.write() as tx:
        say_presence(tx, ports, asker.actor, people.get(tx.conn, person), said, reason)
        return people.get(tx.conn, person)


def say_presence(tx: Transaction, ports: Ports, actor: Actor, person: Person, presence: Presence, reason: str = "") -> bool:
    """``set_presence`` within a transaction that does more; False when it is so already."""
    if not people.set_presence(tx, person.id, presence, reason):
        return False
    data = {"person": person.id, "presence": presence, "from": person.presence, "reason": reason}
    seq = tx.append(NewEvent("presence.changed", actor, data))
    ask_without_case(tx, desk_of(ports, tx.conn), "presence.changed", actor, cause=seq, person=person.email, presence=presence)
    return True
