"""The policies: those in force, and whether the reader has acknowledged them."""

from typing import Final

import anyio.to_thread
from starlette.requests import Request
from starlette.responses import Response

from app.door.entry import Entry, needs
from app.queries.policies import policies_page
from app.web.live.watch import Region, Watch
from app.web.render import macro, page_response

_KINDS: Final = frozenset({"policy.activated", "policy.acknowledged", "person.updated"})  # of how many people read it is said


async def show(request: Request) -> Response:
    """The list."""
    page = await anyio.to_thread.run_sync(policies_page, request.state.ports, request.state.visitor.asker)
    return await page_response(request, "policies.html", page, active="policies", key="policies")


def regions(watch: Watch) -> list[Region]:
    """The list, when a policy changed or was acknowledged, or somebody came or went who is to read it."""
    if not any(event.kind in _KINDS for event in watch.events):
        return []
    return [Region("policy-cards", macro("macros/policies.html", "cards", policies_page(watch.ports, watch.visitor.asker)))]


ENTRIES: Final = (Entry("GET", "/policies", show, needs("policies.read")),)
