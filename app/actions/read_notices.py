"""A person has read what they were told: one notice, or all that is shown to them. The second time nothing happens."""

from app.core.asker import Asker
from app.core.errors import Forbidden
from app.engine.ports import Ports
from app.escalation import store_notices as notices


def read_notices(ports: Ports, asker: Asker, id: str | None = None) -> int:
    """Mark as read; returns how many were unread. Nobody reads the notices of another."""
    if asker.person_id is None:
        raise Forbidden("Notices are told to people.")
    with ports.db.write() as tx:
        return notices.mark_read(tx, asker.person_id, id)
