"""Watches one process from outside while something is done to it: its readiness, its pages, and the lag of its event loop.

The lag is felt as anybody feels it: by how long the loop takes to answer what asks nothing of the database. What the process itself
measured stands in its metrics.
"""

import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from httpx2 import Client, HTTPError

_BETWEEN_SECONDS: Final = 0.05
_PATIENCE_SECONDS: Final = 20.0


@dataclass
class Watched:
    """What was seen of one address: when (steady time), with which status, after how many seconds; 0 is no answer."""

    path: str
    seen: list[tuple[float, int, float]] = field(default_factory=list)

    def first(self, status: int, since: float) -> float | None:
        """Seconds from ``since`` to the first answer with this status; None when there was none."""
        return next((at - since for at, got, _ in self.seen if at >= since and got == status), None)

    @property
    def statuses(self) -> Counter[str]:
        """How often each status came."""
        return Counter(str(status) for _, status, _ in self.seen)

    def slowest(self, share: float = 1.0) -> float:
        """Seconds within which this share of the answers came."""
        times = sorted(seconds for _, _, seconds in self.seen) or [0.0]
        return times[min(len(times) - 1, int(len(times) * share))]


@contextmanager
def watching(url: str, paths: Mapping[str, Mapping[str, str]]) -> Iterator[dict[str, Watched]]:
    """Ask each path (with its headers) twenty times a second, each from a thread of its own, until the block ends."""
    over = threading.Event()
    watched = {path: Watched(path) for path in paths}

    def ask(one: Watched, headers: Mapping[str, str]) -> None:
        with Client(base_url=url, headers=dict(headers), timeout=_PATIENCE_SECONDS) as client:
            while not over.wait(_BETWEEN_SECONDS):
                began = time.monotonic()
                try:
                    status = client.get(one.path).status_code
                except HTTPError:
                    status = 0
                now = time.monotonic()
                one.seen.append((now, status, now - began))

    threads = [threading.Thread(target=ask, args=(watched[path], headers), name=f"watch {path}") for path, headers in paths.items()]
    for thread in threads:
        thread.start()
    try:
        yield watched
    finally:
        over.set()
        for thread in threads:
            thread.join()


def lag_counts(url: str) -> dict[float, float]:
    """The loop's own measure: how many of its looks came within each bound, in seconds."""
    with Client(base_url=url, timeout=_PATIENCE_SECONDS) as client:
        lines = [line for line in client.get("/metrics").text.splitlines() if line.startswith("earshot_loop_lag_seconds_bucket")]
    return {float(line.partition('le="')[2].partition('"')[0]): float(line.rpartition(" ")[2]) for line in lines}


def lag_quantile(before: Mapping[float, float], after: Mapping[float, float], share: float) -> float:
    """The bound in seconds within which this share of the looks between two readings came; inf above the largest."""
    counts = {bound: after[bound] - before[bound] for bound in after}
    wanted = max(counts.values()) * share
    return min(bound for bound, count in counts.items() if count >= wanted)
