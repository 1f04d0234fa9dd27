"""Go back to an earlier version of the rules by publishing a copy of it: versions are never changed or deleted."""

from app.actions.publish_rules import Published, put_in_force, refuse_faulty
from app.core.asker import Asker
from app.engine.ports import Ports
from app.routing import store as routing


def roll_back_rules(ports: Ports, asker: Asker, to_version: int, *, reason: str, expected: int | None = None) -> Published:
    """The number of the copy, or what waits for a second person. A second time makes a second copy.

    NotFound; Invalid when it names what is no longer there; Conflict when another version is in force than ``expected``.
    """
    asker.need("rules.edit")
    with ports.db.write() as tx:
        text = routing.version(tx.conn, to_version).text
        refuse_faulty(tx, ports, text)
        return put_in_force(tx, asker, text, reason, expected=expected, copy_of=to_version)
