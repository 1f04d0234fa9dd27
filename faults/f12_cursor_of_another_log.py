"""F12: readers come with cursors that are not of this log: too old, of the future, of what a backup has undone, or no cursor at all.

The backup is played by taking the newest events out of the log again while the desk is down, which is what a reader sees of a restore;
then the log grows past the readers' cursors. Each reader must be told ``reset`` and nothing else; a cursor that is right must not.
"""

import json
import time
from collections.abc import Callable, Iterable
from typing import Any, Final
from urllib.parse import quote
from urllib.request import Request, urlopen

from websockets.sync.client import connect
from websockets.typing import Origin

from app.core.clock import rfc3339
from app.core.events import SYSTEM, NewEvent
from app.engine.cursor import Cursor, moment, newest
from app.engine.log import EVENT
from faults.browsing import agents
from faults.model import Count, Fault, Place, Row, Scale
from rig.desk import Site

_HEARD_WITHIN_SECONDS: Final = 20.0
_QUIET_SECONDS: Final = 1.5  # a reader whose cursor is right hears nothing: nothing happens
_GROWN: Final = (0, 1, 50)
"""How many events the restored log has gained when the readers come back; the last is past every cursor."""
Asked = Callable[[str, Cursor, float], bool]
"""Whether a reader with this cursor was told ``reset`` at this address within so many seconds."""


def run(place: Place, scale: Scale) -> Row:
    """Every wrong cursor by every way."""
    wrong = right = asked = 0
    silent: list[str] = []
    with place.site() as site:
        headers, token = agents(site, 1)[0], site.token("read")
        for grown in scale.of(_GROWN, _GROWN[-1:]):
            _append(site, 30)
            kept = _head(site)
            _append(site, 20)
            undone = _head(site)
            _take_back(site, kept)
            _append(site, grown)
            with site.serve() as desk:
                for way, told in _ways(headers, token):
                    for name, cursor in _wrong(site, undone, oldest_kept=_prune(site)):
                        wrong += 1
                        if not told(desk.url, cursor, _HEARD_WITHIN_SECONDS):
                            silent.append(f"{way}: {name}")
                    asked += 1
                    right += not told(desk.url, _head(site), _QUIET_SECONDS)
    counted: dict[str, Count] = {
        "wrong cursors": wrong, "silent gaps": len(silent), "which": "; ".join(sorted(set(silent))) or "none",
        "right ones that went on": f"{right} of {asked}",
    }  # fmt: skip
    return Row("F12", place.database, counted, "0 silent gaps, 0 resets for nothing", not silent and right == asked)


def _wrong(site: Site, undone: Cursor, oldest_kept: int) -> Iterable[tuple[str, Cursor]]:
    head = _head(site)
    yield "undone by a restore", undone
    yield "of the future", Cursor(head.seq + 1_000, head.at)
    yield "of the far future", Cursor(2**53 - 1)
    yield "older than what is kept", Cursor(oldest_kept - 2)
    yield "at a time that never was", Cursor(head.seq, (head.at or 0) - 1)


def _ways(headers: dict[str, str], token: dict[str, str]) -> Iterable[tuple[str, Asked]]:
    """How a reader comes, with whether it was told ``reset``."""

    def page(url: str, cursor: Cursor, seconds: float) -> bool:
        return _reset(f"{url}/live?page=inbox%3Aview%3Dall&since={cursor}", headers, url, seconds)

    def stream(url: str, cursor: Cursor, seconds: float) -> bool:
        return _reset(f"{url}/api/v1/live?{_api(cursor)}", token, url, seconds)

    def poll(url: str, cursor: Cursor, seconds: float) -> bool:
        with urlopen(Request(f"{url}/api/v1/events?{_api(cursor)}", headers=token), timeout=seconds + 5) as answer:  # noqa: S310  # ours
            return bool(json.load(answer)["type"] == "reset")

    return [("page", page), ("stream", stream), ("long poll", poll)]


def _api(cursor: Cursor) -> str:
    return f"since={cursor.seq}" + ("" if cursor.at is None else f"&at={quote(rfc3339(moment(cursor.at)))}")


def _reset(address: str, headers: dict[str, str], url: str, seconds: float) -> bool:
    """Whether the first word after the greeting is ``reset``."""
    with connect(address.replace("http", "ws"), additional_headers=headers, origin=Origin(url), proxy=None) as socket:
        while True:
            try:
                frame: dict[str, Any] = json.loads(socket.recv(seconds))
            except TimeoutError:
                return False
            if frame["type"] != "hello":
                return bool(frame["type"] == "reset")


def _append(site: Site, count: int) -> None:
    with site.ports.db.write() as tx:
        for number in range(count):
            tx.append(NewEvent("notice.sent", SYSTEM, {"n": number}))
    time.sleep(0.002)  # events of a later transaction are later by the clock, as they are wherever a restore takes longer than that


def _take_back(site: Site, kept: Cursor) -> None:
    with site.ports.db.write() as tx:
        tx.conn.execute(EVENT.delete().where(EVENT.c.seq > kept.seq))


def _prune(site: Site) -> int:
    """Let go of the oldest ten; the oldest that is kept."""
    with site.ports.db.write() as tx:
        oldest = int(tx.conn.execute(EVENT.select().order_by(EVENT.c.seq).limit(1)).one().seq)
        tx.conn.execute(EVENT.delete().where(EVENT.c.seq < oldest + 10))
    return oldest + 10


def _head(site: Site) -> Cursor:
    with site.ports.db.read() as conn:
        return newest(conn)


FAULT: Final = Fault("F12", "A cursor of another log", run)
