"""The wallboard: the page and its five regions. The board is the same for every viewer, so it is made once for all of them."""

from typing import Final

import anyio.to_thread
from starlette.requests import Request
from starlette.responses import Response

from app.core.asker import Asker
from app.door.entry import Entry, needs
from app.door.identity import Visitor
from app.engine import log
from app.engine.ports import Ports
from app.queries.wallboard import Board, wallboard
from app.web.live.watch import Region, Watch
from app.web.render import macro, page_response

_MACROS: Final = "macros/board.html"
PARTS: Final = ("now", "response", "volume", "stage", "people")

_Made = tuple[tuple[str, int, int], list[Region]]
_last_made: list[_Made] = []
"""The newest board of this process, at most one: twenty walls that look at the same moment cost one look."""


async def show(request: Request) -> Response:
    """The board."""
    visitor: Visitor = request.state.visitor
    page = await anyio.to_thread.run_sync(_page, request.state.ports, visitor.asker)
    return await page_response(request, "wallboard.html", page, active="wallboard", key="wallboard")


def regions(watch: Watch) -> list[Region]:
    """All five regions as they stand now."""
    watch.visitor.asker.need("measures.read")
    key = (watch.ports.db.url, log.head(watch.conn), int(watch.ports.clock.now().timestamp()))
    for of, kept in _last_made:
        if of == key:
            return list(kept)
    found = regions_of(wallboard(watch.ports, watch.conn, watch.visitor.asker))
    _last_made[:] = [(key, found)]
    return list(found)


def regions_of(board: Board) -> list[Region]:
    """The regions of a board."""
    return [Region(f"board-{part}", macro(_MACROS, f"board_{part}", board)) for part in PARTS]


def _page(ports: Ports, asker: Asker) -> Board:
    with ports.db.read() as conn:
        return wallboard(ports, conn, asker)


ENTRIES: Final = (Entry("GET", "/wallboard", show, needs("measures.read")),)
