"""Why a rule fired on a case or did not: reached from the case, from the rule, and by choosing both."""

from typing import Final

import anyio.to_thread
from starlette.requests import Request
from starlette.responses import Response

from app.door.entry import Entry, needs
from app.queries.rule_why import why_page
from app.web.render import page_response

_LONGEST: Final = 300


async def show(request: Request) -> Response:
    """The question as a form, and the answer."""
    rule, case = (request.query_params.get(name, "")[:_LONGEST] for name in ("rule", "case"))
    page = await anyio.to_thread.run_sync(why_page, request.state.ports, request.state.visitor.asker, rule, case)
    return await page_response(request, "rules_why.html", page, active="rules", key="rules:elsewhere")


ENTRIES: Final = (Entry("GET", "/rules/why", show, needs("rules.read")),)
