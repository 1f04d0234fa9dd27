"""F17: the disk of the database is full, and then there is space again.

Deliveries must be refused with 503 and never half taken; pages must be readable all the while; and when there is space everything goes
on without anybody touching the desk. The disk is a tmpfs. PostgreSQL has its data on it and its write-ahead log elsewhere, as is advised
for any server: one that cannot write its log stops itself.
"""

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

from httpx2 import Client

from app.mentions.tables import MENTION
from faults import checker
from faults.model import CannotRun, Count, Fault, Place, Row, Scale
from rig.cluster import Cluster
from rig.desk import Site
from rig.load import Load
from rig.sending import sending
from rig.small_disk import NoSmallDisk, SmallDisk, small_disk
from rig.waiting import until
from rig.watching import watching

RECOVER_SECONDS: Final = 5.0
GOAL: Final = "0 lost, 0 ghosts, 503 while full, pages readable, 0 answers of 5xx but 503, well again within 5 s by itself"
_PAGE: Final = "/inbox"
_BETWEEN_SECONDS: Final = 0.05
_MEGABYTES: Final = {"sqlite": 48, "postgresql": 160}


def run(place: Place, scale: Scale) -> Row:
    """Fill, look, free, look."""
    with ExitStack() as stack:
        try:
            disk = stack.enter_context(small_disk(_MEGABYTES[place.database]))
        except NoSmallDisk as why:
            raise CannotRun(str(why)) from why
        site = stack.enter_context(Site(place.folder / "site", stack.enter_context(_database(place, disk))))
        desk = stack.enter_context(site.serve())
        token, ana = site.token(), site.person("Ana")
        cookie = {"Cookie": stack.enter_context(site.signed_in(ana, desk.url)).cookie}
        watched = stack.enter_context(watching(desk.url, {_PAGE: cookie}))[_PAGE]
        load = Load([desk.url], token, connections=4, batch=5, rate=scale.of(200, 50))
        sender = stack.enter_context(sending(load, place.folder))
        until(lambda: checker.stored(site) > 0, "work")
        with Client(base_url=desk.url, headers=token, timeout=20) as probe:
            until(lambda: _filled(disk, probe) == 503, "the first refusal")
            began = time.monotonic()
            while time.monotonic() - began < scale.of(10.0, 2.0):
                disk.fill()
                time.sleep(_BETWEEN_SECONDS)
        pages = [status for at, status, _ in watched.seen if at > began]
        disk.free()
        freed, before, stored = time.monotonic(), len(sender.acknowledged()), checker.stored(site)
        until(lambda: len(sender.acknowledged()) > before and checker.stored(site) > stored, "work")
        well = time.monotonic() - freed
        summary = sender.stop()
        checker.drained(site)
        found, alive = checker.damage(site, sender.acknowledged()), desk.alive
        ghosts = checker.stored(site) - found.acknowledged - _known(site)
    others = sum(n for status, n in summary.statuses.items() if status.startswith("5") and status != "503")
    counted: dict[str, Count] = {
        "acked": found.acknowledged, "lost": found.lost, "ghosts": ghosts, "doubled": found.doubled, "503": summary.statuses.get("503", 0),
        "other 5xx": others, "pages while full": len(pages),
        "not readable": sum(status != 200 for status in pages), "well after s": round(well, 1), "integrity": found.integrity,
        "same process": "yes" if alive else "no",
    }  # fmt: skip
    kept = found.none and ghosts == 0 and summary.unacknowledged == 0 and alive
    polite = summary.refused > 0 and others == 0 and len(pages) > 0 and all(status == 200 for status in pages)
    return Row("F17", place.database, counted, GOAL, kept and polite and well <= scale.within(RECOVER_SECONDS))


_PROBE: Final = {
    "network": "x", "account": "@acme", "external_id": "probe", "text": "@acme is anybody there? " * 400,
    "created_at": "2026-03-01T12:00:00Z", "author": {"handle": "probe"},
}  # fmt: skip


def _filled(disk: SmallDisk, probe: Client) -> int:
    """Take what is left once more, and what a delivery is answered then. A probe that is taken is one mention, however often."""
    disk.fill()
    return probe.post("/api/v1/mentions", json=_PROBE).status_code


def _known(site: Site) -> int:
    """Whether the probe itself was taken at some time: it stands in no ledger."""
    with site.ports.db.read() as conn:
        return len(conn.execute(MENTION.select().where(MENTION.c.external_id == "probe")).all())


@contextmanager
def _database(place: Place, disk: SmallDisk) -> Iterator[str]:
    """A database on the disk."""
    if place.cluster is None:
        yield f"sqlite:///{disk.folder / 'desk.db'}"
        return
    server = Cluster(place.folder, place=disk.folder, settings={"max_wal_size": "64MB"})
    log = Path(tempfile.mkdtemp(prefix="earshot-wal-"))
    try:
        server.initialise()
        _log_elsewhere(next(disk.folder.glob("*/data")), log)
        server.start()
        yield server.database("small")
    finally:
        disk.free()
        server.remove()
        shutil.rmtree(log)


def _log_elsewhere(data: Path, log: Path) -> None:
    """Move a cluster's write-ahead log to another disk, as initdb --waldir does."""
    owner = data.stat()
    wal = log / "pg_wal"
    shutil.copytree(data / "pg_wal", wal)
    shutil.rmtree(data / "pg_wal")
    (data / "pg_wal").symlink_to(wal)
    for path in (log, wal, *wal.rglob("*")):
        os.chown(path, owner.st_uid, owner.st_gid)


FAULT = Fault("F17", "disk full, then space again", run)
