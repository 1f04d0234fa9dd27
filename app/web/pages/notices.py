"""Notices: what this person was told and has not read, the bell's list. It follows what is told."""

from typing import Final
from urllib.parse import quote

import anyio.to_thread
from starlette.requests import Request
from starlette.responses import Response

from app.actions.read_notices import read_notices
from app.core.asker import Asker
from app.door.entry import Entry, needs
from app.engine.ports import Ports
from app.queries.notices import OwnNotices, own_notices
from app.web.forms import fields
from app.web.live.watch import Region, Watch
from app.web.render import back, macro, page_response


async def show(request: Request) -> Response:
    """The page."""
    page = await anyio.to_thread.run_sync(_own, request.state.ports, request.state.visitor.asker)
    return await page_response(request, "notices.html", page, active="notices", key="notices")


async def read(request: Request) -> Response:
    """One notice, or all; the list again."""
    id = (await fields(request)).get("notice", "")
    count = await anyio.to_thread.run_sync(read_notices, request.state.ports, request.state.visitor.asker, id or None)
    return back("/notices" if id else f"/notices?notice={count}%20read.")


async def open_case(request: Request) -> Response:
    """The case that a notice is about; with that it is read."""
    await anyio.to_thread.run_sync(read_notices, request.state.ports, request.state.visitor.asker, request.path_params["id"])
    case = request.query_params.get("case", "")
    return back(f"/cases/{quote(case, safe='')}" if case else "/notices")


def regions(watch: Watch) -> list[Region]:
    """The list of whoever has it open; such a page is nobody else's."""
    if not watch.time_passed and not any(e.kind == "notice.sent" for e in watch.events):
        return []
    own = own_notices(watch.conn, watch.visitor.asker, watch.ports.clock.now())
    return [Region("notice-list", macro("macros/notices.html", "notice_list", own.notices))]


def _own(ports: Ports, asker: Asker) -> OwnNotices:
    with ports.db.read() as conn:
        return own_notices(conn, asker, ports.clock.now())


ENTRIES: Final = (
    Entry("GET", "/notices", show, needs("cases.read")),
    Entry("POST", "/notices/read", read, needs("cases.read")),
    Entry("POST", "/notices/{id}/open", open_case, needs("cases.read")),
)
