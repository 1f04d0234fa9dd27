"""Revoke a program's token: from the next request on it opens nothing. A second time is a Conflict, for nothing is left to revoke."""

from app.core.asker import Asker
from app.core.errors import Conflict
from app.core.events import NewEvent
from app.engine.ports import Ports
from app.people import store as people


def revoke_token(ports: Ports, asker: Asker, id: str) -> None:
    """Revoke it. Conflict when it is unknown or was revoked before."""
    asker.need("settings.edit")
    with ports.db.write() as tx:
        if not people.revoke_token(tx, id):
            raise Conflict("This token is not in use any more: it was revoked before.")
        tx.append(NewEvent("token.revoked", asker.actor, {"token": id}))
