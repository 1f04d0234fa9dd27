"""Compares what was acknowledged with what the database holds, and the database with itself.

An acknowledged mention must be there once, with its case and its decision, and must have happened once: one event, one decision, one
count in its case. The files and indexes below must be whole, and the ledger's chain unbroken.
"""

import subprocess
import time
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from sqlalchemy import Connection, func, select, text

from app.cases.tables import CASE
from app.engine import ledger
from app.engine.columns import table_of
from app.engine.intake_queue import INTAKE
from app.engine.log import EVENT
from app.mentions.tables import MENTION
from app.routing.tables import DecisionRow
from app.sla.tables import ClockRow
from rig.cluster import programs
from rig.desk import Site
from rig.waiting import until

DECISION: Final = table_of(DecisionRow)
CLOCK: Final = table_of(ClockRow)
RECEIVED: Final = "mention.received"


@dataclass(frozen=True, slots=True)
class Damage:
    """What is wrong; ``integrity`` is "ok" or the first thing that is not."""

    acknowledged: int
    lost: int
    """Acknowledged, and neither stored nor waiting."""
    doubled: int
    """Mentions, decisions, openings or clocks that are there more than once for one cause, and cases that counted wrong."""
    undecided: int
    """Acknowledged and stored or waiting, without a decision."""
    integrity: str

    @property
    def none(self) -> bool:
        """Whether all is well."""
        return self.lost == self.doubled == self.undecided == 0 and self.integrity == "ok"


def stored(site: Site) -> int:
    """How many mentions are understood."""
    with site.ports.db.read() as conn:
        return conn.execute(select(func.count()).select_from(MENTION)).scalar_one()


def waiting(site: Site) -> int:
    """How many mentions the intake holds that are not parked."""
    with site.ports.db.read() as conn:
        return conn.execute(select(func.count()).select_from(INTAKE).where(INTAKE.c.state == "waiting")).scalar_one()


def drained(site: Site, seconds: float = 60.0) -> float:
    """Wait until the intake is empty; the seconds it took. TimeoutError when it does not get there."""
    began = time.monotonic()
    until(lambda: waiting(site) == 0, "the end of the intake", seconds=seconds)
    return time.monotonic() - began


def damage(site: Site, acknowledged: Collection[str]) -> Damage:
    """Look at everything, as it stands now."""
    with site.ports.db.read() as conn:
        there = {row[0]: row[1] for row in conn.execute(select(MENTION.c.external_id, MENTION.c.id))}
        queued = {key.split("\x1f")[2] for (key,) in conn.execute(select(INTAKE.c.key))}
        decided = set(conn.execute(select(DECISION.c.mention_id).where(DECISION.c.trigger == RECEIVED)).scalars())
        lost = sum(id not in there and id not in queued for id in acknowledged)
        undecided = sum(there.get(id) not in decided for id in acknowledged if id in there or id in queued)
        doubled = sum(_doubles(conn).values())
        verdict = ledger.verify(conn, site.ports.keys)
    integrity = integrity_of(site)
    if integrity == "ok" and verdict.broken_at is not None:
        integrity = f"the ledger: {verdict.why}"
    return Damage(len(acknowledged), lost, doubled, undecided, integrity)


def doubles(site: Site) -> dict[str, int]:
    """What happened more than once, by kind."""
    with site.ports.db.read() as conn:
        return {name: n for name, n in _doubles(conn).items() if n}


def _doubles(conn: Connection) -> dict[str, int]:
    def surplus(query: str) -> int:
        return int(conn.execute(text(f"SELECT coalesce(sum(n - 1), 0) FROM ({query}) AS counted WHERE n > 1")).scalar_one())

    counted = (
        select(CASE.c.id)
        .outerjoin(MENTION, MENTION.c.case_id == CASE.c.id)
        .group_by(CASE.c.id, CASE.c.mention_count)
        .having(func.count(MENTION.c.id) != CASE.c.mention_count)
    )
    heard = select(func.count()).select_from(EVENT).where(EVENT.c.kind == RECEIVED)
    mentions = conn.execute(select(func.count()).select_from(MENTION)).scalar_one()
    return {
        "mentions": surplus("SELECT count(*) AS n FROM mention GROUP BY network, instance, external_id"),
        "events": surplus(f"SELECT count(*) AS n FROM event WHERE kind = '{RECEIVED}' GROUP BY mention_id"),
        "events without a mention": abs(conn.execute(heard).scalar_one() - mentions),
        "decisions": surplus(f"SELECT count(*) AS n FROM decision WHERE trigger = '{RECEIVED}' GROUP BY mention_id"),
        "openings": surplus("SELECT count(*) AS n FROM event WHERE kind = 'case.opened' GROUP BY case_id"),
        "clocks": surplus(
            "SELECT count(*) AS n FROM clock WHERE state IN ('running', 'paused') GROUP BY case_id, metric, coalesce(matter_id, '')"
        ),
        "timers": surplus("SELECT count(*) AS n FROM timer GROUP BY subject, purpose"),
        "cases that counted wrong": len(conn.execute(counted).all()),
    }


def integrity_of(site: Site) -> str:
    """What the database's own checker says: SQLite's integrity_check, PostgreSQL's amcheck of every table and index."""
    if site.ports.db.embedded:
        with site.ports.db.read() as conn:
            return str(conn.execute(text("PRAGMA integrity_check")).scalar_one())
    to = urlsplit(site.database_url)
    command = [
        str(programs() / "pg_amcheck"), "--install-missing", "--heapallindexed", "-h", str(to.hostname), "-p", str(to.port),
        "-U", str(to.username), to.path.strip("/"),
    ]  # fmt: skip
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    return "ok" if found.returncode == 0 else (found.stdout + found.stderr).strip()[:200]
