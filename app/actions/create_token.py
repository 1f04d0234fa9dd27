"""Make a bearer token for a program. Each call makes another one; the secret is given once and only its hash is kept."""

import secrets
from dataclasses import dataclass, field
from typing import Final

from app.core.asker import Asker
from app.core.errors import Conflict, Invalid, NotFound
from app.core.events import NewEvent
from app.core.ids import TokenId
from app.core.roles import SCOPES
from app.engine.ports import Ports
from app.people import store as people

_SECRET_BYTES: Final = 32
PREFIX: Final = "earshot_"  # so that scanners for leaked secrets can tell what they found
_LONGEST_NAME: Final = 80


@dataclass(frozen=True, slots=True)
class CreatedToken:
    """The new token; ``secret`` is what the program sends as its bearer token."""

    id: TokenId
    secret: str = field(repr=False)


def create_token(ports: Ports, asker: Asker, *, name: str, scope: str, email: str | None = None) -> CreatedToken:
    """A token of this scope; with ``email`` it acts as that person and never may more than they.

    Raises Invalid, NotFound when there is no such person, Conflict when the person is disabled.
    """
    asker.need("settings.edit")
    name = " ".join(name.split())
    if not 1 <= len(name) <= _LONGEST_NAME or not name.isprintable():
        msg = f"a token's name has 1 to {_LONGEST_NAME} characters and says which program uses it"
        raise Invalid(f"name: {msg}.", errors=[{"loc": ["name"], "msg": msg}])
    if scope not in SCOPES:
        msg = f"{scope!r} is no scope: use one of {', '.join(SCOPES)}"
        raise Invalid(f"scope: {msg}.", errors=[{"loc": ["scope"], "msg": msg}])
    secret = PREFIX + secrets.token_urlsafe(_SECRET_BYTES)
    with ports.db.write() as tx:
        found = people.by_email(tx.conn, email) if email is not None else None
        if email is not None and found is None:
            raise NotFound(f"There is no person {email!r} to act as: `earshot user list` shows everyone.")
        if found is not None and found[0].disabled:
            raise Conflict(f"{found[0].email} is disabled: a token cannot act as them.")
        person = found[0].id if found is not None else None
        id = people.add_token(tx, secret=secret, name=name, scope=scope, person=person)
        tx.append(NewEvent("token.created", asker.actor, {"token": id, "scope": scope, "person": person}))
    return CreatedToken(id, secret)
