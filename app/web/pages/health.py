"""Health: whether the desk itself is well, and parked mentions that can be run again."""

from typing import Final
from urllib.parse import quote

import anyio.to_thread
from starlette.requests import Request
from starlette.responses import Response

from app.actions.repair_intake import repair_intake
from app.actions.retry_call import retry_call
from app.core.asker import Asker
from app.core.errors import NotFound
from app.door.entry import Entry, needs
from app.door.identity import Visitor
from app.engine.ports import Ports
from app.queries.health import Health, health
from app.web.render import back, page_response

_LONGEST_ID: Final = 18  # digits that any database's whole number holds


async def show(request: Request) -> Response:
    """The page."""
    visitor: Visitor = request.state.visitor
    page = await anyio.to_thread.run_sync(_health, request.state.ports, visitor.asker)
    return await page_response(request, "health.html", page, active="health", key="health")


async def run_again(request: Request) -> Response:
    """Put a parked mention back into the intake."""
    id = str(request.path_params["id"])
    if not (id.isascii() and id.isdecimal() and len(id) <= _LONGEST_ID):
        raise NotFound("No such parked mention.")
    await anyio.to_thread.run_sync(repair_intake, request.state.ports, request.state.visitor.asker, int(id))
    return back(f"/health?notice={quote('It runs again. If it fails once more it is parked with its error.')}#parked")


async def call_again(request: Request) -> Response:
    """Let a webhook's call that was given up be made again."""
    await anyio.to_thread.run_sync(retry_call, request.state.ports, request.state.visitor.asker, str(request.path_params["id"]))
    return back(f"/health?notice={quote('It is made again, under its old id.')}#webhooks")


def _health(ports: Ports, asker: Asker) -> Health:
    with ports.db.read() as conn:
        return health(ports, conn, asker)


ENTRIES: Final = (
    Entry("GET", "/health", show, needs("settings.edit")),
    Entry("POST", "/health/parked/{id}/again", run_again, needs("intake.repair")),
    Entry("POST", "/health/webhooks/{id}/again", call_again, needs("settings.edit")),
)
