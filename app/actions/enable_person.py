"""Let someone in again who was shut out. A second time nothing happens."""

from app.core.asker import Asker
from app.core.errors import NotFound
from app.core.events import NewEvent
from app.engine.locks import hold_names
from app.engine.ports import Ports
from app.people import store as people
from app.people.model import Person


def enable_person(ports: Ports, asker: Asker, email: str) -> Person:
    """The person as they are now: their password and the tokens made for them count again, their old sessions stay ended.

    Raises NotFound; Forbidden for a role above the asker.
    """
    asker.need("people.edit")
    with ports.db.write() as tx:
        hold_names(tx, ["people"])
        found = people.by_email(tx.conn, email)
        if found is None:
            raise NotFound(f"There is no person {email!r}: `earshot user list` shows everyone.")
        person = found[0]
        asker.need_over(person.role)
        if person.disabled:
            people.change(tx, person.id, disabled=False)
            tx.append(NewEvent("person.updated", asker.actor, {"person": person.id, "disabled": False}))
        return people.get(tx.conn, person.id)
