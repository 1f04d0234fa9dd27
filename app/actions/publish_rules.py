"""Publish a rule set, or go back to an earlier one. Each is a new immutable version; the next mention obeys it.

Publishing the same text twice makes two versions, unless the caller names the version it started from: then the second is refused.
"""

from app.core.asker import Asker
from app.core.errors import Invalid
from app.core.events import NewEvent
from app.engine.database import Transaction
from app.engine.ports import Ports
from app.judgement.examining import examine
from app.routing import store as routing


def publish_rules(ports: Ports, asker: Asker, text: str, *, reason: str, expected: int | None = None) -> int:
    """The new version. Invalid with every error of the text; Conflict when another version was published since ``expected``."""
    asker.need("rules.edit")
    with ports.db.write() as tx:
        _refuse_wrong(tx, ports, text)
        version = routing.publish(tx, text, reason, asker.actor, expected=expected)
        tx.append(NewEvent("rules.activated", asker.actor, {"version": version, "reason": reason}))
        return version


def roll_back_rules(ports: Ports, asker: Asker, to_version: int, *, reason: str) -> int:
    """Publish a copy of an earlier version; its number. NotFound, or Invalid when it names what is no longer there."""
    asker.need("rules.edit")
    with ports.db.write() as tx:
        _refuse_wrong(tx, ports, routing.version(tx.conn, to_version).text)
        version = routing.roll_back(tx, to_version, reason, asker.actor)
        tx.append(NewEvent("rules.activated", asker.actor, {"version": version, "reason": reason, "copy_of": to_version}))
        return version


def _refuse_wrong(tx: Transaction, ports: Ports, text: str) -> None:
    verdict = examine(ports, tx.conn, text)
    if not verdict.ok:
        raise Invalid(f"These rules cannot be published: {verdict.errors[0]}", errors=[p.as_error() for p in verdict.errors])
