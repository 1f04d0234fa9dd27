"""What a person says of themselves, or a supervisor of them: available, busy or away. It wins over any socket."""

from app.core.asker import Asker
from app.core.errors import Invalid
from app.core.events import NewEvent
from app.engine.ports import Ports
from app.people import store as people
from app.people.model import PRESENCES, Person, Presence


def set_presence(ports: Ports, asker: Asker, person_id: str, presence: str, reason: str = "") -> Person:
    """Set it; setting what is so already makes no event."""
    if person_id != asker.person_id:
        asker.need("people.edit")
    if presence not in PRESENCES:
        raise Invalid("Presence is available, busy or away.", errors=[{"loc": ["presence"], "msg": "must be available, busy or away"}])
    said: Presence = presence
    with ports.db.write() as tx:
        person = people.get(tx.conn, person_id)
        if people.set_presence(tx, person.id, said, reason[:80]):
            tx.append(NewEvent("presence.changed", asker.actor, {"person": person.id, "presence": said, "reason": reason[:80]}))
        return people.get(tx.conn, person_id)
