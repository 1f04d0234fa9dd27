"""What the faults of the live stream share: many signed-in agents, and the rows that every open inbox should have been told."""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final
from urllib.request import urlopen

from sqlalchemy import select

from app.cases.tables import CASE
from app.door.identity import cookie_name, new_cookie
from app.engine.cursor import milliseconds
from app.people import store as people
from faults.model import CannotRun, Scale
from rig.desk import Site

CHROMIUM: Final = "/usr/bin/chromium"
_FLAGS: Final = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-sync")
BEAT_SECONDS: Final = 15.0


def agents(site: Site, count: int) -> list[dict[str, str]]:
    """The headers of so many people's sessions, made in the database as signing in makes them."""
    made = []
    with site.ports.db.write() as tx:
        for number in range(count):
            id = people.add(tx, email=f"agent{number}@desk.example", name=f"Agent {number}", role="agent", password_hash="")
            people.start_session(tx, id, cookie := new_cookie(), site.ports.settings.earshot_session_hours)
            made.append({"Cookie": f"{cookie_name(site.ports)}={cookie}"})
    return made


def rows(site: Site) -> dict[str, float]:
    """Every open case's row, with when the case was opened (seconds since the epoch)."""
    with site.ports.db.read() as conn:
        found = conn.execute(select(CASE.c.id, CASE.c.opened_at).where(CASE.c.state == "open"))
        return {f"row-{id}": milliseconds(at) / 1000 for id, at in found}


def clock_offset() -> float:
    """Seconds since the epoch less ``time.monotonic``."""
    return time.time() - time.monotonic()


def metric(url: str, name: str) -> float:
    """A figure of the process at ``url``; 0 when it has none of that name."""
    with urlopen(f"{url}/metrics", timeout=10) as answer:  # noqa: S310  # a desk of ours
        found = re.search(rf"^{name} (\S+)$", answer.read().decode(), re.MULTILINE)
    return float(found[1]) if found else 0.0


def beat(scale: Scale) -> float:
    """The heartbeat of a run, in seconds: the usual one, or a short one by which all that is counted in beats goes quicker."""
    return scale.of(BEAT_SECONDS, 0.9)


@contextmanager
def chromium() -> Iterator[Any]:
    """A browser; CannotRun where there is none."""
    if find_spec("playwright") is None:  # a tool of tests: a machine that only runs a desk need not have it
        raise CannotRun("playwright is not installed: make setup installs it")
    if not Path(CHROMIUM).exists():
        raise CannotRun(f"there is no {CHROMIUM}: scripts/test_tools.sh installs it")
    with import_module("playwright.sync_api").sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=list(_FLAGS))
        try:
            yield browser
        finally:
            browser.close()
