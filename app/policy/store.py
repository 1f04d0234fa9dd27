"""Reads and writes of policies, ticks and acknowledgements. Approvals are in ``approvals``."""

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from app.core.errors import NotFound
from app.core.events import Actor
from app.core.ids import CaseId, PersonId
from app.engine.bulk import read_rows
from app.engine.database import Transaction
from app.engine.inserts import insert_for
from app.policy.model import Item, Policy, PolicyVersion, Tick
from app.policy.parse import read_folder
from app.policy.tables import ACKNOWLEDGEMENT, POLICY_VERSION, TICK

_HISTORY_BOUND = 500  # versions shown of one policy; older ones stay in the database
_ALL_ACTIVE: Final = select(POLICY_VERSION).where(POLICY_VERSION.c.active).order_by(POLICY_VERSION.c.policy)  # every batch asks it

WHICH_ACTIVE: Final = (
    select(POLICY_VERSION.c.policy, POLICY_VERSION.c.version, POLICY_VERSION.c.hash)
    .where(POLICY_VERSION.c.active)
    .order_by(POLICY_VERSION.c.policy)
)
"""What every batch asks instead: a version of a policy is never changed, so that its number and hash stand for all of it."""
_last_read: tuple[tuple[Any, ...], tuple[Policy, ...]] | None = None


def sync_from_folder(tx: Transaction, folder: Path, actor: Actor) -> tuple[Policy, ...]:
    """Make a new active version of each policy file whose text changed; the new versions, none when nothing changed.

    A file counts as changed against what was read from it before, not against what is in force: a version that somebody
    published on the page since stays. A policy whose file is gone stays as it is: answers were given under it, and a missing
    file may be an accident. Raises Invalid, before anything is written, when any file is wrong.
    """
    return activate(tx, [policy for policy in read_folder(folder) if _is_news(tx, policy, actor)], actor)


def _is_news(tx: Transaction, policy: Policy, actor: Actor) -> bool:
    newest = select(func.max(POLICY_VERSION.c.version)).where(POLICY_VERSION.c.policy == policy.id)
    same_text = tx.conn.execute(newest.where(POLICY_VERSION.c.hash == policy.hash)).scalar() or 0
    last_read = tx.conn.execute(newest.where(POLICY_VERSION.c.by_name == actor.name)).scalar() or 0
    return same_text == 0 or same_text < last_read


def activate(tx: Transaction, policies: Iterable[Policy], actor: Actor) -> tuple[Policy, ...]:
    """Make each policy the active version of its id; those whose text is active already are left out of the answer."""
    made = []
    for policy in policies:
        own = POLICY_VERSION.c.policy == policy.id
        if tx.conn.execute(
            select(POLICY_VERSION.c.version).where(own, POLICY_VERSION.c.active, POLICY_VERSION.c.hash == policy.hash)
        ).first():
            continue
        version = (tx.conn.execute(select(func.max(POLICY_VERSION.c.version)).where(own)).scalar() or 0) + 1
        tx.conn.execute(update(POLICY_VERSION).where(own, POLICY_VERSION.c.active).values(active=False))
        tx.conn.execute(
            insert(POLICY_VERSION).values(
                policy=policy.id, version=version, hash=policy.hash, title=policy.title, body=policy.body,
                items=[{"id": i.id, "text": i.text, "required": i.required} for i in policy.items],
                approval=policy.approval, checks=dict(policy.checks), applies=list(policy.applies),
                activated_at=tx.now, by_name=actor.name, active=True,
            )
        )  # fmt: skip
        made.append(_policy(tx.conn.execute(select(POLICY_VERSION).where(own, POLICY_VERSION.c.version == version)).one()))
    return tuple(made)


def active(conn: Connection, id: str) -> Policy:
    """The version in force; NotFound when there is no such policy."""
    row = conn.execute(select(POLICY_VERSION).where(POLICY_VERSION.c.policy == id, POLICY_VERSION.c.active)).first()
    if row is None:
        raise NotFound(f"There is no policy {id}.")
    return _policy(row)


def version(conn: Connection, id: str, version: int) -> Policy:
    """One version, in force or not; NotFound when there is none."""
    row = conn.execute(select(POLICY_VERSION).where(POLICY_VERSION.c.policy == id, POLICY_VERSION.c.version == version)).first()
    if row is None:
        raise NotFound(f"There is no version {version} of the policy {id}.")
    return _policy(row)


def all_active(conn: Connection) -> tuple[Policy, ...]:
    """Every policy in force, by id. Reads which they are; their texts only when this process has not read just these."""
    return policies_known(conn, tuple(read_rows(conn, WHICH_ACTIVE, {})))


