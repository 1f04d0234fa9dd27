"""Publish a rule set: a new immutable version, which the next mention obeys."""

from app.core.asker import Asker
from app.core.errors import Invalid
from app.core.events import NewEvent
from app.engine.database import Transaction
from app.engine.ports import Ports
from app.judgement.examining import examine
from app.routing import store as routing
from app.routing.store_drafts import draft_of, drop_draft


def publish_rules(ports: Ports, asker: Asker, text: str, *, reason: str, expected: int | None = None) -> int:
    """The new version. Invalid with every error of the text; Conflict when another version was published since ``expected``.

    The asker's working copy goes when it is what was published. Publishing the same text twice makes two versions, unless the
    caller names the version it started from: then the second is refused.
    """
    asker.need("rules.edit")
    with ports.db.write() as tx:
        refuse_faulty(tx, ports, text)
        version = routing.publish(tx, text, reason, asker.actor, expected=expected)
        tx.append(NewEvent("rules.activated", asker.actor, {"version": version, "reason": reason}))
        own = draft_of(tx.conn, asker.person_id) if asker.person_id else None
        if own is not None and own.text == text and asker.person_id:
            drop_draft(tx, asker.person_id)
        return version


def refuse_faulty(tx: Transaction, ports: Ports, text: str) -> None:
    """Raise Invalid with every error of a text that may not be published on this desk."""
    verdict = examine(ports, tx.conn, text)
    if not verdict.ok:
        raise Invalid(f"These rules cannot be published: {verdict.errors[0]}", errors=[p.as_error() for p in verdict.errors])
