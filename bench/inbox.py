"""Whether the inbox stays as quick when it is full: server time of the page at 1,000 and at 100,000 open cases.

Server time is the query, the counts of the views and the rendering of the rows, as one visit runs them; cases are copied
straight into the table. The median of many visits counts, because one visit is a matter of milliseconds.
"""

import random
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from statistics import median
from typing import Final

from app.actions.accept_mentions import Delivery, accept_mentions
from app.actions.receive_mentions import receive_mentions
from app.cases import store as cases
from app.cases.model import Case
from app.core.asker import DESK
from app.core.ids import CaseId
from app.engine import intake_queue
from app.engine.ports import Ports
from app.queries.inbox import counts, inbox
from app.web.render import macro
from bench.desk import open_bench_desk
from bench.figures import Figure, Result
from bench.texts import texts

GOAL_RATIO: Final = 1.3
FEW: Final = 1_000
MANY: Final = 100_000
_VISITS: Final = 40
_PATTERNS: Final = 200  # cases made by the pipeline itself, then copied
_AT_ONCE: Final = 5_000
_SPREAD: Final = timedelta(days=2)


def run(few: int = FEW, many: int = MANY) -> list[Result]:
    """The same visit at both sizes, the smaller one first."""
    with open_bench_desk() as ports:
        patterns = _patterns(ports)
        _filled(ports, patterns, few - len(patterns))
        small = _visit_milliseconds(ports)
        _filled(ports, patterns, many - few)
        large = _visit_milliseconds(ports)
    return [
        Figure(
            f"inbox, {many:,} open cases", large, "ms server time", small, f"{few:,} open cases", goal=GOAL_RATIO, goal_is="ratio at most"
        )
    ]


def _patterns(ports: Ports) -> list[Case]:
    accept_mentions(ports, [Delivery("bench", texts(_PATTERNS).mentions)])
    with ports.db.read() as conn:
        rows = intake_queue.waiting(conn, ports.clock.now(), _PATTERNS)
    receive_mentions(ports, rows)
    with ports.db.read() as conn:
        page = inbox(conn, DESK, ports.clock.now(), limit=_PATTERNS)
        return list(cases.get_all(conn, [row.id for row in page.rows]).values())


def _filled(ports: Ports, patterns: list[Case], count: int) -> None:
    """So many copies of the patterns, spread over two days of arrivals."""
    chance = random.Random(count)  # noqa: S311  # the same cases in every run
    left = count
    while left > 0:
        with ports.db.write() as tx:
            cases.insert_all(tx, list(_copies(patterns, min(left, _AT_ONCE), chance, tx.new_id)))
        left -= _AT_ONCE


def _copies(patterns: list[Case], count: int, chance: random.Random, new_id: Callable[[], str]) -> Iterator[Case]:
    for number in range(count):
        pattern = patterns[number % len(patterns)]
        ago = _SPREAD * chance.random()
        id = CaseId(new_id())
        yield replace(
            pattern, id=id, thread_key=id, opened_at=pattern.opened_at - ago, last_mention_at=pattern.last_mention_at - ago,
            waiting_since=pattern.opened_at - ago, rank_at=pattern.rank_at - ago.total_seconds(),
        )  # fmt: skip


def _visit_milliseconds(ports: Ports) -> float:
    return median(_visit(ports) for _ in range(_VISITS)) * 1000


def _visit(ports: Ports) -> float:
    began = time.perf_counter()
    with ports.db.read() as conn:
        now = ports.clock.now()
        page = inbox(conn, DESK, now)
        counts(conn, None, now)
    for row in page.rows:
        macro("macros/rows.html", "case_row", row)
    return time.perf_counter() - began
