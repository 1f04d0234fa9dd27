"""Answers that wait for a second person: the list, and one with the conversation around it. They are decided through ``replies``."""

from typing import Final

import anyio.to_thread
from starlette.requests import Request
from starlette.responses import Response

from app.core.asker import Asker
from app.door.entry import Entry, needs
from app.engine.ports import Ports
from app.queries.approvals import ApprovalPage, ApprovalsPage, one, waiting_for
from app.queries.rules_waiting import WaitingRules, waiting_rules
from app.web.live.watch import Region, Watch
from app.web.render import macro, page_response

_MACROS: Final = "macros/legal.html"
_RULES: Final = "macros/rules_trust.html"


async def show(request: Request) -> Response:
    """The list."""
    cursor = request.query_params.get("cursor") or None
    page = await anyio.to_thread.run_sync(_list, request.state.ports, request.state.visitor.asker, cursor)
    return await page_response(
        request, "approvals.html", {"list": page[0], "rules": page[1], "one": None}, active="approvals", key="approvals"
    )


async def show_one(request: Request) -> Response:
    """One answer to decide."""
    id = request.path_params["id"]
    page = {"list": None, "rules": (), "one": await anyio.to_thread.run_sync(_one, request.state.ports, request.state.visitor.asker, id)}
    return await page_response(request, "approvals.html", page, active="approvals", key=f"approvals:{id}")


def regions(watch: Watch) -> list[Region]:
    """The list when an answer moved, and what waits of the rules; an open one only learns that it was decided elsewhere."""
    if not watch.args and any(event.kind.startswith("rules.") for event in watch.events):
        waits = [Region("rules-waiting", macro(_RULES, "waiting_rules", waiting_rules(watch.conn, watch.visitor.asker)))]
    else:
        waits = []
    if watch.args or not any(event.kind.startswith(("reply.", "case.held", "case.unheld")) for event in watch.events):
        return waits
    return [*waits, Region("waiting", macro(_MACROS, "waiting_list", waiting_for(watch.ports, watch.conn, watch.visitor.asker)))]


def _list(ports: Ports, asker: Asker, cursor: str | None) -> tuple[ApprovalsPage, tuple[WaitingRules, ...]]:
    with ports.db.read() as conn:
        return waiting_for(ports, conn, asker, cursor=cursor), waiting_rules(conn, asker)


def _one(ports: Ports, asker: Asker, id: str) -> ApprovalPage:
    with ports.db.read() as conn:
        return one(ports, conn, asker, id)


# Who may decide depends on what each policy asks for, so the query refuses those who may decide nothing.
ENTRIES: Final = (
    Entry("GET", "/approvals", show, needs("cases.read")),
    Entry("GET", "/approvals/{id}", show_one, needs("cases.read")),
)
