"""Publish a policy's text as its next version: answers are given under it from now on."""

from dataclasses import replace

from app.core.asker import Asker
from app.core.errors import Conflict, Invalid, NotFound
from app.core.events import NewEvent
from app.engine.locks import hold_names
from app.engine.ports import Ports
from app.policy import store as policies
from app.policy.model import Policy
from app.policy.parse import parse


def publish_policy(ports: Ports, asker: Asker, id: str, text: str, expected: int) -> Policy:
    """The new version of the policy ``id``. ``expected`` is the version the editor began from, 0 for a policy that is new.

    Invalid carries every error with line and field, Conflict says that somebody published meanwhile; either way nothing
    changes. A text that says what is in force already is refused, so a second press of the button makes no second version.
    """
    asker.need("policies.edit")
    wanted = parse(text, f"{id}.md")
    with ports.db.write() as tx:
        hold_names(tx, ["policies"])
        try:
            now: Policy | None = policies.active(tx.conn, id)
        except NotFound:
            now = None
        version = now.version if now else 0
        if version != expected:
            raise Conflict(f"Version {version} of {id} was published while you wrote: look at it, then publish yours again.")
        if now is not None and replace(wanted, version=now.version, hash=now.hash) == now:
            raise Invalid(
                f"Nothing was changed: this is version {version}, which is in force.", errors=[{"loc": ["text"], "msg": "unchanged"}]
            )
        made = policies.activate(tx, [wanted], asker.actor)
        tx.append(NewEvent("policy.activated", asker.actor, {"policy": id, "version": made[0].version}))
        return made[0]
