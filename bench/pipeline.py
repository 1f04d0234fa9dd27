"""What a mention costs from the intake queue to its case: CPU a mention by batch size, how many a second, on both databases.

The figure is the CPU time of this process for one run of the intake job (read the queue, judge, find the author, case, score,
rules, clocks, events, commit with synchronous=FULL), over the mentions in it; on PostgreSQL the server's own time is not in it. References
of the same run: VADER alone on the same texts, the part that no plumbing can take away, and a bare Starlette that puts
one row for each mention into SQLite. Then processes that share one PostgreSQL: two of each kind against one of each.
"""

import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, fields
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from app.actions.accept_mentions import Delivery, accept_mentions
from app.actions.receive_mentions import receive_waiting
from app.analysis.judge import warm_up
from app.engine.ports import Ports
from app.judgement.warming import warm_desk
from bench.desk import desk_in
from bench.figures import Figure, Result, Skipped
from bench.rows import bare
from bench.texts import texts
from bench.workers import together
from rig.cluster import NoPostgres, cluster

GOAL_MILLISECONDS: Final = 0.5
GOAL_TIMES_VADER: Final = 7.0
GOAL_A_SECOND: Final = 2_000.0
GOAL_OF_TWO: Final = 1.6
BATCH: Final = 100
_WARM_UP: Final = 200  # mentions that fill the caches first: statements, words, rules
_ONE_BY_ONE: Final = 200  # mentions sent in batches of one; each pays its own commit
DATABASES: Final = ("SQLite", "PostgreSQL")


@dataclass(frozen=True, slots=True)
class _Cost:
    """Milliseconds a mention: CPU of accepting, CPU of the pipeline, wall time of both."""

    accepting: float
    pipeline: float
    wall: float


def run(count: int = 3_000, shared: int = 6_000) -> list[Result]:
    """Batches of 100 over ``count`` mentions, then of 1 and of 1,000, on one desk; ``shared`` mentions by several processes."""
    warm_up()
    found: list[Result] = []
    for database in DATABASES:
        try:
            found += _on(database, count, shared)
        except NoPostgres as why:
            found.append(Skipped(f"pipeline, {database}", str(why)))
    return found


def _on(database: str, count: int, shared: int) -> list[Result]:
    big = min(1_000, count)
    said = texts(_WARM_UP + count + _ONE_BY_ONE + big)
    parts = iter(said.mentions)
    warm, hundreds, ones, thousand = ([next(parts) for _ in range(n)] for n in (_WARM_UP, count, _ONE_BY_ONE, big))
    with TemporaryDirectory(prefix="earshot-bench-") as name, ExitStack() as stack:
        folder = Path(name)
        server = None if database == "SQLite" else stack.enter_context(cluster(folder))
        url = server.database("desk") if server else None
        with desk_in(folder, url) as ports:
            warm_desk(ports)  # as a serving desk does at its start
            _measured(ports, warm, BATCH)
            vader, cost = _beside_vader(ports, hundreds)
            one, thousands = _measured(ports, ones, 1), _measured(ports, thousand, big)
        found = _figures(database, vader, cost, one, thousands, hundreds, f"{count:,} mentions, {said.source}", big)
        if server:
            found += _shared(folder, server.database("one"), server.database("two"), shared)
    return found


def _figures(
    database: str, vader: float, cost: _Cost, one: _Cost, thousands: _Cost, bodies: Sequence[dict[str, Any]], note: str, big: int
) -> list[Result]:
    name = "pipeline" if database == "SQLite" else f"pipeline, {database}"
    rows = bare(bodies, BATCH)
    return [
        Figure(
            f"{name}, batches of {BATCH}", cost.pipeline, "ms CPU a mention", vader, "VADER alone", goal=GOAL_MILLISECONDS, note=note,
            more={"accepting ms": cost.accepting, "accepting and pipeline ms": cost.accepting + cost.pipeline},
        ),
        Figure(
            f"{name}, times VADER", cost.pipeline, "ms CPU a mention", vader, "VADER alone", goal=GOAL_TIMES_VADER, goal_is="ratio at most"
        ),
        Figure(f"{name}, batches of 1", one.pipeline, "ms CPU a mention", vader, "VADER alone"),
        Figure(f"{name}, batches of {big:,}", thousands.pipeline, "ms CPU a mention", vader, "VADER alone"),
        Figure(
            f"{name}, sustained by one process", 1000 / cost.wall, "mentions/s", rows.a_second, "bare Starlette, one row each",
            goal=GOAL_A_SECOND, goal_is="at least",
        ),
        Figure(
            f"{name}, accepted and understood", cost.accepting + cost.pipeline, "ms CPU a mention", rows.cpu_milliseconds,
            "bare Starlette, one row each",
        ),
    ]  # fmt: skip


def _shared(folder: Path, one_url: str, two_url: str, count: int) -> list[Result]:
    one = together(folder, one_url, count, accepting=1, working=1)
    two = together(folder, two_url, count, accepting=2, working=2)
    return [
        Figure(
            "pipeline, PostgreSQL, two of each process", two.a_second, "mentions/s", one.a_second, "one of each",
            goal=GOAL_OF_TWO, goal_is="ratio at least", note=f"{count:,} mentions",
            more={"ms CPU a mention with two": two.cpu_milliseconds, "with one": one.cpu_milliseconds},
        )
    ]  # fmt: skip


def _beside_vader(ports: Ports, bodies: Sequence[dict[str, Any]]) -> tuple[float, _Cost]:
    """VADER's milliseconds a text and the pipeline's, in turns, so that other work on the machine falls on both alike."""
    turns = [bodies[first : first + 5 * BATCH] for first in range(0, len(bodies), 5 * BATCH)]
    vader, costs = zip(*((_vader(turn), _measured(ports, turn, BATCH)) for turn in turns), strict=True)
    mean = _Cost(*(sum(getattr(c, f.name) * len(t) for c, t in zip(costs, turns, strict=True)) / len(bodies) for f in fields(_Cost)))
    return sum(v * len(t) for v, t in zip(vader, turns, strict=True)) / len(bodies), mean


def _vader(bodies: Sequence[dict[str, Any]]) -> float:
    """Milliseconds of CPU a text for VADER's own loop."""
    analyzer = SentimentIntensityAnalyzer()
    for body in bodies[:50]:
        analyzer.polarity_scores(body["text"])
    began = time.process_time()
    for body in bodies:
        analyzer.polarity_scores(body["text"])
    return (time.process_time() - began) * 1000 / len(bodies)


def _measured(ports: Ports, bodies: Sequence[dict[str, Any]], batch: int) -> _Cost:
    accepting = pipeline = wall = 0.0
    for first in range(0, len(bodies), batch):
        some = bodies[first : first + batch]
        wall_began, began = time.perf_counter(), time.process_time()
        accept_mentions(ports, [Delivery("bench", some)])
        accepting += time.process_time() - began
        began = time.process_time()
        taken = receive_waiting(ports, batch)
        pipeline += time.process_time() - began
        wall += time.perf_counter() - wall_began
        if taken != len(some):
            raise RuntimeError(f"of {len(some)} mentions the pipeline took {taken}")
    return _Cost(*(seconds * 1000 / len(bodies) for seconds in (accepting, pipeline, wall)))
