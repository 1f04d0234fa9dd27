"""What a person says of themselves, or a supervisor of them: available, busy or away, and why. It wins over any socket."""

from typing import Final

from app.core.asker import Asker
from app.core.errors import Invalid
from app.core.events import NewEvent
from app.engine.ports import Ports
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
        before = people.get(tx.conn, person)
        if people.set_presence(tx, before.id, said, reason):
            data = {"person": before.id, "presence": said, "was": before.presence, "reason": reason}
            tx.append(NewEvent("presence.changed", asker.actor, data))
        return people.get(tx.conn, before.id)
