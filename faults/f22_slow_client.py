"""F22: one of a hundred readers takes nothing: its socket has a small buffer and is never read.

The others' news are timed before it came and while it is there, from the opening of a case to its row on each page.
"""

import socket
import time
from contextlib import ExitStack
from typing import Final
from urllib.parse import urlsplit

from bench.server import resident_mebibytes
from faults.browsing import agents, clock_offset, metric, rows
from faults.model import Count, Fault, Place, Row, Scale
from rig.load import Load
from rig.pages import Pages, pages
from rig.sending import sending
from rig.waiting import until

SLOWER_SHARE: Final = 1.2
NOISE_SECONDS: Final = 0.03  # what two equal phases on a shared machine differ by anyway
_NOISE_AMONG_OTHERS_SECONDS: Final = 1.0  # a short run's two seconds may fall into another test's; who waits for a slow reader waits longer
MEBIBYTES: Final = 20.0
DROPPED_SECONDS: Final = 10.0
TOLD_SECONDS: Final = 30.0  # what has not come by then was lost
_LATE_SECONDS: Final = 2.0  # readers are looked after once a second
_DROPPED: Final = "earshot_live_dropped_total"


def run(place: Place, scale: Scale) -> Row:
    """Without it, with it, and without it again."""
    browsers, seconds = scale.of(99, 15), scale.of(12.0, 2.0)
    noise, bound = scale.of(NOISE_SECONDS, _NOISE_AMONG_OTHERS_SECONDS), scale.within(DROPPED_SECONDS + _LATE_SECONDS)
    with place.site() as site, site.serve() as desk:
        headers = agents(site, browsers + 1)
        load = Load([desk.url], site.token(), connections=4, rate=scale.of(40, 20), authors=1_000_000)
        with pages([desk.url], headers[:-1]) as opened, ExitStack() as later:
            until(lambda: opened.open == browsers, "every browser at its place")
            sender = later.enter_context(sending(load, place.folder))
            until(lambda: len(sender.acknowledged()) > 60, "a desk that is warm")
            phases = [_phase(seconds)]
            memory, before = resident_mebibytes(desk.pid) or 0.0, metric(desk.url, _DROPPED)
            with _never_reads(desk.url, headers[-1]):
                began = time.monotonic()
                until(lambda: metric(desk.url, _DROPPED) > before, "it to be let go", seconds=bound * 4)
                dropped = time.monotonic() - began
                phases.append((began, time.monotonic()))
            grown = (resident_mebibytes(desk.pid) or 0.0) - memory
            phases.append(_phase(seconds))
            sender.stop()
            missed = _missed(site_rows := rows(site), opened)  # while they are still there: the last news are on their way
    p99 = [_p99(opened, site_rows, *phase) for phase in phases]
    quiet = max(p99[0], p99[2])
    counted: dict[str, Count] = {
        "others": browsers, "p99 ms without": round(quiet * 1000), "p99 ms with": round(p99[1] * 1000), "grown MiB": round(grown, 1),
        "let go after s": round(dropped, 1), "others missed": missed, "cut wrongly": sum(opened.closed.values()),
    }  # fmt: skip
    met = (
        p99[1] <= quiet * SLOWER_SHARE + noise and grown <= MEBIBYTES and dropped <= bound
        and missed == 0 and not counted["cut wrongly"]
    )  # fmt: skip
    goal = f"p99 of the others ≤ +20 %, ≤ +{MEBIBYTES:g} MiB, let go ≤ {bound:g} s, others miss nothing"
    return Row("F22", place.database, counted, goal, met)


def _phase(seconds: float) -> tuple[float, float]:
    began = time.monotonic()
    until(lambda: time.monotonic() - began >= seconds, "the end of a phase")
    return began, time.monotonic()


def _p99(opened: Pages, opened_at: dict[str, float], began: float, ended: float) -> float:
    """Seconds from the opening of a case to its row, over all pages: the p99 of each second of the phase, and of these the middle one.

    The middle, because a machine that others use too stands still now and then, whoever reads or does not.
    """
    offset = clock_offset()
    by_second: dict[int, list[float]] = {}
    for page in opened.pages:
        for row, at in page.at.items():
            if began <= at < ended and row in opened_at:
                by_second.setdefault(int(at), []).append(at + offset - opened_at[row])
    worst = sorted(sorted(waits)[int(len(waits) * 0.99)] for waits in by_second.values())
    return worst[len(worst) // 2] if worst else 0.0


def _missed(wanted: dict[str, float], opened: Pages) -> int:
    give_up = time.monotonic() + TOLD_SECONDS
    while (missed := opened.missed(set(wanted))) and time.monotonic() < give_up:
        time.sleep(0.05)
    return missed


class _never_reads:  # noqa: N801  # reads as a verb where it is used
    """A socket of a page that is opened by the book and then left alone."""

    def __init__(self, url: str, headers: dict[str, str]) -> None:
        at = urlsplit(url)
        self._link = socket.socket()
        self._link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        self._link.connect((at.hostname, at.port))
        lines = [
            "GET /live?page=inbox%3Aview%3Dall HTTP/1.1", f"Host: {at.netloc}", "Upgrade: websocket", "Connection: Upgrade",
            f"Origin: {url}",
            "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==", f"Cookie: {headers['Cookie']}", "", "",
        ]  # fmt: skip
        self._link.sendall("\r\n".join(lines).encode())

    def __enter__(self) -> None:
        return None

    def __exit__(self, *_: object) -> None:
        self._link.close()


FAULT: Final = Fault("F22", "A reader takes nothing", run)
