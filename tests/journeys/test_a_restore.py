"""A backup taken while mentions come in is put back: it is whole, its ledger holds, and whoever was ahead of it is told to start afresh."""

import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from httpx2 import Client

from app.engine import ledger
from app.engine.ledger_anchor import anchor_path, read_anchor
from faults import checker
from rig.cluster import Cluster, NoPostgres, cluster, programs
from rig.desk import Site
from rig.load import Load
from rig.sending import sending
from rig.waiting import until


def events(url: str, token: dict[str, str], **cursor: Any) -> dict[str, Any]:
    """One page of the API's stream."""
    with Client(base_url=url, headers=token, timeout=20) as program:
        answer = program.get("/api/v1/events", params=cursor)
        assert answer.status_code == 200, answer.text
        page: dict[str, Any] = answer.json()
        return page


def newest(url: str, token: dict[str, str]) -> dict[str, Any]:
    """The cursor of a program that has everything."""
    page = events(url, token)
    return {"since": page["next"], "at": page["next_at"]}


def back_up_sqlite(site: Site, to: Path) -> None:
    """As docs/operations.md says: the noted head first, for it may be older than the copy and never newer."""
    noted = anchor_path(site.ports.settings)
    assert noted is not None
    shutil.copy(noted, to)
    with closing(sqlite3.connect(site.database_url.removeprefix("sqlite:///"))) as running:
        running.execute("VACUUM INTO ?", (str(to / "desk.db"),))


def back_up_postgresql(url: str, file: Path) -> None:
    subprocess.run([str(programs() / "pg_dump"), "-Fc", "-f", str(file), url], check=True, capture_output=True)


def restore_postgresql(server: Cluster, file: Path) -> str:
    url = server.database("restored")
    subprocess.run([str(programs() / "pg_restore"), "--exit-on-error", "-d", url, str(file)], check=True, capture_output=True)
    return url


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_a_backup_under_way_is_whole_and_clients_ahead_of_it_start_afresh(database: str, tmp_path: Path) -> None:
    if database == "postgresql":
        try:
            with cluster(tmp_path) as server:
                drill(tmp_path, server.database("desk"), server)
        except NoPostgres as why:
            pytest.skip(str(why))
    else:
        drill(tmp_path, f"sqlite:///{tmp_path / 'desk.db'}", None)


def drill(folder: Path, url: str, server: Cluster | None) -> None:
    backup = folder / "backup"
    backup.mkdir()
    with Site(folder / "site", url) as site:
        token = site.token("read")
        with site.serve(EARSHOT_DRAIN_SECONDS="0") as desk:
            with sending(Load([desk.url], site.token(), connections=2, batch=5, rate=50), folder) as sender:
                until(lambda: checker.stored(site) > 50, "a stream")
                until(lambda: is_sealed(site), "a sealed ledger")
                before = sender.acknowledged()
                held = newest(desk.url, token)
                if server is None:
                    back_up_sqlite(site, backup)
                else:
                    back_up_postgresql(url, backup / "desk.dump")
                until(lambda: len(sender.acknowledged()) > len(before) + 20, "more, which the backup has not")
                sender.stop()
            checker.drained(site)
            ahead = newest(desk.url, token)
            assert events(desk.url, token, **ahead)["type"] == "events"
    if server is None:
        for left in folder.glob("desk.db*"):
            left.unlink()
        for kept in backup.iterdir():
            shutil.copy(kept, folder)
        restored = url
    else:
        restored = restore_postgresql(server, backup / "desk.dump")
    with Site(folder / "site", restored) as site:
        damage = checker.damage(site, before)
        assert (damage.lost, damage.doubled, damage.integrity) == (0, 0, "ok"), "what was acknowledged before the backup is in it, once"
        path = anchor_path(site.ports.settings)
        noted = read_anchor(path) if path is not None else None
        with site.ports.db.read() as conn:
            verdict = ledger.verify(conn, site.ports.keys, [noted] if noted is not None else [])
        assert verdict.broken_at is None, verdict.why
        with site.serve(EARSHOT_DRAIN_SECONDS="0") as desk:
            checker.drained(site)
            assert events(desk.url, token, **ahead)["type"] == "reset", "it has seen what never was, here"
            assert events(desk.url, token, **held)["type"] == "events", "what it has seen is there still"


def is_sealed(site: Site) -> bool:
    with site.ports.db.read() as conn:
        return ledger.head(conn) is not None
