"""People in a test: added without the cost of a real password, asked for by name, signed in with a cookie of their own."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.core.asker import Asker, asker_of
from app.core.roles import Role
from app.door.identity import Visitor, by_session, cookie_name, new_cookie
from app.engine.ports import Ports
from app.judgement.desk import queues_of
from app.people import store as people
from app.people.model import Person, Presence


@dataclass(frozen=True, slots=True)
class Signed:
    """A signed-in browser."""

    asker: Asker
    visitor: Visitor
    headers: dict[str, str]


def hire(
    ports: Ports, name: str, role: Role = "agent", *, languages: Sequence[str] = ("en", "es", "de", "fa"), skills: Sequence[str] = (),
    queues: Sequence[str] | None = None, capacity: int = 8, presence: Presence = "available", password_hash: str = "",
) -> Asker:  # fmt: skip
    """Add a person who works every queue unless told otherwise; their e-mail is their name at desk.example."""
    with ports.db.write() as tx:
        id = people.add(
            tx, email=f"{name.lower()}@desk.example", name=name, role=role, password_hash=password_hash, languages=languages, skills=skills,
            queues=[q.id for q in queues_of(ports)] if queues is None else queues, capacity=capacity,
        )  # fmt: skip
        people.set_presence(tx, id, presence, "")
    return asker_of(role, id, name)


def person(ports: Ports, asker: Asker) -> Person:
    """The person as they stand."""
    with ports.db.read() as conn:
        return people.get(conn, asker.person())


def signed_in(ports: Ports, asker: Asker) -> Signed:
    """A session for this person, as signing in makes one."""
    cookie = new_cookie()
    with ports.db.write() as tx:
        people.start_session(tx, asker.person(), cookie, ports.settings.earshot_session_hours)
    return Signed(asker, by_session(ports, people.digest(cookie)), {"Cookie": f"{cookie_name(ports)}={cookie}"})
