"""What trying a rule set on stored mentions costs: 10,000 of them decided again by two sets, piece by piece, on both databases.

The mentions come through the pipeline first, so that what is tried is what a desk stores. The figure is wall time of one process, with
its CPU time and the most memory the trial held beside it. The reference is VADER's wall time on the same texts in the same run.
"""

import time
import tracemalloc
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from app.actions.accept_mentions import Delivery, accept_mentions
from app.actions.receive_mentions import receive_waiting
from app.engine.ports import Ports
from app.judgement.warming import warm_desk
from app.queries.rule_trial import trial_of
from app.routing import emit
from app.routing import store as routing
from app.routing.kept_rules import compiled
from bench.desk import desk_in
from bench.figures import Figure, Result, Skipped
from bench.texts import texts
from rig.cluster import NoPostgres, cluster

GOAL_SECONDS: Final = 5.0
DATABASES: Final = ("sqlite", "postgresql")
_BATCH: Final = 100
_EXTRA: Final = {
    "id": "tried", "name": "Tried", "when": {"text": {"contains_any": ["flight", "order*", "late"]}, "sentiment": {"at_most": -0.2}},
    "do": {"queue": "vip", "floor": 60, "tags": ["tried"]},
}  # fmt: skip


def run(count: int = 10_000, databases: tuple[str, ...] = ()) -> list[Result]:
    """One trial of so many mentions on each database."""
    found: list[Result] = []
    for database in databases or DATABASES:
        try:
            found.append(_on(database, count))
        except NoPostgres as why:
            found.append(Skipped(f"backtest, {database}", str(why)))
    return found


def _on(database: str, count: int) -> Figure:
    said = texts(count)
    with TemporaryDirectory(prefix="earshot-bench-") as name, ExitStack() as stack:
        folder = Path(name)
        server = stack.enter_context(cluster(folder)) if database == "postgresql" else None
        with desk_in(folder, server.database("desk") if server else None) as ports:
            warm_desk(ports)
            _take_in(ports, said.mentions)
            vader = _vader(said.mentions)
            tracemalloc.start()
            _trial(ports, count)
            held = tracemalloc.get_traced_memory()[1] / 1_000_000
            tracemalloc.stop()
            began, cpu = time.perf_counter(), time.process_time()
            moments, changed = _trial(ports, count)
            wall, cpu = time.perf_counter() - began, time.process_time() - cpu
    return Figure(
        f"backtest of {count:,} mentions, {database}", wall, "s", vader, "VADER alone", goal=GOAL_SECONDS, note=said.source,
        more={"CPU s": cpu, "moments": moments, "changed": changed, "most held, MB": held},
    )  # fmt: skip


def _trial(ports: Ports, count: int) -> tuple[int, int]:
    with ports.db.read() as conn:
        tried = compiled(emit.add_rule(routing.active(conn)[1], _EXTRA, "vip-angry"))
        trial = trial_of(ports, conn, tried, count)
    while trial.step():
        pass
    report = trial.report()
    return report.total + report.moments, report.changed


def _take_in(ports: Ports, bodies: Sequence[dict[str, Any]]) -> None:
    for first in range(0, len(bodies), _BATCH):
        accept_mentions(ports, [Delivery("bench", bodies[first : first + _BATCH])])
        receive_waiting(ports, _BATCH)


def _vader(bodies: Sequence[dict[str, Any]]) -> float:
    """Seconds for VADER's own loop over the texts."""
    analyzer = SentimentIntensityAnalyzer()
    for body in bodies[:50]:
        analyzer.polarity_scores(body["text"])
    began = time.perf_counter()
    for body in bodies:
        analyzer.polarity_scores(body["text"])
    return time.perf_counter() - began
