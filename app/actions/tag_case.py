"""Add and remove the tags of a case."""

import re
from dataclasses import replace
from typing import Final

from app.actions.case_at_hand import case_for
from app.actions.count_undone import count_undone
from app.actions.private_clock import tagged
from app.cases import store as cases
from app.cases.model import Case
from app.core.asker import Asker
from app.core.errors import Invalid
from app.core.events import NewEvent
from app.engine.database import Transaction
from app.engine.ports import Ports
from app.judgement.clocks_wanted import PRIVATE_TAG
from app.judgement.desk import Desk, desk_of

MOST_TAGS: Final = 30
_TAG: Final = re.compile(r"[\w][\w .:/-]{0,39}")


def tag_case(ports: Ports, asker: Asker, id: str, *, add: tuple[str, ...] = (), remove: tuple[str, ...] = ()) -> Case:
    """Add and remove tags. Tags that are there, or not there, change nothing and make no event."""
    asker.need("cases.work")
    need_tags(add)
    with ports.db.write() as tx:
        return tag(tx, asker, id, add=add, remove=remove, desk=desk_of(ports, tx.conn) if PRIVATE_TAG in (*add, *remove) else None)


def tag(
    tx: Transaction, asker: Asker, id: str, *, add: tuple[str, ...] = (), remove: tuple[str, ...] = (), desk: Desk | None = None
) -> Case:
    """``tag_case`` within a transaction that does more, with tags that are some. With the desk, the clock of a tag follows it."""
    case = case_for(tx, id, "tag")
    tags = [t for t in case.tags if t not in remove] + [t for t in dict.fromkeys(add) if t not in case.tags]
    if len(tags) > MOST_TAGS:
        raise Invalid(f"A case carries at most {MOST_TAGS} tags.", errors=[{"loc": ["add"], "msg": f"at most {MOST_TAGS} tags"}])
    if tags != case.tags:
        cases.change(tx, case.id, bump=False, tags=tags)
        tx.append(NewEvent("case.updated", asker.actor, {"tags": tags, "was": case.tags}, case=case.id, customer=case.customer_id))
        for gone in set(case.tags) - set(tags):
            count_undone(tx, asker.actor, case, "tag", gone)
        if desk is not None and (PRIVATE_TAG in tags) != (PRIVATE_TAG in case.tags):
            tagged(tx, replace(case, tags=tags), desk)
    return cases.get(tx.conn, id)


def need_tags(tags: tuple[str, ...]) -> None:
    """Raise Invalid, naming it, for a word that cannot be a tag."""
    bad = [t for t in tags if not _TAG.fullmatch(t)]
    if bad:
        raise Invalid(
            f"{bad[0]!r} is no tag: use 1 to 40 letters, digits, spaces and - . : /.",
            errors=[{"loc": ["add"], "msg": f"{bad[0]!r} is no tag"}],
        )
