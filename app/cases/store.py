"""Reads and writes of cases and their notes. Who changes a case holds it, or changes it on a condition: of two, one wins."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import fields
from datetime import datetime
from functools import lru_cache
from itertools import compress
from operator import attrgetter, is_not
from typing import Any, Final

from sqlalchemy import Connection, Row, Update, bindparam, func, insert, literal, or_, select, update
from sqlalchemy import case as either

from app.cases.model import Case, Note
from app.cases.tables import CASE, NOTE
from app.core.errors import NotFound
from app.core.ids import CaseId, NoteId, PersonId
from app.engine.among import among
from app.engine.bulk import insert_rows, read_rows
from app.engine.columns import UtcDateTime
from app.engine.database import Transaction

_FIELDS: Final = tuple(f.name for f in fields(Case))
_values: Final = attrgetter(*_FIELDS)
_PLACES: Final = range(len(_FIELDS))
_RECENT_CASES: Final = 20  # cases of one author that a new mention could join
_NOTES_BOUND: Final = 500
_SIBLINGS_BOUND: Final = 50
# Built once: for a table this wide, building a statement costs more than running it.
_INSERT: Final = insert(CASE)
_SAVE_NAMES: Final = tuple(f"b_{f}" for f in _FIELDS)
_SAVE: Final = (
    update(CASE)
    .where(CASE.c.id == bindparam("b_id"))
    .values(
        {f: bindparam(f"b_{f}") for f in _FIELDS if f != "id"}
        | {
            "state_since": either(
                (CASE.c.state != bindparam("b_state"), bindparam("b_updated_at", type_=UtcDateTime())), else_=CASE.c.state_since
            )
        }
    )
)
_SINCE: Final = select(CASE.c.id, CASE.c.state, CASE.c.state_since).where(among(CASE.c.id, "ids"))
_COLUMNS: Final = tuple(CASE.c[f] for f in _FIELDS)
_GET: Final = select(*_COLUMNS).where(CASE.c.id == bindparam("id"))
_GIVE: Final = (
    update(CASE)
    .where(CASE.c.id == bindparam("b_id"), CASE.c.state == "open", CASE.c.assignee_id.is_(None))
    .values(assignee_id=bindparam("by"), assignee_name=bindparam("name"), claim_until=None, updated_at=bindparam("at"))
)
_HELD_COUNTS: Final = (
    select(CASE.c.assignee_id, CASE.c.queue, CASE.c.visibility, func.count())
    .where(among(CASE.c.assignee_id, "people"), CASE.c.state == "open")
    .group_by(CASE.c.assignee_id, CASE.c.queue, CASE.c.visibility)
)
# SQLite, which has one writer, compiles these without the lock.
_HELD: Final = _GET.with_for_update()
_HELD_IF_FREE: Final = _GET.with_for_update(skip_locked=True)
_HOLD_ALL: Final = select(CASE.c.id).where(CASE.c.id.in_(bindparam("ids", expanding=True))).order_by(CASE.c.id).with_for_update()
_HELD_ALL: Final = select(*_COLUMNS).where(among(CASE.c.id, "ids")).order_by(CASE.c.id).with_for_update()
_RECENT: Final = (
    select(*_COLUMNS)
    .where(
        among(CASE.c.identity_id, "identities"),
        or_(CASE.c.state != "done", CASE.c.last_mention_at > bindparam("since")),
    )
    .order_by(CASE.c.last_mention_at.desc())
    .limit(bindparam("bound"))
    .with_for_update()
)


def get(conn: Connection, id: str) -> Case:
    """The case; NotFound when there is none."""
    return _found(read_rows(conn, _GET, {"id": id}))


def held(tx: Transaction, id: str) -> Case:
    """The case as it stands, nobody else's to change until this transaction ends; NotFound when there is none.

    Whatever reads a case in order to change it begins with this, before it touches anything else of the case.
    """
    return _found(read_rows(tx.conn, _HELD, {"id": id}))


def held_if_free(tx: Transaction, id: str) -> Case | None:
    """``held``, or None at once when somebody else has it in hand this moment."""
    found = read_rows(tx.conn, _HELD_IF_FREE, {"id": id})
    return Case(*found[0]) if found else None


def hold_all(tx: Transaction, ids: Iterable[str]) -> None:
    """Take several cases in hand, in one order for everybody, so that nobody waits in a circle. Those that are gone are left out."""
    if wanted := sorted(set(ids)):
        tx.conn.execute(_HOLD_ALL, {"ids": wanted})


def held_all(tx: Transaction, ids: Iterable[str]) -> dict[CaseId, Case]:
    """``hold_all``, and the cases as they then stand."""
    wanted = sorted(set(ids))
    found = [Case(*row) for row in read_rows(tx.conn, _HELD_ALL, {"ids": wanted})] if wanted else []
    return {case.id: case for case in found}


def get_all(conn: Connection, ids: Sequence[str]) -> dict[CaseId, Case]:
    """These cases by id."""
    return {CaseId(r.id): case_of(r) for r in conn.execute(select(CASE).where(CASE.c.id.in_(ids)))} if ids else {}


def recent_of_authors(tx: Transaction, identities: Sequence[str], since: datetime) -> list[Case]:
    """Cases of these authors that a new mention could join: not done, or with a mention since then. Held, as by ``held``."""
    if not identities:
        return []
    rows = read_rows(tx.conn, _RECENT, {"identities": identities, "since": since, "bound": _RECENT_CASES * len(identities)})
    return [Case(*r) for r in rows]


def stays(conn: Connection, ids: Collection[str]) -> dict[CaseId, str]:
    """A word for the stay of each of these cases in its present state: another one as soon as its state has changed."""
    return {id: stay(state, since) for id, state, since in read_rows(conn, _SINCE, {"ids": sorted(ids)})} if ids else {}


def stay(state: str, since: datetime | None) -> str:
    """The word for a stay in a state since then; None: since it was opened."""
    return f"{state} {since.isoformat() if since else ''}".rstrip()


def siblings(conn: Connection, case: Case) -> list[Case]:
    """Cases of other authors in the same public thread."""
    rows = conn.execute(
        select(CASE)
        .where(CASE.c.network == case.network, CASE.c.instance == case.instance, CASE.c.thread_key == case.thread_key, CASE.c.id != case.id)
        .order_by(CASE.c.opened_at)
        .limit(_SIBLINGS_BOUND)
    )
    return [case_of(r) for r in rows]


def open_of_customers(tx: Transaction, customers: Sequence[str], limit: int) -> list[Case]:
    """Cases of these customers that still need us, taken in hand in the order of ``hold_all``."""
    if not customers:
        return []
    query = select(CASE).where(CASE.c.customer_id.in_(customers), CASE.c.state.in_(("open", "pending")))
    return [case_of(r) for r in tx.conn.execute(query.order_by(CASE.c.id).limit(limit).with_for_update())]


def held_by(tx: Transaction, person: str) -> list[Case]:
    """The open cases this person holds, taken in hand in the order of ``hold_all``."""
    query = select(CASE).where(CASE.c.assignee_id == person, CASE.c.state == "open").order_by(CASE.c.id).with_for_update()
    return [case_of(r) for r in tx.conn.execute(query)]


def insert_all(tx: Transaction, cases: Sequence[Case]) -> None:
    """Store new cases."""
    if cases:
        insert_rows(tx.conn, _INSERT, _FIELDS, map(_values, cases))


def save_all(tx: Transaction, cases: Sequence[Case]) -> None:
    """Write back changed cases whole, each among them once; only for the pipeline, which read them in the same transaction."""
    if cases:
        insert_rows(tx.conn, _SAVE, _SAVE_NAMES, map(_values, cases), distinct=True)


def save_changed(tx: Transaction, changes: Iterable[tuple[Case, Case]]) -> None:
    """Write of each (before, after) the columns that differ: a few out of sixty, and only their indexes. For cases that are held, each
    among them once."""
    alike: dict[tuple[str, ...], list[tuple[Any, ...]]] = {}
    for before, after in changes:
        was, now = _values(before), _values(after)
        places = [place for place in compress(_PLACES, map(is_not, was, now)) if was[place] != now[place]]
        if places:
            names = tuple(_FIELDS[p] for p in places)
            since = (after.updated_at,) if "state" in names else ()
            alike.setdefault(names, []).append((*(now[p] for p in places), *since, after.id))
    for names, rows in alike.items():
        since_too = ("state_since",) if "state" in names else ()
        insert_rows(tx.conn, _save_these(names + since_too), (*(f"b_{name}" for name in names + since_too), "b_id"), rows, distinct=True)


@lru_cache(maxsize=256)  # the sets of columns that change together are few
def _save_these(names: tuple[str, ...]) -> Update:
    return update(CASE).where(CASE.c.id == bindparam("b_id")).values({name: bindparam(f"b_{name}") for name in names})


def change(tx: Transaction, id: CaseId, *, bump: bool = True, **values: Any) -> None:
    """Change columns of a case; ``bump`` raises the version that a replying agent must have seen."""
    if bump:
        values["version"] = CASE.c.version + 1
    if "state" in values:
        values["state_since"] = either((CASE.c.state != values["state"], literal(tx.now, UtcDateTime())), else_=CASE.c.state_since)
    tx.conn.execute(update(CASE).where(CASE.c.id == id).values(updated_at=tx.now, **values))


def give(tx: Transaction, id: CaseId, person: PersonId, name: str) -> bool:
    """Give a free open case to a person, unopened; of two who give it at once exactly one gets True."""
    return tx.conn.execute(_GIVE, {"b_id": id, "by": person, "name": name, "at": tx.now}).rowcount == 1


def held_counts(conn: Connection, people: Sequence[str]) -> list[tuple[PersonId, str, str, int]]:
    """How many open cases each of these people holds, as (person, queue, visibility, how many).

    Asked by name, because asked of all it would read whatever anybody ever held.
    """
    found = read_rows(conn, _HELD_COUNTS, {"people": list(people)}) if people else ()
    return [(PersonId(person), queue, visibility, n) for person, queue, visibility, n in found]


def add_note(tx: Transaction, case: CaseId, by_id: str, by_name: str, text: str) -> NoteId:
    """Keep an internal note."""
    id = NoteId(tx.new_id())
    tx.conn.execute(insert(NOTE).values(id=id, case_id=case, by_id=by_id, by_name=by_name, text=text, at=tx.now))
    return id


def notes(conn: Connection, case: CaseId) -> tuple[Note, ...]:
    """Notes of a case, the oldest first."""
    rows = conn.execute(select(NOTE).where(NOTE.c.case_id == case).order_by(NOTE.c.at, NOTE.c.id).limit(_NOTES_BOUND))
    return tuple(Note(NoteId(r.id), CaseId(r.case_id), r.by_id, r.by_name, r.text, r.at) for r in rows)


def values_of(case: Case) -> dict[str, Any]:
    """The case as column values."""
    return dict(zip(_FIELDS, _values(case), strict=True))


def _found(rows: Sequence[tuple[Any, ...]]) -> Case:
    if not rows:
        raise NotFound("No such case. It may have been erased with its customer.")
    return Case(*rows[0])


def case_of(row: Row[Any]) -> Case:
    """The frozen record of a row of ``case``."""
    return Case(*_values(row))
