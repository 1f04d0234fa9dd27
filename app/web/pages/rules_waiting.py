"""Rules that wait for a second person: one with all that it changes, confirmed or declined there."""

from typing import Final
from urllib.parse import quote

import anyio.to_thread
from starlette.requests import Request
from starlette.responses import Response

from app.actions.confirm_rules import confirm_rules, decline_rules
from app.door.entry import Entry, needs
from app.queries.rule_versions import waiting_page
from app.web.forms import fields
from app.web.render import back, page_response


async def show(request: Request) -> Response:
    """What it changes, and the two buttons for whoever may press them."""
    id = request.path_params["id"]
    page = await anyio.to_thread.run_sync(waiting_page, request.state.ports, request.state.visitor.asker, id)
    return await page_response(request, "rules_waiting.html", page, active="rules", key="rules:elsewhere")


async def confirm(request: Request) -> Response:
    """The text comes into force."""
    version = await anyio.to_thread.run_sync(confirm_rules, request.state.ports, request.state.visitor.asker, request.path_params["id"])
    return back(f"/rules?notice=Version+{version}+is+in+force.+The+next+mention+is+decided+by+it.")


async def decline(request: Request) -> Response:
    """It does not; the reason goes to whoever asked."""
    reason = (await fields(request)).get("reason", "")
    id = request.path_params["id"]
    await anyio.to_thread.run_sync(decline_rules, request.state.ports, request.state.visitor.asker, id, reason)
    return back(f"/rules/waiting/{quote(id)}")


# Every role that may ask may also confirm, so whoever asked gets in to take it back; the action then asks by whose it is.
ENTRIES: Final = (
    Entry("GET", "/rules/waiting/{id}", show, needs("rules.read")),
    Entry("POST", "/rules/waiting/{id}/confirm", confirm, needs("rules.confirm")),
    Entry("POST", "/rules/waiting/{id}/decline", decline, needs("rules.confirm")),
)
