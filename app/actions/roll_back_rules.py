"""Go back to an earlier version of the rules by publishing a copy of it: versions are never changed or deleted."""

from app.actions.publish_rules import refuse_faulty
from app.core.asker import Asker
from app.core.events import NewEvent
from app.engine.ports import Ports
from app.routing import store as routing


def roll_back_rules(ports: Ports, asker: Asker, to_version: int, *, reason: str) -> int:
    """The number of the copy. NotFound, or Invalid when it names what is no longer there. A second time makes a second copy."""
    asker.need("rules.edit")
    with ports.db.write() as tx:
        refuse_faulty(tx, ports, routing.version(tx.conn, to_version).text)
        version = routing.roll_back(tx, to_version, reason, asker.actor)
        tx.append(NewEvent("rules.activated", asker.actor, {"version": version, "reason": reason, "copy_of": to_version}))
        return version
