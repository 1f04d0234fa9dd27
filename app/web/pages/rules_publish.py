"""Publishing the working copy: what it changes in words and lines, the reason, and what to do when somebody was faster."""

from functools import partial
from typing import Final

import anyio.to_thread
from starlette.requests import Request
from starlette.responses import Response

from app.actions.publish_rules import publish_rules
from app.core.errors import Conflict, Invalid
from app.door.entry import Entry, needs
from app.queries.rule_versions import publish_page
from app.web.forms import fields, whole
from app.web.render import back, page_response

LONGEST_REASON: Final = 300


async def show(request: Request) -> Response:
    """What would change."""
    page = await anyio.to_thread.run_sync(publish_page, request.state.ports, request.state.visitor.asker)
    return await page_response(request, "rules_publish.html", page, active="rules", key="rules:elsewhere")


async def publish(request: Request) -> Response:
    """Publish exactly what the page showed: neither a copy that changed in another window nor over a version nobody looked at."""
    values = await fields(request)
    ports, asker = request.state.ports, request.state.visitor.asker
    reason = reason_in(values)
    page = await anyio.to_thread.run_sync(publish_page, ports, asker)
    if page.seen != values.get("seen"):
        return back("/rules/publish?notice=Your+working+copy+changed+in+another+window:+look+at+it+again,+then+publish.")
    action = partial(publish_rules, ports, asker, page.text, reason=reason, expected=whole(values, "expected"))
    try:
        done = await anyio.to_thread.run_sync(action)
    except Conflict:
        return back("/rules/publish#rules-behind")
    if done.waits is not None:
        return back(
            f"/rules/waiting/{done.waits.id}?notice=It+waits+for+a+second+person.+Version+{done.version}+stays+in+force+until+then."
        )
    return back(f"/rules?notice=Version+{done.version}+is+in+force.+The+next+mention+is+decided+by+it.")


def reason_in(values: dict[str, str]) -> str:
    """The reason on one line; Invalid without one, because a history without reasons helps nobody."""
    line = " ".join(values.get("reason", "").split())
    if not 1 <= len(line) <= LONGEST_REASON:
        msg = f"needs 1 to {LONGEST_REASON} characters"
        raise Invalid(f"Say why, in 1 to {LONGEST_REASON} characters: it stands in the history.", errors=[{"loc": ["reason"], "msg": msg}])
    return line


ENTRIES: Final = (
    Entry("GET", "/rules/publish", show, needs("rules.edit")),
    Entry("POST", "/rules/publish", publish, needs("rules.edit")),
)
