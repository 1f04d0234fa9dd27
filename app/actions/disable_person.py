"""Shut someone out: no sign-in, no token, every session ended, on open sockets too. A second time nothing happens."""

from sqlalchemy import select

from app.actions.return_cases import return_cases_of
from app.actions.set_presence import say_presence
from app.core.asker import Asker
from app.core.errors import Conflict, NotFound
from app.core.events import NewEvent
from app.engine.locks import hold_names
from app.engine.ports import Ports
from app.judgement.desk import desk_of
from app.people import store as people
from app.people.model import Person
from app.people.tables import SESSION


def disable_person(ports: Ports, asker: Asker, email: str) -> Person:
    """The person as they are now; their open cases go back to their queues.

    Raises NotFound; Conflict when they are the only admin left.
    """
    asker.need("people.edit")
    with ports.db.write() as tx:
        hold_names(tx, ["people"])  # of two admins who disable each other at once one stays
        found = people.by_email(tx.conn, email)
        if found is None:
            raise NotFound(f"There is no person {email!r}: `earshot user list` shows everyone.")
        person = found[0]
        asker.need_over(person.role)
        if person.disabled:
            return person
        if person.role == "admin" and not any(p.role == "admin" and not p.disabled and p.id != person.id for p in people.everyone(tx.conn)):
            raise Conflict(f"{person.email} is the only admin: add another one first.")
        people.change(tx, person.id, disabled=True)
        tx.append(NewEvent("person.updated", asker.actor, {"person": person.id, "disabled": True}))
        for session in tx.conn.execute(select(SESSION.c.id).where(SESSION.c.person_id == person.id)).scalars().all():
            tx.append(NewEvent("session.ended", asker.actor, {"person": person.id, "session": session}))
        people.end_sessions_of(tx, person.id)
        say_presence(tx, ports, asker.actor, person, "away", "disabled")
        return_cases_of(tx, person.id, f"{person.name} no longer works here", asker.actor, desk_of(ports, tx.conn))
        return people.get(tx.conn, person.id)
