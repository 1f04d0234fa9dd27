"""Write down who gave a sign of life: a request, or a page that is open on any device. It makes no event and says nothing of presence."""

from collections.abc import Sequence

from app.core.ids import PersonId
from app.engine.ports import Ports
from app.people import store as people


def note_seen(ports: Ports, persons: Sequence[PersonId]) -> None:
    """Seen now, in one statement. What somebody else has in hand this moment is left to the next time."""
    if persons:
        with ports.db.write() as tx:
            people.note_seen(tx, persons)
