"""Sign a person out everywhere: every session ends, on open sockets too. A second time nothing happens."""

from app.actions.set_presence import say_presence
from app.core.asker import Asker
from app.core.events import NewEvent
from app.engine.database import Transaction
from app.engine.ports import Ports
from app.people import store as people
from app.people.model import Person


def sign_out_person(ports: Ports, asker: Asker, id: str) -> int:
    """How many sessions ended. Everyone may sign themselves out everywhere."""
    with ports.db.write() as tx:
        person = people.get(tx.conn, id)
        if person.id != asker.person_id:
            asker.need_over(person.role)
        return end_all(tx, ports, asker, person)


def end_all(tx: Transaction, ports: Ports, asker: Asker, person: Person) -> int:
    """End every session of a person, each with its event, by which its open sockets hear of it."""
    sessions = people.sessions_of(tx.conn, person.id)
    for session in sessions:
        tx.append(NewEvent("session.ended", asker.actor, {"person": person.id, "session": session}))
    people.end_sessions_of(tx, person.id)
    if sessions:
        say_presence(tx, ports, asker.actor, person, "away", "signed out")
    return len(sessions)
