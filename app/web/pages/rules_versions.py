"""The history of the rules, one version of it, and the way back to it."""

from functools import partial
from typing import Final

import anyio.to_thread
from starlette.requests import Request
from starlette.responses import Response

from app.actions.roll_back_rules import roll_back_rules
from app.core.errors import NotFound
from app.door.entry import Entry, needs
from app.queries.rule_versions import version_page, versions_page
from app.web.forms import fields, whole
from app.web.pages.rules_publish import reason_in
from app.web.render import back, page_response

_LARGEST_VERSION: Final = 2**31 - 1


async def show(request: Request) -> Response:
    """The list of versions."""
    below = request.query_params.get("below", "")
    before = int(below) if below.isdigit() and len(below) < 10 else None
    page = await anyio.to_thread.run_sync(versions_page, request.state.ports, request.state.visitor.asker, before)
    return await page_response(request, "rules_versions.html", page, active="rules", key="rules:elsewhere")


async def show_one(request: Request) -> Response:
    """One version."""
    page = await anyio.to_thread.run_sync(version_page, request.state.ports, request.state.visitor.asker, _number(request))
    return await page_response(request, "rules_version.html", page, active="rules", key="rules:elsewhere")


async def roll_back(request: Request) -> Response:
    """Publish a copy of it."""
    values = await fields(request)
    reason, expected = reason_in(values), whole(values, "expected", 0) or None
    action = partial(roll_back_rules, request.state.ports, request.state.visitor.asker, _number(request), reason=reason, expected=expected)
    done = await anyio.to_thread.run_sync(action)
    if done.waits is not None:
        return back(
            f"/rules/waiting/{done.waits.id}?notice=It+waits+for+a+second+person.+Version+{done.version}+stays+in+force+until+then."
        )
    version = done.version
    return back(f"/rules?notice=Back+to+version+{_number(request)},+published+as+version+{version}.+The+next+mention+is+decided+by+it.")


def _number(request: Request) -> int:
    number: int = request.path_params["version"]
    if number > _LARGEST_VERSION:
        raise NotFound(f"There is no version {number} of the rules.")
    return number


ENTRIES: Final = (
    Entry("GET", "/rules/versions", show, needs("rules.read")),
    Entry("GET", "/rules/versions/{version:int}", show_one, needs("rules.read")),
    Entry("POST", "/rules/versions/{version:int}/roll-back", roll_back, needs("rules.edit")),
)
