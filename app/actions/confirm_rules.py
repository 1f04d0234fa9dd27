"""The second person's word on rules that touch legal: confirm them, which puts them in force, or decline them with a reason."""

from typing import Final

from app.actions.publish_rules import drop_copy, refuse_faulty
from app.core.asker import Asker
from app.core.errors import Conflict, Forbidden, Invalid
from app.core.events import Actor, NewEvent
from app.engine.ports import Ports
from app.routing import store as routing
from app.routing import store_proposals as proposals
from app.routing.store_proposals import Proposal

LONGEST_REASON: Final = 2_000


def confirm_rules(ports: Ports, asker: Asker, id: str) -> int:
    """Put the proposed text in force; returns its version. Never for whoever asked for it.

    Conflict when it waits no more, or when another version came into force since it was asked for; Invalid when it names what is no
    longer there. A second time is such a Conflict.
    """
    asker.need("rules.confirm")
    person = asker.person()
    with ports.db.write() as tx:
        found = proposals.proposal(tx.conn, id)
        if found.is_by(person, asker.actor):
            raise Forbidden("You asked for this change: another person has to confirm it.")
        proposals.settle(tx, id, "confirmed", asker.actor)
        active = routing.active_version(tx.conn)
        if active != found.base:
            raise Conflict(
                f"Version {active} came into force after this change was asked for against version {found.base}. Decline it; "
                f"{found.by_name} can look at both and ask again."
            )
        refuse_faulty(tx, ports, found.text)
        author = Actor("agent" if found.by_person else "system", found.by_id, found.by_name)
        version = routing.publish(
            tx, found.text, found.reason, author, expected=active, copy_of=found.copy_of, confirmed_by=asker.actor
        )  # fmt: skip
        data = {
            "version": version, "reason": found.reason, "proposal": id, "proposed_by": {"id": found.by_id, "name": found.by_name},
            "confirmed_by": {"id": asker.actor.id, "name": asker.actor.name},
        }  # fmt: skip
        tx.append(NewEvent("rules.activated", asker.actor, data | ({"copy_of": found.copy_of} if found.copy_of is not None else {})))
        drop_copy(tx, found.by_person, found.text)
        return version


def decline_rules(ports: Ports, asker: Asker, id: str, reason: str) -> Proposal:
    """Keep the proposed text from coming into force, with the reason; whoever asked for it takes it back, and needs none.

    Conflict when it waits no more.
    """
    why = " ".join(reason.split())[:LONGEST_REASON]
    with ports.db.write() as tx:
        found = proposals.proposal(tx.conn, id)
        mine = found.is_by(asker.person_id, asker.actor)
        asker.need("rules.edit" if mine else "rules.confirm")
        if not mine and not why:
            raise Invalid(
                f"Say why: {found.by_name} reads it, and it stands in the record.", errors=[{"loc": ["reason"], "msg": "must say why"}]
            )
        settled = proposals.settle(tx, id, "withdrawn" if mine else "declined", asker.actor, why)
        data = {"proposal": id, "base": found.base, "withdrawn": mine, "why": why}
        tx.append(NewEvent("rules.declined", asker.actor, data))
        return settled
