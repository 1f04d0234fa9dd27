"""Reads and writes of people, sessions and tokens."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import fields
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, bindparam, delete, insert, select, true, update

from app.core.errors import Conflict, NotFound
from app.core.ids import PersonId, TokenId
from app.core.roles import Role, Scope
from app.engine.bulk import insert_rows, read_rows
from app.engine.cursor import NEWEST, Cursor, standing_at
from app.engine.database import Transaction
from app.people.model import Person, Presence, Session, Token
from app.people.tables import PERSON, SESSION, TOKEN

_PEOPLE_BOUND: Final = 2_000  # a desk, not a directory
# Built once: every request asks these, and building one costs more than running it.
_COLUMNS: Final = tuple(PERSON.c[f.name] for f in fields(Person))
_TOKEN_COLUMNS: Final = tuple(TOKEN.c[f.name] for f in fields(Token))
_GET: Final = select(*_COLUMNS).where(PERSON.c.id == bindparam("id"))
_NEWEST: Final = NEWEST.subquery()
_VISIT: Final = (
    select(*_COLUMNS, SESSION.c.created_at, SESSION.c.expires_at, *_NEWEST.c)
    .join(SESSION, SESSION.c.person_id == PERSON.c.id)
    .outerjoin(_NEWEST, true())
    .where(SESSION.c.id == bindparam("id"), SESSION.c.expires_at > bindparam("now"), PERSON.c.disabled.is_(False))
)
_TOKEN: Final = (
    select(*_TOKEN_COLUMNS, *_COLUMNS)
    .outerjoin(PERSON, TOKEN.c.person_id == PERSON.c.id)
    .where(TOKEN.c.hash == bindparam("hash"), TOKEN.c.revoked.is_(False))
)
_GIVEN: Final = update(PERSON).where(PERSON.c.id == bindparam("of_person")).values(given_at=bindparam("at"))
_WIDTH: Final = len(_COLUMNS)
_AT_ONCE: Final = 500  # ids in one statement


def digest(secret: str) -> str:
    """What is kept of a cookie or token: SHA-256, enough for 256 random bits."""
    return hashlib.sha256(secret.encode()).hexdigest()


def add(tx: Transaction, *, email: str, name: str, role: Role, password_hash: str, languages: Sequence[str] = (),
        skills: Sequence[str] = (), queues: Sequence[str] = (), capacity: int = 8) -> PersonId:  # fmt: skip
    """Add a person; Conflict when the e-mail is taken."""
    if tx.conn.execute(select(PERSON.c.id).where(PERSON.c.email == email.lower())).first():
        raise Conflict(f"{email} is already a person of this desk.")
    id = PersonId(tx.new_id())
    tx.conn.execute(
        insert(PERSON).values(
            id=id, email=email.lower(), name=name, role=role, password_hash=password_hash, languages=list(languages), skills=list(skills),
            queues=list(queues), capacity=capacity, presence="away", presence_since=tx.now, created_at=tx.now, disabled=False,
            presence_reason="",
        )
    )  # fmt: skip
    return id


def get(conn: Connection, id: str) -> Person:
    """The person; NotFound when there is none."""
    found = read_rows(conn, _GET, {"id": id})
    if not found:
        raise NotFound("No such person.")
    return _person(found[0])


def by_email(conn: Connection, email: str) -> tuple[Person, str] | None:
    """The person and the password hash."""
    row = conn.execute(select(*_COLUMNS, PERSON.c.password_hash).where(PERSON.c.email == email.strip().lower())).first()
    return None if row is None else (_person(row), row.password_hash)


def everyone(conn: Connection) -> tuple[Person, ...]:
    """All people by name."""
    return tuple(_person(r) for r in conn.execute(select(*_COLUMNS).order_by(PERSON.c.name, PERSON.c.id).limit(_PEOPLE_BOUND)))


def set_presence(tx: Transaction, id: PersonId, presence: Presence, reason: str) -> bool:
    """Set what a person says of themselves; False when it is so already."""
    done = tx.conn.execute(
        update(PERSON)
        .where(PERSON.c.id == id, (PERSON.c.presence != presence) | (PERSON.c.presence_reason != reason))
        .values(presence=presence, presence_reason=reason, presence_since=tx.now)
    )
    return done.rowcount == 1


def note_seen(tx: Transaction, ids: Sequence[PersonId]) -> None:
    """These people gave a sign of life now. Rows that somebody has in hand are passed over, so that two never wait in a circle."""
    free = select(PERSON.c.id).where(PERSON.c.id.in_(ids)).with_for_update(skip_locked=True, key_share=True)
    found = tx.conn.execute(free).scalars().all()
    tx.conn.execute(update(PERSON).where(PERSON.c.id.in_(found)).values(last_seen_at=tx.now))


def held(tx: Transaction, ids: Iterable[str]) -> tuple[Person, ...]:
    """These people as they stand, nobody else's to give cases to until the transaction ends; in one order for everybody."""
    query = select(*_COLUMNS).where(PERSON.c.id.in_(sorted(set(ids)))).order_by(PERSON.c.id).with_for_update(key_share=True)
    return tuple(_person(row) for row in tx.conn.execute(query))


