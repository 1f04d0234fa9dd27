"""How long the best case is in coming when fifty agents ask for it at once, over and over, and whether each gets one of their own.

A server with its jobs in a process of its own; the agents' browsers are plain connections in this one. The reference is one agent
who has the same desk to himself.
"""

import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from app.core.ids import PersonId
from app.door.identity import cookie_name, new_cookie
from app.people import store as people
from bench.desk import desk_in
from bench.figures import Figure, Result, Skipped, quantile
from bench.filled import PATTERNS, fill, patterns
from rig.cluster import NoPostgres, cluster
from rig.desk import Site

AGENTS: Final = 50
TURNS: Final = 12
WAITING: Final = 100_000
_ALONE: Final = 60  # claims of the one agent
_SEE_OTHER: Final = 303
_BUSY: Final = 503  # the desk says that it is too busy just now


@dataclass
class _Asked:
    """What the agents were answered: seconds of each claim, the pages they were led to, and how many were told to come again.

    ``wrong`` are answers that no agent should ever get.
    """

    seconds: list[float] = field(default_factory=list)
    cases: list[str] = field(default_factory=list)
    busy: int = 0
    wrong: list[int] = field(default_factory=list)
    took: float = 0.0

    def a_second(self) -> float:
        """Claims a second, all agents together."""
        return len(self.cases) / self.took


def run(
    agents: int = AGENTS, turns: int = TURNS, waiting: int = WAITING, databases: tuple[str, ...] = ("sqlite", "postgresql")
) -> list[Result]:
    """On each database: one agent, then all of them at once."""
    found: list[Result] = []
    for database in databases:
        try:
            with _desk(database, waiting) as (site, url):
                headers = [_signed_in(site, f"Agent {n}") for n in range(agents)]
                _ask(url, headers[:1], 5)
                alone = _ask(url, headers[:1], _ALONE)
                together = _ask(url, headers, turns)
        except NoPostgres as why:
            found.append(Skipped(f"next best, {database}", str(why)))
            continue
        twice = len(alone.cases) + len(together.cases) - len({*alone.cases, *together.cases})
        found.append(
            Figure(
                f"next best, {agents} agents at once, {database}", quantile(together.seconds, 0.99) * 1000, "ms p99",
                quantile(alone.seconds, 0.99) * 1000, "one agent",
                more={
                    "p50 ms": quantile(together.seconds, 0.5) * 1000, "one agent's p50 ms": quantile(alone.seconds, 0.5) * 1000,
                    "claims a second": together.a_second(), "of one agent": alone.a_second(), "taken twice": float(twice),
                    "left with nothing": float(agents * turns - len(together.cases) - together.busy),
                    "told to come again": float(together.busy),
                },
            )
        )  # fmt: skip
    return found


@contextmanager
def _desk(database: str, waiting: int) -> Iterator[tuple[Site, str]]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="earshot-bench-")))
        address = f"sqlite:///{folder / 'desk.db'}"
        if database == "postgresql":
            address = stack.enter_context(cluster(folder)).database("desk")
        with desk_in(folder, address) as ports:
            patterns(ports)
        fill(address, opened=waiting - PATTERNS)
        site = stack.enter_context(Site(folder, address))
        yield site, stack.enter_context(site.serve()).url


def _signed_in(site: Site, name: str) -> dict[str, str]:
    """A person who works every queue, and the headers of their browser."""
    id: PersonId = site.person(name)
    cookie = new_cookie()
    with site.ports.db.write() as tx:
        people.start_session(tx, id, cookie, 1)
    csrf = site.ports.keys.sign("csrf", people.digest(cookie))
    return {"Cookie": f"{cookie_name(site.ports)}={cookie}", "X-CSRF-Token": csrf, "Content-Length": "0"}


def _ask(url: str, headers: list[dict[str, str]], turns: int) -> _Asked:
    """Every agent presses the key so many times, each as soon as the last answer is there."""
    asked, lock, ready = _Asked(), threading.Lock(), threading.Barrier(len(headers) + 1)

    def work(mine: dict[str, str]) -> None:
        line = HTTPConnection(urlsplit(url).netloc, timeout=60)
        line.connect()
        seconds, cases, busy, wrong = [], [], 0, []
        ready.wait()
        for _ in range(turns):
            began = time.perf_counter()
            line.request("POST", "/cases/next", headers=mine)
            answer = line.getresponse()
            answer.read()
            seconds.append(time.perf_counter() - began)
            where = answer.headers.get("location", "")
            busy += answer.status == _BUSY
            if answer.status not in (_SEE_OTHER, _BUSY):
                wrong.append(answer.status)
            if where.startswith("/cases/"):
                cases.append(where)
        line.close()
        with lock:
            asked.seconds += seconds
            asked.cases += cases
            asked.busy += busy
            asked.wrong += wrong

    threads = [threading.Thread(target=work, args=(mine,)) for mine in headers]
    for thread in threads:
        thread.start()
    ready.wait()
    began = time.perf_counter()
    for thread in threads:
        thread.join()
    asked.took = time.perf_counter() - began
    if asked.wrong:
        raise RuntimeError(f"asking for the next case answered {sorted(set(asked.wrong))}")
    return asked
