"""What a mention costs from the intake queue to its case: CPU a mention by batch size, and how many a second.

The figure is the CPU time of this process for one run of the intake job (read the queue, judge, find the author, case, score,
rules, clocks, events, commit with synchronous=FULL), over the mentions in it. The reference is VADER alone on the same texts:
the part that no plumbing can take away.
"""

import time
from collections.abc import Sequence
from typing import Any, Final

from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from app.actions.accept_mentions import Delivery, accept_mentions
from app.actions.receive_mentions import receive_mentions
from app.analysis.judge import warm_up
from app.engine import intake_queue
from app.engine.ports import Ports
from app.judgement.warming import warm_desk
from bench.desk import open_bench_desk
from bench.figures import Figure, Result
from bench.texts import Texts, texts

GOAL_MILLISECONDS: Final = 1.0
BATCH: Final = 100
_WARM_UP: Final = 200  # mentions that fill the caches first: statements, words, rules
_ONE_BY_ONE: Final = 200  # mentions sent in batches of one; each pays its own commit


def run(count: int = 3_000) -> list[Result]:
    """Batches of 100 over ``count`` mentions, then of 1 and of 1,000, on one desk."""
    warm_up()
    big = min(1_000, count)
    said = texts(_WARM_UP + count + _ONE_BY_ONE + big)
    parts = iter(said.mentions)
    warm, hundreds, ones, thousand = ([next(parts) for _ in range(n)] for n in (_WARM_UP, count, _ONE_BY_ONE, big))
    reference = _vader(hundreds)
    with open_bench_desk() as ports:
        warm_desk(ports)  # as a serving desk does at its start
        _measured(ports, warm, BATCH)
        accept, cpu, wall = _measured(ports, hundreds, BATCH)
        _, cpu_one, _ = _measured(ports, ones, 1)
        _, cpu_thousand, _ = _measured(ports, thousand, big)
    return [
        Figure(
            f"pipeline, batches of {BATCH}", cpu, "ms CPU a mention", reference, "VADER alone", goal=GOAL_MILLISECONDS,
            note=_note(said, count), more={"accepting ms": accept, "accepting and pipeline ms": accept + cpu},
        ),
        Figure("pipeline, batches of 1", cpu_one, "ms CPU a mention", reference, "VADER alone"),
        Figure(f"pipeline, batches of {big:,}", cpu_thousand, "ms CPU a mention", reference, "VADER alone"),
        Figure("pipeline, sustained", 1000 / wall, "mentions/s", 1000 / reference, "VADER alone"),
    ]  # fmt: skip


def _note(said: Texts, count: int) -> str:
    return f"{count:,} mentions, {said.source}"


def _vader(bodies: Sequence[dict[str, Any]]) -> float:
    """Milliseconds of CPU a text for VADER's own loop."""
    analyzer = SentimentIntensityAnalyzer()
    for body in bodies[:50]:
        analyzer.polarity_scores(body["text"])
    began = time.process_time()
    for body in bodies:
        analyzer.polarity_scores(body["text"])
    return (time.process_time() - began) * 1000 / len(bodies)


def _measured(ports: Ports, bodies: Sequence[dict[str, Any]], batch: int) -> tuple[float, float, float]:
    """Milliseconds a mention: CPU of accepting, CPU of the pipeline, wall time of the pipeline."""
    accepting = pipeline = wall = 0.0
    for first in range(0, len(bodies), batch):
        some = bodies[first : first + batch]
        began = time.process_time()
        accept_mentions(ports, [Delivery("bench", some)])
        accepting += time.process_time() - began
        began, wall_began = time.process_time(), time.perf_counter()
        with ports.db.read() as conn:
            rows = intake_queue.waiting(conn, ports.clock.now(), batch)
        received = receive_mentions(ports, rows)
        pipeline += time.process_time() - began
        wall += time.perf_counter() - wall_began
        if received.new + received.nothing != len(some):
            raise RuntimeError(f"of {len(some)} mentions the pipeline took {received.new}")
    return tuple(seconds * 1000 / len(bodies) for seconds in (accepting, pipeline, wall))  # type: ignore[return-value]  # three in, three out
