"""Signing in and out. Attempts are slowed by account and address, never locked for ever; every answer takes equally long."""

from dataclasses import dataclass
from typing import Final

from app.actions.set_presence import say_presence
from app.core.errors import NotSignedIn, TooMany
from app.core.events import Actor, NewEvent
from app.core.ids import PersonId
from app.engine.ports import Ports
from app.people import store as people
from app.people.passwords import matches

_BY_ACCOUNT: Final = 8  # attempts a minute
_BY_ADDRESS: Final = 30
LONGEST_PASSWORD: Final = 256


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who signed in, for the cookie that was given."""

    person: PersonId
    name: str


def sign_in(ports: Ports, email: str, password: str, address: str, cookie: str) -> SignedIn:
    """Start a session for the cookie. NotSignedIn says the same for an unknown e-mail and a wrong password."""
    account = email.strip().lower()[:254]
    throttle = ports.throttle
    if not (throttle.within(_BY_ACCOUNT, "account", account) and throttle.within(_BY_ADDRESS, "address", address)):
        raise TooMany("Too many attempts. Wait a minute, then try again.", retry_after_seconds=60)
    with ports.db.read() as conn:
        found = people.by_email(conn, account)
    known = found is not None and not found[0].disabled
    if not matches(password[:LONGEST_PASSWORD], found[1] if known and found else None) or found is None:
        raise NotSignedIn("The e-mail or the password is wrong.")
    person = found[0]
    with ports.db.write() as tx:
        first = not people.signed_in(tx.conn, person.id, tx.now)
        people.start_session(tx, person.id, cookie, ports.settings.earshot_session_hours)
        # Who said "away" on another device stays away when a phone signs in beside it.
        if first and person.presence == "away":
            say_presence(tx, ports, Actor("agent", person.id, person.name), person, "available")
    return SignedIn(person.id, person.name)


def sign_out(ports: Ports, session_id: str) -> None:
    """End the session now, on its open sockets too; their owner hears it from the log. A second time nothing happens."""
    with ports.db.write() as tx:
        person = people.end_session(tx, session_id)
        if person is not None:
            who = people.get(tx.conn, person)
            actor = Actor("agent", who.id, who.name)
            tx.append(NewEvent("session.ended", actor, {"person": who.id, "session": session_id}))
            # Whoever is still signed in on a phone or in another browser has not left.
            if not people.signed_in(tx.conn, who.id, tx.now):
                say_presence(tx, ports, actor, who, "away", "signed out")
