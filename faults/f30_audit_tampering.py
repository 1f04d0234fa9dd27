"""F30: the owner of the database edits the log by hand, without the desk's key: rows changed, removed, swapped, put in, the end cut off.

Each is done in a transaction of its own, held against what ``earshot audit verify`` walks, and rolled back; the first of each kind is
also committed and given to the command itself. The owner may change the seals and the noted head too; the auditor has a head of their own.
What no chain can tell is an event put in behind the last sealed one before the desk seals on: it looks like the desk's own.
"""

import random
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, Final

from sqlalchemy import Connection, Table, delete, insert, select, update

from app.actions.accept_mentions import Delivery, accept_mentions
from app.actions.add_note import add_note
from app.actions.seal_log import seal_log
from app.actions.tag_case import tag_case
from app.cases.tables import CASE
from app.core.asker import DESK
from app.core.clock import rfc3339
from app.engine import ledger
from app.engine.ledger import ANCHOR_NAME, SEAL, Anchor, verify
from app.engine.log import EVENT
from app.engine.ports import Ports
from app.engine.workspace import WORKSPACE
from app.jobs.intake import one_batch
from faults.model import Count, Fault, Place, Row, Scale
from rig.desk import ROOT, SECRET_KEY, Site

GOAL: Final = "every edit found, none found where there was none"
POSTS: Final = 30
COMMAND_SECONDS: Final = 60.0
_OTHER: Final[Mapping[str, Any]] = {
    "kind": "note.added", "actor_kind": "api", "actor_id": "somebody", "actor_name": "Somebody Else", "case_id": "another-case",
    "customer_id": "another-customer", "mention_id": "another-mention", "cause": 1, "depth": 7,
}  # fmt: skip
_SEAL_COLUMNS: Final[Mapping[str, Any]] = {"hash": "0" * 64, "hidden": ["text"], "personal": "f" * 64}

Edit = Callable[[Connection, random.Random, int], str]
"""Changes something between 1 and the last event; says what."""


class _Undo(Exception):
    """Nothing of it stays."""


def run(place: Place, scale: Scale) -> Row:
    """Every kind in turn until there are enough; the same edits at each run."""
    edits = scale.of(100, 15)
    drawn = random.Random(30)
    found: Counter[str] = Counter()
    by_command = 0
    kinds = list(EDITS.items())
    with place.site() as site:
        head = _told(site.ports)
        quiet = _broken(site.ports, head, None, drawn) is None
        for number in range(edits):
            name, edit = kinds[number % len(kinds)]
            said = _broken(site.ports, head, edit, drawn)
            found[name] += said is not None
            if said is None:
                place.say(f"not found: {name}")
        for name in list(EDITS)[: scale.of(len(EDITS), 1)]:
            by_command += _command_finds(site, head, EDITS[name], drawn)
        quiet = quiet and _broken(site.ports, head, None, drawn) is None
    asked = scale.of(len(EDITS), 1)
    counted: dict[str, Count] = {
        "edits": edits, "found": sum(found.values()), "kinds": len(kinds), "by the command": f"{by_command} of {asked}",
        "false alarms": 0 if quiet else 1,
    }  # fmt: skip
    return Row("F30", place.database, counted, GOAL, sum(found.values()) == edits and by_command == asked and quiet)


def _told(ports: Ports) -> Anchor:
    """A log with events of people, customers and rules, sealed; its head, as an auditor notes it."""
    now = rfc3339(ports.clock.now())
    posts = [
        {
            "network": "x", "account": "@acme", "external_id": f"p{i}", "text": f"@acme order {i} has not arrived, where is it?",
            "created_at": now, "author": {"handle": f"author{i}", "name": f"Author {i}"},
        }
        for i in range(POSTS)
    ]  # fmt: skip
    accept_mentions(ports, [Delivery("F30", posts)])
    while one_batch(ports):
        pass
    with ports.db.read() as conn:
        cases = list(conn.execute(select(CASE.c.id)).scalars())
    for case in cases:
        add_note(ports, DESK, case, "looked into it")
        tag_case(ports, DESK, case, add=("late",))
    seal_log(ports)
    with ports.db.read() as conn:
        head = ledger.head(conn)
    if head is None:
        raise RuntimeError("the log was not sealed")
    return head


def _broken(ports: Ports, head: Anchor, edit: Edit | None, drawn: random.Random) -> int | None:
    """Where the chain breaks after the edit, which does not stay; None when nothing is found."""
    broken: int | None = None
    with suppress(_Undo), ports.db.write() as tx:
        if edit is not None:
            edit(tx.conn, drawn, head.seq)
        broken = verify(tx.conn, ports.keys, [head]).broken_at
        raise _Undo
    return broken


def _command_finds(site: Site, head: Anchor, edit: Edit, drawn: random.Random) -> bool:
    """Whether the command exits with 1 on the committed edit; the log is put back afterwards."""
    tables = (EVENT, SEAL, WORKSPACE)
    with site.ports.db.read() as conn:
        kept = [_rows(conn, table) for table in tables]
    with site.ports.db.write() as tx:
        edit(tx.conn, drawn, head.seq)
    settings = site.ports.settings
    environment = {
        "DATABASE_URL": settings.database_url, "SECRET_KEY": SECRET_KEY, "EARSHOT_DATA_DIR": str(settings.earshot_data_dir),
        "EARSHOT_RULES_DIR": str(settings.earshot_rules_dir), "PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin",
    }  # fmt: skip
    command = [sys.executable, "-P", "-m", "app", "audit", "verify", "--head", str(head)]
    ran = subprocess.run(command, cwd=site.folder, env=environment, capture_output=True, timeout=COMMAND_SECONDS, check=False)
    with site.ports.db.write() as tx:
        for table, rows in zip(tables, kept, strict=True):
            tx.conn.execute(delete(table))
            tx.conn.execute(insert(table), rows)
    return ran.returncode == 1 and b"broken at" in ran.stdout


