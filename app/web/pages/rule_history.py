"""The history of one rule."""

from typing import Final

import anyio.to_thread
from starlette.requests import Request
from starlette.responses import Response

from app.door.entry import Entry, needs
from app.queries.rule_history import rule_history_page
from app.web.render import page_response


async def show(request: Request) -> Response:
    """The versions that changed it."""
    below = request.query_params.get("below", "")
    before = int(below) if below.isdigit() and len(below) < 10 else None
    ports, asker = request.state.ports, request.state.visitor.asker
    page = await anyio.to_thread.run_sync(rule_history_page, ports, asker, request.path_params["id"], before)
    return await page_response(request, "rule_history.html", page, active="rules", key="rules:elsewhere")


ENTRIES: Final = (Entry("GET", "/rules/rule/{id}/history", show, needs("rules.read")),)