def note_given(tx: Transaction, id: PersonId) -> None:
    """The desk gave this person a case now, or they took one while away."""
    insert_rows(tx.conn, _GIVEN, ("of_person", "at"), [(id, tx.now)])


def change(tx: Transaction, id: PersonId, **values: Any) -> bool:
    """Change columns of a person; False when there is no such person."""
    return tx.conn.execute(update(PERSON).where(PERSON.c.id == id).values(**values)).rowcount == 1


def start_session(tx: Transaction, person: PersonId, cookie: str, hours: int) -> datetime:
    """Keep a session for the cookie; returns when it ends."""
    expires_at = tx.now + timedelta(hours=hours)
    tx.conn.execute(delete(SESSION).where(SESSION.c.person_id == person, SESSION.c.expires_at <= tx.now))
    tx.conn.execute(insert(SESSION).values(id=digest(cookie), person_id=person, created_at=tx.now, expires_at=expires_at))
    return expires_at


def visit(conn: Connection, id: str, now: datetime) -> tuple[Session, Cursor] | None:
    """The live session with this id (the cookie's digest); None when ended, expired or its person disabled.

    And where the log stands, in the same statement: nearly every request of a browser begins with it.
    """
    found = read_rows(conn, _VISIT, {"id": id, "now": now})
    if not found:
        return None
    *person, created_at, expires_at, seq, at = found[0]
    return Session(id, _person(person), created_at, expires_at), standing_at(seq, at)


def signed_in(conn: Connection, person: PersonId, now: datetime) -> bool:
    """Whether the person has a live session in any browser."""
    query = select(SESSION.c.id).where(SESSION.c.person_id == person, SESSION.c.expires_at > now).limit(1)
    return conn.execute(query).first() is not None


def people_of_sessions(conn: Connection, ids: Iterable[str], now: datetime) -> dict[str, Person]:
    """Whose each of the sessions is, of those that are live; many at once."""
    wanted, found = sorted(set(ids)), {}
    for start in range(0, len(wanted), _AT_ONCE):
        query = select(*_COLUMNS, SESSION.c.id).join(SESSION, SESSION.c.person_id == PERSON.c.id)
        live = (SESSION.c.id.in_(wanted[start : start + _AT_ONCE]), SESSION.c.expires_at > now, PERSON.c.disabled.is_(False))
        for *person, session in conn.execute(query.where(*live)):
            found[str(session)] = _person(person)
    return found


def end_session(tx: Transaction, id: str) -> PersonId | None:
    """End one session; the person it was of, None when it had ended."""
    row = tx.conn.execute(select(SESSION.c.person_id).where(SESSION.c.id == id)).first()
    tx.conn.execute(delete(SESSION).where(SESSION.c.id == id))
    return PersonId(row.person_id) if row else None


def sessions_of(conn: Connection, person: PersonId) -> tuple[str, ...]:
    """The ids of a person's sessions, ended by their own time or not."""
    return tuple(conn.execute(select(SESSION.c.id).where(SESSION.c.person_id == person).order_by(SESSION.c.id)).scalars())


def end_sessions_of(tx: Transaction, person: PersonId) -> int:
    """End every session of a person; returns how many."""
    return tx.conn.execute(delete(SESSION).where(SESSION.c.person_id == person)).rowcount


def add_token(tx: Transaction, *, secret: str, name: str, scope: Scope, person: PersonId | None) -> TokenId:
    """Keep a token by its hash."""
    id = TokenId(tx.new_id())
    tx.conn.execute(
        insert(TOKEN).values(id=id, hash=digest(secret), name=name, scope=scope, person_id=person, created_at=tx.now, revoked=False)
    )
    return id


def token_and_person(conn: Connection, secret: str) -> tuple[Token, Person | None] | None:
    """The live token with this secret, and whose it is, None for nobody's; None when unknown, revoked or its person disabled."""
    found = read_rows(conn, _TOKEN, {"hash": digest(secret)})
    if not found:
        return None
    token, values = Token(*found[0][:-_WIDTH]), found[0][-_WIDTH:]
    person = _person(values) if token.person_id else None
    return None if person is not None and person.disabled else (token, person)


def tokens(conn: Connection) -> tuple[Token, ...]:
    """All tokens, the newest first."""
    return tuple(Token(*r) for r in conn.execute(select(*_TOKEN_COLUMNS).order_by(TOKEN.c.id.desc()).limit(_PEOPLE_BOUND)))


def revoke_token(tx: Transaction, id: str) -> bool:
    """Revoke; False when unknown or revoked before."""
    return tx.conn.execute(update(TOKEN).where(TOKEN.c.id == id, TOKEN.c.revoked.is_(False)).values(revoked=True)).rowcount == 1


def _person(values: Sequence[Any]) -> Person:
    """The frozen record of the values of ``_COLUMNS``."""
    found: list[Any] = [tuple(value) if type(value) is list else value for value in values[:_WIDTH]]
    return Person(*found)