def _rows(conn: Connection, table: Table) -> list[dict[str, Any]]:
    return [dict(row) for row in conn.execute(select(table)).mappings()]


def _changed(column: str) -> Edit:
    def edit(conn: Connection, drawn: random.Random, _last: int) -> str:
        """One column of an event that holds something else."""
        other = _OTHER[column]
        rows = conn.execute(select(EVENT.c.seq).where(EVENT.c[column].is_distinct_from(other), EVENT.c.seq > 1)).scalars().all()
        seq = drawn.choice(rows)
        conn.execute(update(EVENT).where(EVENT.c.seq == seq).values({column: other}))
        return f"{column} of {seq}"

    return edit


def _seal_changed(column: str) -> Edit:
    def edit(conn: Connection, drawn: random.Random, last: int) -> str:
        seq = drawn.randint(1, last)
        conn.execute(update(SEAL).where(SEAL.c.seq == seq).values({column: _SEAL_COLUMNS[column]}))
        return f"{column} of the seal of {seq}"

    return edit


def _moved(conn: Connection, drawn: random.Random, last: int) -> str:
    seq = drawn.randint(1, last)
    at = conn.execute(select(EVENT.c.at).where(EVENT.c.seq == seq)).scalar_one()
    conn.execute(update(EVENT).where(EVENT.c.seq == seq).values(at=at.replace(microsecond=(at.microsecond + 1) % 1_000_000)))
    return f"the time of {seq}"


def _data_changed(conn: Connection, drawn: random.Random, _last: int) -> str:
    """A value of the data, a key more, or a key less; among them words that an erasure may empty."""
    rows = [r for r in _rows(conn, EVENT) if r["data"]]
    row = drawn.choice(rows)
    key = drawn.choice(sorted(row["data"]))
    data = drawn.choice(
        [row["data"] | {key: "other"}, row["data"] | {"text": "never said"}, {k: v for k, v in row["data"].items() if k != key}]
    )
    conn.execute(update(EVENT).where(EVENT.c.seq == row["seq"]).values(data=data))
    return f"the data of {row['seq']}"


def _removed(conn: Connection, drawn: random.Random, last: int) -> str:
    seq = drawn.randint(1, last)
    tables = drawn.choice([(EVENT,), (SEAL,), (EVENT, SEAL)])
    for table in tables:
        conn.execute(delete(table).where(table.c.seq == seq))
    return f"{seq} removed from {[t.name for t in tables]}"


def _swapped(table: Table) -> Edit:
    def edit(conn: Connection, drawn: random.Random, last: int) -> str:
        one, other = drawn.sample(range(1, last + 1), 2)
        for before, after in ((one, 0), (other, one), (0, other)):
            conn.execute(update(table).where(table.c.seq == before).values(seq=after))
        return f"{one} and {other} of {table.name} swapped"

    return edit


def _put_in(conn: Connection, drawn: random.Random, last: int) -> str:
    """A forged event where none was: before the first, or with a gap behind the last."""
    row = drawn.choice(_rows(conn, EVENT))
    seq = drawn.choice([0, -3, last + 2])
    conn.execute(insert(EVENT), [row | {"seq": seq}])
    return f"an event at {seq}"


def _replaced(conn: Connection, drawn: random.Random, last: int) -> str:
    """One event becomes a copy of another, under its own number and seal."""
    one, other = drawn.sample(range(1, last + 1), 2)
    (row,) = [r for r in _rows(conn, EVENT) if r["seq"] == other]
    conn.execute(delete(EVENT).where(EVENT.c.seq == one))
    conn.execute(insert(EVENT), [row | {"seq": one}])
    return f"{one} replaced by {other}"


def _cut(conn: Connection, drawn: random.Random, last: int) -> str:
    """The end is gone, with its seals, and the noted head is moved back to what is left."""
    keep = drawn.randint(1, last - 1)
    for table in (EVENT, SEAL):
        conn.execute(delete(table).where(table.c.seq > keep))
    left = conn.execute(select(SEAL.c.hash).where(SEAL.c.seq == keep)).scalar_one()
    conn.execute(update(WORKSPACE).where(WORKSPACE.c.name == ANCHOR_NAME).values(value={"seq": keep, "hash": left}))
    return f"cut after {keep}"


def _anchor_changed(conn: Connection, _drawn: random.Random, last: int) -> str:
    conn.execute(update(WORKSPACE).where(WORKSPACE.c.name == ANCHOR_NAME).values(value={"seq": last, "hash": "a" * 64}))
    return "the noted head"


EDITS: Final[Mapping[str, Edit]] = (
    {"the end cut off": _cut, "an event removed": _removed, "an event put in": _put_in, "an event replaced": _replaced}
    | {"events swapped": _swapped(EVENT), "seals swapped": _swapped(SEAL)}
    | {"time changed": _moved, "data changed": _data_changed, "noted head changed": _anchor_changed}
    | {f"{column} changed": _changed(column) for column in _OTHER}
    | {f"{column} of a seal changed": _seal_changed(column) for column in _SEAL_COLUMNS}
)

FAULT: Final = Fault("F30", "Audit tampering", run)
