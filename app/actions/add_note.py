"""Keep an internal note on a case; it never leaves the desk. Each call keeps one more."""

from typing import Final

from app.actions import clocks
from app.actions.ask_rules import ask_of_case
from app.actions.case_at_hand import case_for
from app.cases import store as cases
from app.core.asker import Asker
from app.core.errors import Invalid
from app.core.events import NewEvent
from app.core.ids import NoteId
from app.engine.ports import Ports
from app.judgement.desk import levels_of

LONGEST_NOTE: Final = 10_000


def add_note(ports: Ports, asker: Asker, id: str, text: str) -> NoteId:
    """Keep an internal note."""
    asker.need("cases.work")
    text = text.replace("\x00", "").strip()
    if not text or len(text) > LONGEST_NOTE:
        raise Invalid(
            f"A note has 1 to {LONGEST_NOTE:,} characters.",
            errors=[{"loc": ["text"], "msg": f"must have 1 to {LONGEST_NOTE:,} characters"}],
        )
    with ports.db.write() as tx:
        case = case_for(tx, id, "note")
        note = cases.add_note(tx, case.id, asker.actor.id, asker.actor.name, text)
        added = tx.append(NewEvent("note.added", asker.actor, {"note": note}, case=case.id, customer=case.customer_id))
        clocks.touched(tx, case, levels_of(ports), asker.actor)
        ask_of_case(tx, ports, case, "note.added", asker.actor, cause=added)
        return note
