"""Answers that wait for a second person: the list, and one with the conversation around it. They are decided through ``replies``."""

from typing import Final

import anyio.to_thread
from starlette.requests import Request
from starlette.responses import Response

from app.core.asker import Asker
from app.door.entry import Entry, needs
from app.engine.ports import Ports
from app.queries.approvals import ApprovalPage, ApprovalsPage, one, waiting_for
from app.web.live.watch import Region, Watch
from app.web.render import macro, page_response

_MACROS: Final = "macros/legal.html"


async def show(request: Request) -> Response:
    """The list."""
    cursor = request.query_params.get("cursor") or None
    page = await anyio.to_thread.run_sync(_list, request.state.ports, request.state.visitor.asker, cursor)
    return await page_response(request, "approvals.html", {"list": page, "one": None}, active="approvals", key="approvals")


async def show_one(request: Request) -> Response:
    """One answer to decide."""
    id = request.path_params["id"]
    page = {"list": None, "one": await anyio.to_thread.run_sync(_one, request.state.ports, request.state.visitor.asker, id)}
    return await page_response(request, "approvals.html", page, active="approvals", key=f"approvals:{id}")


def regions(watch: Watch) -> list[Region]:
    """The list when an answer moved; an open one only learns that it was decided elsewhere."""
    if watch.args or not any(event.kind.startswith(("reply.", "case.held", "case.unheld")) for event in watch.events):
        return []
    return [Region("waiting", macro(_MACROS, "waiting_list", waiting_for(watch.ports, watch.conn, watch.visitor.asker)))]


def _list(ports: Ports, asker: Asker, cursor: str | None) -> ApprovalsPage:
    with ports.db.read() as conn:
        return waiting_for(ports, conn, asker, cursor=cursor)


def _one(ports: Ports, asker: Asker, id: str) -> ApprovalPage:
    with ports.db.read() as conn:
        return one(ports, conn, asker, id)


# Who may decide depends on what each policy asks for, so the query refuses those who may decide nothing.
ENTRIES: Final = (
    Entry("GET", "/approvals", show, needs("cases.read")),
    Entry("GET", "/approvals/{id}", show_one, needs("cases.read")),
)
