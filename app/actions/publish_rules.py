"""Publish a rule set: a new immutable version, which the next mention obeys; or, where it touches legal, a proposal for a second person."""

from dataclasses import dataclass

from app.core.asker import Asker
from app.core.errors import Conflict, Invalid
from app.core.events import NewEvent
from app.core.ids import PersonId
from app.engine.database import Transaction
from app.engine.ports import Ports
from app.judgement.examining import examine
from app.routing import store as routing
from app.routing import store_proposals as proposals
from app.routing.check import Verdict
from app.routing.kept_rules import compiled, hash_of
from app.routing.store_drafts import draft_of, drop_draft
from app.routing.store_proposals import Proposal
from app.routing.touching import touched


@dataclass(frozen=True, slots=True)
class Published:
    """What came of it: ``version`` is in force now. ``waits`` is set when the change is not: it waits for a second person."""

    version: int
    waits: Proposal | None = None


def publish_rules(ports: Ports, asker: Asker, text: str, *, reason: str, expected: int | None = None) -> Published:
    """The new version, or what waits. Invalid with every error of the text; Conflict when another was published since ``expected``.

    The asker's working copy goes when it is what came into force. Publishing the same text twice makes two versions, unless the
    caller names the version it started from: then the second is refused. What waits already is not asked for a second time.
    """
    asker.need("rules.edit")
    with ports.db.write() as tx:
        refuse_faulty(tx, ports, text)
        return put_in_force(tx, asker, text, reason, expected=expected)


def put_in_force(
    tx: Transaction, asker: Asker, text: str, reason: str, *, expected: int | None = None, copy_of: int | None = None
) -> Published:
    """A checked text as the next version; a proposal when it changes what legal relies on. The first version ever needs nobody."""
    active = routing.active_version(tx.conn)
    if expected is not None and expected != active:
        msg = f"Version {active} was published while you edited version {expected}: look at its changes, then publish again."
        raise Conflict(msg)
    touches = touched(routing.active_rules(tx.conn).rules, compiled(text).rules) if active else ()
    if touches:
        mine = [one for one in proposals.waiting(tx.conn) if one.is_by(asker.person_id, asker.actor)]
        for one in mine:
            if (one.hash, one.base) == (hash_of(text), active):
                return Published(active, one)
        for one in mine:
            proposals.settle(tx, one.id, "withdrawn", asker.actor, "another text was proposed in its place")
            tx.append(NewEvent("rules.declined", asker.actor, {"proposal": one.id, "base": one.base, "withdrawn": True}))
        waits = proposals.propose(tx, text, reason, touches, asker.actor, asker.person_id, active, copy_of)
        data = {"proposal": waits.id, "base": active, "reason": reason, "touches": [one.rule for one in touches]}
        tx.append(NewEvent("rules.proposed", asker.actor, data))
        return Published(active, waits)
    version = routing.publish(tx, text, reason, asker.actor, expected=active, copy_of=copy_of)
    data = {"version": version, "reason": reason} | ({"copy_of": copy_of} if copy_of is not None else {})
    tx.append(NewEvent("rules.activated", asker.actor, data))
    drop_copy(tx, asker.person_id, text)
    return Published(version)


def drop_copy(tx: Transaction, person: PersonId | None, text: str) -> None:
    """A person's working copy goes when it is what came into force; there is none of whoever has no account."""
    own = draft_of(tx.conn, person) if person else None
    if person and own is not None and own.text == text:
        drop_draft(tx, person)


def refuse_faulty(tx: Transaction, ports: Ports, text: str) -> Verdict:
    """What the check says of a text; Invalid with every error when it may not be published on this desk."""
    verdict = examine(ports, tx.conn, text)
    if not verdict.ok:
        raise Invalid(f"These rules cannot be published: {verdict.errors[0]}", errors=[p.as_error() for p in verdict.errors])
    return verdict