def policies_known(conn: Connection, which: tuple[tuple[Any, ...], ...]) -> tuple[Policy, ...]:
    """The policies in force, where the rows of ``WHICH_ACTIVE`` were read already."""
    global _last_read  # noqa: PLW0603  # one reading is kept, and whoever finds another reads anew
    known = _last_read  # which another thread, of another moment, may replace meanwhile
    if known is None or known[0] != which:
        _last_read = known = (which, tuple(_policy(r) for r in conn.execute(_ALL_ACTIVE)))
    return known[1]


def history(conn: Connection, id: str) -> tuple[PolicyVersion, ...]:
    """The versions of a policy, newest first."""
    rows = conn.execute(
        select(POLICY_VERSION).where(POLICY_VERSION.c.policy == id).order_by(POLICY_VERSION.c.version.desc()).limit(_HISTORY_BOUND)
    )
    return tuple(PolicyVersion(_policy(r), r.active, r.activated_at, r.by_name) for r in rows)


def ticks(conn: Connection, case: CaseId) -> dict[str, Tick]:
    """What is ticked on a case, by item."""
    rows = conn.execute(select(TICK).where(TICK.c.case_id == case).order_by(TICK.c.ticked_at, TICK.c.item_id))
    return {
        r.item_id: Tick(CaseId(r.case_id), r.item_id, r.policy, r.version, PersonId(r.ticked_by), r.ticked_by_name, r.ticked_at)
        for r in rows
    }


def set_tick(tx: Transaction, case: CaseId, item: str, policy: Policy, person: PersonId, name: str) -> bool:
    """Tick an item; False when it was ticked under this version already: the first person's name stays."""
    values = {
        "case_id": case, "item_id": item, "policy": policy.id, "version": policy.version,
        "ticked_by": person, "ticked_by_name": name, "ticked_at": tx.now,
    }  # fmt: skip
    statement = insert_for(tx.conn, TICK).values(**values)
    done = tx.conn.execute(
        statement.on_conflict_do_update(
            index_elements=["case_id", "item_id"],
            set_={name: values[name] for name in values if name not in ("case_id", "item_id")},
            where=(TICK.c.policy != policy.id) | (TICK.c.version != policy.version),
        ).returning(TICK.c.item_id)
    )
    return done.first() is not None


def clear_tick(tx: Transaction, case: CaseId, item: str) -> bool:
    """Take one tick back; False when it was not ticked."""
    return tx.conn.execute(delete(TICK).where(TICK.c.case_id == case, TICK.c.item_id == item)).rowcount == 1


def clear_ticks(tx: Transaction, case: CaseId) -> int:
    """Take back every tick of a case, as when the next answer begins; how many there were."""
    return tx.conn.execute(delete(TICK).where(TICK.c.case_id == case)).rowcount


def acknowledge(tx: Transaction, person: PersonId, policy: Policy) -> bool:
    """Keep that a person read this version; False when it is kept already."""
    statement = insert_for(tx.conn, ACKNOWLEDGEMENT).values(person_id=person, policy=policy.id, version=policy.version, at=tx.now)
    return tx.conn.execute(statement.on_conflict_do_nothing().returning(ACKNOWLEDGEMENT.c.version)).first() is not None


def acknowledged_by(conn: Connection, id: str, version: int) -> dict[PersonId, datetime]:
    """Who acknowledged one version of a policy, and when."""
    own = (ACKNOWLEDGEMENT.c.policy == id, ACKNOWLEDGEMENT.c.version == version)
    rows = conn.execute(select(ACKNOWLEDGEMENT.c.person_id, ACKNOWLEDGEMENT.c.at).where(*own).order_by(ACKNOWLEDGEMENT.c.at))
    return {PersonId(r.person_id): r.at for r in rows}


def acknowledged(conn: Connection, person: PersonId) -> dict[str, int]:
    """The newest version of each policy that a person acknowledged."""
    rows = conn.execute(
        select(ACKNOWLEDGEMENT.c.policy, func.max(ACKNOWLEDGEMENT.c.version).label("newest"))
        .where(ACKNOWLEDGEMENT.c.person_id == person)
        .group_by(ACKNOWLEDGEMENT.c.policy)
    )
    return {r.policy: r.newest for r in rows}


def _policy(row: Row[Any]) -> Policy:
    return Policy(
        id=row.policy,
        title=row.title,
        version=row.version,
        hash=row.hash,
        body=row.body,
        items=tuple(Item(i["id"], i["text"], i["required"]) for i in row.items),
        approval=row.approval,
        checks=row.checks,
        applies=tuple(row.applies),
    )
