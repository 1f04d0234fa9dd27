"""Make an empty database a desk: the default rule set as version 1, the policies of the data folder. A second time changes nothing."""

from app.core.events import SYSTEM, NewEvent
from app.engine.locks import hold_names
from app.engine.ports import Ports
from app.policy import store as policies
from app.routing import store as routing


def open_workspace(ports: Ports) -> None:
    """Publish what is missing; rules that people have published since are never touched."""
    folder = ports.data.root
    with ports.db.write() as tx:
        hold_names(tx, ["policies", "workspace"])  # several workers begin at once
        for policy in policies.sync_from_folder(tx, folder / "policies", SYSTEM):
            tx.append(NewEvent("policy.activated", SYSTEM, {"policy": policy.id, "version": policy.version}))
        if routing.active_version(tx.conn) == 0:
            text = (folder / "rules.yaml").read_text(encoding="utf-8")
            version = routing.publish(tx, text, "the default rules", SYSTEM)
            tx.append(NewEvent("rules.activated", SYSTEM, {"version": version, "reason": "the default rules"}))
