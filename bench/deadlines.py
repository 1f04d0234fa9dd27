"""Ten thousand deadlines due at once, as after a long downtime: how long until the last has fired. Then ten thousand more while posts are
delivered in the same process: how long these wait.

Half of them warn and half are missed targets, each read, judged, asked of the default rules and written with its event and decision. The
reference of the same run is bare: the same number of single-row updates, in chunks and commits of the same size.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from sqlalchemy import func, select, text

from app.actions.accept_mentions import Delivery, accept_mentions
from app.actions.clocks import BREACH, WARN
from app.actions.receive_mentions import receive_waiting
from app.analysis.judge import warm_up
from app.core.clock import SetClock
from app.engine.log import EVENT
from app.engine.ports import Ports
from app.engine.timers import TIMER
from app.jobs.deadlines import AT_ONCE, fire_due
from app.judgement.warming import warm_desk
from bench.desk import desk_in
from bench.figures import Figure, Result, Skipped
from bench.texts import texts
from rig.cluster import NoPostgres, cluster

COUNT: Final = 10_000
GOAL_SECONDS: Final = 2.0
_BATCH: Final = 500
_PACE_SECONDS: Final = 0.01


@dataclass(frozen=True, slots=True)
class _Fired:
    """How many fired, in how many seconds of wall and of the process's CPU, whatever else it did meanwhile."""

    count: int
    seconds: float
    cpu: float

    def as_map(self) -> dict[str, float]:
        """What stands beside the figure."""
        return {"us each": self.seconds / self.count * 1e6, "us CPU each": self.cpu / self.count * 1e6, "fired": self.count}


def run(count: int = COUNT, databases: tuple[str, ...] = ("sqlite", "postgresql")) -> list[Result]:
    """On each database."""
    warm_up()
    found: list[Result] = []
    for database in databases:
        try:
            found += _on(database, count)
        except NoPostgres as why:
            found.append(Skipped(f"deadlines, {database}", str(why)))
    return found


def _on(database: str, count: int) -> list[Result]:
    with TemporaryDirectory(prefix="earshot-bench-") as name, ExitStack() as stack:
        folder = Path(name)
        url = stack.enter_context(cluster(folder)).database("desk") if database == "postgresql" else None
        with desk_in(folder, url) as made:
            clock = SetClock(made.clock.now())
            made.db.clock = clock
            ports = replace(made, clock=clock)
            warm_desk(ports)
            said = _armed(ports, count, 0)
            clock.move(days=30)
            bare = _bare(ports, count)
            alone = _fired(ports)
            _armed(ports, count, said)
            clock.move(days=30)
            with _posting(ports) as waits:
                beside = _fired(ports)
            with ports.db.read() as conn:
                told = conn.execute(select(func.count()).where(EVENT.c.kind.in_(("clock.warned", "clock.breached")))).scalar_one()
    return [
        Figure(
            f"deadlines, {count:,} due, {database}", alone.seconds, "s", bare, "bare updates", goal=GOAL_SECONDS, more=alone.as_map(),
        ),
        Figure(
            f"deadlines while posts arrive, {count:,} due, {database}", beside.seconds, "s",
            more={
                **beside.as_map(), "told in both": told, "posts meanwhile": len(waits), "longest wait ms": max(waits, default=0.0) * 1000,
            },
        ),
    ]  # fmt: skip


def _armed(ports: Ports, count: int, made: int) -> int:
    """Cases by the pipeline, from the texts after the first ``made``, until so many timers are armed; what is too much is put away. How
    many of the texts were said by then."""
    while True:
        with ports.db.write() as tx:
            tx.conn.execute(TIMER.delete().where(TIMER.c.purpose.not_in((WARN, BREACH))))
            armed = tx.conn.execute(select(func.count()).select_from(TIMER)).scalar_one()
        if armed >= count:
            break
        said = texts(made + _BATCH).mentions[made:]
        made += _BATCH
        accept_mentions(ports, [Delivery("bench", [one | {"created_at": ports.clock.now().isoformat()} for one in said])])
        while receive_waiting(ports, _BATCH):
            pass
    with ports.db.write() as tx:
        over = tx.conn.execute(select(TIMER.c.subject, TIMER.c.purpose).order_by(TIMER.c.due_at.desc()).limit(armed - count)).all()
        for subject, purpose in over:
            tx.conn.execute(TIMER.delete().where(TIMER.c.subject == subject, TIMER.c.purpose == purpose))
    return made


def _bare(ports: Ports, count: int) -> float:
    """The same number of updates of one row each, committed in the same chunks."""
    with ports.db.write() as tx:
        tx.conn.execute(text("CREATE TABLE bare (id INTEGER PRIMARY KEY, at VARCHAR(40))"))
        tx.conn.execute(text("INSERT INTO bare (id, at) VALUES (:id, '')"), [{"id": n} for n in range(count)])
    began = time.perf_counter()
    for first in range(0, count, AT_ONCE):
        with ports.db.write() as tx:
            rows = [{"id": n, "at": str(tx.now)} for n in range(first, min(first + AT_ONCE, count))]
            tx.conn.execute(text("UPDATE bare SET at = :at WHERE id = :id"), rows)
    seconds = time.perf_counter() - began
    with ports.db.write() as tx:
        tx.conn.execute(text("DROP TABLE bare"))
    return seconds


def _fired(ports: Ports) -> _Fired:
    began, cpu = time.perf_counter(), time.process_time()
    fired = fire_due(ports)
    return _Fired(fired, time.perf_counter() - began, time.process_time() - cpu)


@contextmanager
def _posting(ports: Ports) -> Iterator[list[float]]:
    """Delivers posts, a hundred a second at most; gives the seconds that each waited for its acknowledgement."""
    waits: list[float] = []
    over = threading.Event()
    posts = texts(4_000).mentions

    def deliver() -> None:
        for number, post in enumerate(posts):
            began = time.perf_counter()
            at = (ports.clock.now() - timedelta(minutes=1)).isoformat()
            accept_mentions(ports, [Delivery("bench", [post | {"external_id": f"meanwhile{number}", "created_at": at}])])
            waits.append(time.perf_counter() - began)
            if over.wait(_PACE_SECONDS):
                return

    thread = threading.Thread(target=deliver)
    thread.start()
    try:
        yield waits
    finally:
        over.set()
        thread.join()
