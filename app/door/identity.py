"""Who stands at the door: a bearer token, or the browser's session cookie. Both are looked up, never trusted by form."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection
from starlette.responses import Response

from app.core.asker import Asker, asker_of
from app.core.errors import Forbidden, NotSignedIn
from app.core.events import Actor
from app.core.roles import PERMISSIONS, SCOPE_PERMISSIONS, Permission
from app.engine.cursor import START, Cursor
from app.engine.database import Snapshot
from app.engine.ports import Ports
from app.people import store
from app.people.model import Person

RIGHTS_CHANGED: Final = frozenset({"session.ended", "person.updated", "token.revoked"})
"""After one of these events an asker may have other rights, or none: whoever holds a connection asks again before it hands out more."""
_COOKIE_BYTES: Final = 32
_LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1", "testserver"})


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who asks, and by which way: ``session`` is set for a browser, None for a token.

    ``head`` is where the log stood when the browser was let in: whatever its page shows is that old or newer, so news from there on
    miss nothing.
    """

    asker: Asker
    person: Person | None
    session: str | None
    csrf: str
    head: Cursor = START


def cookie_name(ports: Ports) -> str:
    """``__Host-earshot`` wherever the desk is reached by https; browsers refuse that name without it."""
    return "__Host-earshot" if ports.settings.base_url.startswith("https:") else "earshot"


def new_cookie() -> str:
    """256 random bits."""
    return secrets.token_urlsafe(_COOKIE_BYTES)


def set_cookie(ports: Ports, response: Response, cookie: str) -> None:
    """Give the browser its session; gone when the browser closes or the session ends, whichever is first."""
    secure = ports.settings.base_url.startswith("https:")
    response.set_cookie(
        cookie_name(ports),
        cookie,
        max_age=ports.settings.earshot_session_hours * 3600,
        path="/",
        secure=secure,
        httponly=True,
        samesite="lax",
    )


def clear_cookie(ports: Ports, response: Response) -> None:
    """Take the session cookie away and empty what the browser kept of the desk."""
    response.delete_cookie(cookie_name(ports), path="/", secure=ports.settings.base_url.startswith("https:"), httponly=True, samesite="lax")


def identify(ports: Ports, connection: HTTPConnection) -> Visitor:
    """The visitor; NotSignedIn when neither a live token nor a live session comes with the request."""
    header = connection.headers.get("authorization", "")
    if header:
        scheme, _, secret = header.partition(" ")
        if scheme.lower() != "bearer":
            raise NotSignedIn("Send the token as 'Authorization: Bearer …'.")
        return _by_token(ports, secret.strip())
    cookie = connection.cookies.get(cookie_name(ports))
    if not cookie:
        raise NotSignedIn("Sign in first.")
    return by_session(ports, store.digest(cookie))


def by_session(ports: Ports, session_id: str) -> Visitor:
    """The visitor of a session; NotSignedIn when it has ended."""
    with ports.db.glance() as conn:
        found = store.visit(conn, session_id, ports.clock.now())
    if found is None:
        raise NotSignedIn("Your sign-in has ended. Sign in again; your draft is kept.")
    session, head = found
    person = session.person
    return Visitor(asker_of(person.role, person.id, person.name), person, session.id, ports.keys.sign("csrf", session.id), head)


def rights_of_sessions(conn: Snapshot, sessions: Iterable[str], now: datetime) -> dict[str, frozenset[Permission]]:
    """What each of many sessions may do now; one that has ended is left out."""
    return {id: asker_of(p.role, p.id, p.name).permissions for id, p in store.people_of_sessions(conn, sessions, now).items()}


def _by_token(ports: Ports, secret: str) -> Visitor:
    with ports.db.glance() as conn:
        found = store.token_and_person(conn, secret)
    if found is None:
        raise NotSignedIn("This token is not known here, or was revoked. Make one with 'earshot token create'.")
    token, person = found
    permissions = SCOPE_PERMISSIONS[token.scope]
    if person is not None:
        permissions &= PERMISSIONS[person.role] | {"ingest"}  # a token never exceeds its person; to deliver is a right of tokens alone
    actor = Actor("agent", person.id, person.name) if person else Actor("api", token.id, token.name)
    return Visitor(Asker(actor, permissions, person.role if person else None, person.id if person else None), person, None, "")


def refuse_foreign(ports: Ports, connection: HTTPConnection) -> None:
    """Raise Forbidden when a browser says that another site sent this: Sec-Fetch-Site, else Origin, must be ours."""
    site = connection.headers.get("sec-fetch-site")
    if site is not None and site not in ("same-origin", "none"):
        raise Forbidden("This request came from another site and was refused.")
    origin = connection.headers.get("origin")
    if origin is None:
        if site is None and connection.scope["type"] == "websocket":
            raise Forbidden("A socket with a session must say where it comes from.")
        return
    ours = urlsplit(ports.settings.base_url)
    theirs = urlsplit(origin)
    host = connection.headers.get("host", "")
    same_host = theirs.netloc == host and (theirs.hostname in _LOOPBACK or theirs.hostname == ours.hostname)
    if origin.rstrip("/") != f"{ours.scheme}://{ours.netloc}" and not same_host:
        raise Forbidden("This request came from another site and was refused.")


def check_csrf(ports: Ports, visitor: Visitor, given: str) -> None:
    """Raise Forbidden when a browser's write does not carry the token of its session."""
    if visitor.session is None or not ports.keys.verify("csrf", visitor.session, given):
        raise Forbidden("The form is out of date: reload the page and send it again. Your text is kept.")
