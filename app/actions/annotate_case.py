"""Notes, tags and ticks: what people write on a case that never leaves the desk."""

import re
from typing import Final

from app.actions.case_at_hand import case_for
from app.actions.desk import desk_of
from app.cases import store as cases
from app.cases.model import Case
from app.core.asker import Asker
from app.core.errors import Conflict, Invalid, NotFound
from app.core.events import NewEvent
from app.core.ids import NoteId
from app.engine.ports import Ports
from app.policy import store as policies

LONGEST_NOTE: Final = 10_000
MOST_TAGS: Final = 30
_TAG: Final = re.compile(r"[\w][\w .:/-]{0,39}")


def add_note(ports: Ports, asker: Asker, id: str, text: str) -> NoteId:
    """Keep an internal note."""
    asker.need("cases.work")
    text = text.replace("\x00", "").strip()
    if not text or len(text) > LONGEST_NOTE:
        raise Invalid(f"A note has 1 to {LONGEST_NOTE:,} characters.", errors=[{"loc": ["text"], "msg": f"must have 1 to {LONGEST_NOTE:,} characters"}])
    with ports.db.write() as tx:
        case = case_for(tx, id, "note")
        note = cases.add_note(tx, case.id, asker.actor.id, asker.actor.name, text)
        tx.append(NewEvent("note.added", asker.actor, {"note": note, "text": text[:280]}, case=case.id, customer=case.customer_id))
        return note


def tag_case(ports: Ports, asker: Asker, id: str, *, add: tuple[str, ...] = (), remove: tuple[str, ...] = ()) -> Case:
    """Add and remove tags. Tags that are there, or not there, change nothing and make no event."""
    asker.need("cases.work")
    bad = [t for t in add if not _TAG.fullmatch(t)]
    if bad:
        raise Invalid(f"{bad[0]!r} is no tag: use 1 to 40 letters, digits, spaces and - . : /.", errors=[{"loc": ["add"], "msg": f"{bad[0]!r} is no tag"}])
    with ports.db.write() as tx:
        case = case_for(tx, id, "tag")
        tags = [t for t in case.tags if t not in remove] + [t for t in dict.fromkeys(add) if t not in case.tags]
        if len(tags) > MOST_TAGS:
            raise Invalid(f"A case carries at most {MOST_TAGS} tags.", errors=[{"loc": ["add"], "msg": f"at most {MOST_TAGS} tags"}])
        if tags != case.tags:
            cases.change(tx, case.id, bump=False, tags=tags)
            tx.append(NewEvent("case.updated", asker.actor, {"tags": tags, "was": case.tags}, case=case.id, customer=case.customer_id))
        return cases.get(tx.conn, id)


def tick_item(ports: Ports, asker: Asker, id: str, item_id: str, *, on: bool) -> None:
    """Tick or clear one item of the case's checklist. Ticking what is ticked changes nothing."""
    asker.need("replies.draft")
    with ports.db.write() as tx:
        case = cases.get(tx.conn, id)
        if case.state == "done":
            raise Conflict("The case is done: reopen it to work on its checklist.")
        policy = next((p for p in desk_of(ports, tx.conn).policies if p.id == case.policy), None)
        item = next((i for i in policy.items if i.id == item_id), None) if policy else None
        if policy is None or item is None:
            raise NotFound("This checklist has no such item: the policy may have changed. Reload the case.")
        changed = (
            policies.set_tick(tx, case.id, item_id, policy, asker.person(), asker.actor.name) if on else policies.clear_tick(tx, case.id, item_id)
        )
        if changed:
            data = {"item": item_id, "text": item.text, "on": on, "policy": policy.id, "policy_version": policy.version}
            tx.append(NewEvent("checklist.ticked", asker.actor, data, case=case.id, customer=case.customer_id))
