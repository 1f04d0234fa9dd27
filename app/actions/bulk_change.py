"""Do one thing to many cases, each as if by itself: assign, release, move, tag, untag, snooze, close. It can be undone as one act.

It goes ``AT_ONCE`` cases at a time, so that nobody else waits long and a progress can be shown; what waits still is gone on with by
``go_on``, by anybody's asking. Called twice it is two acts: the second finds most of it so already.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from app.actions.bulk_steps import AT_ONCE, MOST_CASES, done_to, new_act
from app.actions.release_case import need_queue
from app.actions.snooze_case import need_moment
from app.actions.tag_case import need_tags
from app.cases import store_bulk as acts
from app.cases.bulk import BulkAct, as_asked
from app.cases.model import Change
from app.core.asker import Asker
from app.core.errors import Conflict, Forbidden, Invalid
from app.engine.ports import Ports
from app.judgement.desk import desk_of, queues_of
from app.people import store as people

LONGEST_REASON: Final = 200


def bulk_change(ports: Ports, asker: Asker, change: Change, ids: Sequence[str], *, whole: bool = False) -> BulkAct:
    """The act, with the first of its cases done; ``whole`` goes on to the last of them.

    Raises Invalid for what cannot be asked of any case, Forbidden; what one case refuses is in its row.
    """
    wanted = tuple(dict.fromkeys(ids))
    if not 1 <= len(wanted) <= MOST_CASES:
        raise Invalid(f"Choose 1 to {MOST_CASES} cases.", errors=[{"loc": ["cases"], "msg": f"must be 1 to {MOST_CASES} cases"}])
    change = replace(as_asked(change), reason=" ".join(change.reason.split())[:LONGEST_REASON])
    need_change(ports, asker, change)
    with ports.db.write() as tx:
        if change.verb == "assign" and people.get(tx.conn, str(change.person)).disabled:
            raise Conflict("This person no longer works here: choose another one.")
        act = new_act(tx, asker, change, wanted)
        done_to(tx, desk_of(ports, tx.conn), asker, act, acts.rows(tx.conn, act.id, "waits", AT_ONCE))
    while whole and go_on(ports, asker, act.id):
        pass
    return act


def go_on(ports: Ports, asker: Asker, id: str) -> bool:
    """Do the next cases of an act; whether more wait. Asked for again after the last one it does nothing."""
    with ports.db.write() as tx:
        act = acts.get(tx.conn, id, hold=True)
        need_own(asker, act)
        waiting = acts.rows(tx.conn, id, "waits", AT_ONCE + 1)
        if not waiting or act.undone_at is not None:
            return False
        done_to(tx, desk_of(ports, tx.conn), asker, act, waiting[:AT_ONCE])
        return len(waiting) > AT_ONCE


def need_change(ports: Ports, asker: Asker, change: Change) -> None:
    """Raise Invalid or Forbidden for an act that no case could be done to."""
    to_another = change.verb == "assign" and change.person != asker.person_id
    asker.need("cases.assign" if change.verb == "queue" or to_another else "cases.work")
    if change.verb == "assign" and not change.person:
        raise Invalid("Say whom to give the cases to.", errors=[{"loc": ["person"], "msg": "is needed"}])
    if change.verb == "queue":
        need_queue(queues_of(ports), change.queue)
    if change.verb in ("tag", "untag"):
        if not change.tags:
            raise Invalid("Write at least one tag.", errors=[{"loc": ["tags"], "msg": "is needed"}])
        need_tags(change.tags)
    if change.verb == "snooze":
        if change.until is None:
            raise Invalid("Say until when.", errors=[{"loc": ["until"], "msg": "is needed"}])
        need_moment(ports.clock.now(), change.until)


def need_own(asker: Asker, act: BulkAct) -> None:
    """Raise Forbidden unless it is the asker's own act, or the asker may give cases to others."""
    asker.need("cases.work")
    if act.by != asker.actor.id and not asker.may("cases.assign"):
        raise Forbidden(f"This is an act of {act.by_name}: only they or a supervisor may go on with it or undo it.")
