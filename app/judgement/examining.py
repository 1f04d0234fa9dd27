"""The examination of a rule text against the desk as it is: its own words, and the queues, policies, people and skills it names."""

from sqlalchemy import Connection

from app.channels.endpoints import places_of
from app.engine.ports import Ports
from app.judgement.desk import macros_of, queues_of
from app.people import store as people
from app.policy import store as policies
from app.routing.check import Verdict, check
from app.routing.lint import Known


def examine(ports: Ports, conn: Connection, text: str) -> Verdict:
    """Parse, lint and run the examples of a text; never raises for what stands in it."""
    everyone, queues = people.everyone(conn), queues_of(ports)
    known = Known(
        queues=frozenset(q.id for q in queues),
        policies=frozenset(p.id for p in policies.all_active(conn)),
        people=frozenset(p.id for p in everyone) | frozenset(p.email for p in everyone),
        webhooks=frozenset(place.id for place in places_of(ports.data)),
        macros=frozenset(m.id for m in macros_of(ports).values() if m.approved),
        skills=frozenset(skill for p in everyone for skill in p.skills) | frozenset(skill for q in queues for skill in q.skills),
    )
    return check(text, known)
