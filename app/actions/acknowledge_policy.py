"""Say that one has read a policy as it is in force."""

from app.core.asker import Asker
from app.core.errors import Conflict
from app.core.events import NewEvent
from app.engine.ports import Ports
from app.policy import store as policies


def acknowledge_policy(ports: Ports, asker: Asker, id: str, version: int) -> bool:
    """Keep that the asker read this version; False and no event when it is kept already.

    Conflict when another version is in force by now: nobody acknowledges what they did not see. NotFound without such a policy.
    """
    asker.need("policies.read")
    person = asker.person()
    with ports.db.write() as tx:
        policy = policies.active(tx.conn, id)
        if policy.version != version:
            raise Conflict(f"Version {policy.version} of {policy.title} is in force by now: read that one.")
        new = policies.acknowledge(tx, person, policy)
        if new:
            tx.append(NewEvent("policy.acknowledged", asker.actor, {"policy": id, "version": version}))
        return new
