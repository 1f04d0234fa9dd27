"""The inbox: the list in its view and order, and the button that takes the best case."""

from dataclasses import replace
from typing import Final
from urllib.parse import parse_qsl, urlencode

import anyio.to_thread
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from app.actions.claim_case import next_case
from app.cases.model import Case
from app.core.asker import Asker
from app.core.ids import PersonId
from app.door.entry import PUBLIC, Entry, needs
from app.door.identity import Visitor
from app.engine.ports import Ports
from app.engine.viewers import viewers_of
from app.queries.case_row import row_of
from app.queries.inbox import FILTERS, InboxPage, inbox
from app.queries.inbox_views import RULES, VIEWS, View, left_because
from app.web.live.watch import Region, Watch
from app.web.render import back, block, macro, page_response
from app.web.shell import shell_of

_KEYS: Final = ("view", "sort", *FILTERS)
DEFAULT_VIEW: Final = "all"


async def home(_request: Request) -> Response:
    """The front door leads to the inbox."""
    return RedirectResponse("/inbox")


async def show(request: Request) -> Response:
    """One page of the list; asked for by the desk's own script, only the list."""
    visitor: Visitor = request.state.visitor
    page = await anyio.to_thread.run_sync(_page, request.state.ports, visitor.asker, dict(request.query_params))
    key = "inbox:" + urlencode({k: v for k, v in request.query_params.items() if k in _KEYS and v})
    if request.headers.get("hx-target") == "div#list":
        shell = await shell_of(request, active="inbox", view=page.view, page_key=key)
        return HTMLResponse(block("inbox.html", "list", shell, page))
    return await page_response(request, "inbox.html", page, active="inbox", view=page.view, key=key)


async def take_next(request: Request) -> Response:
    """Take the best case there is for me and go to it."""
    visitor: Visitor = request.state.visitor
    case = await anyio.to_thread.run_sync(next_case, request.state.ports, visitor.asker)
    return back(f"/cases/{case.id}" if case else "/inbox?notice=Nothing+waits+that+you+could+take.")


def regions(watch: Watch) -> list[Region]:
    """Rows of the touched cases, each with whether it belongs to this view."""
    params = dict(parse_qsl(watch.args))
    named = params.get("view", DEFAULT_VIEW)
    view: View = next((v for v in VIEWS if v == named), "all")
    now, me = watch.ports.clock.now(), watch.visitor.asker.person_id
    found = []
    for case in watch.cases.values():
        inside = RULES[view].holds(case, me, now) and _passes(case, params, me)
        html = _row(watch, case)
        found.append(Region(f"row-{case.id}", html, inside, None if inside else left_because(case, view)))
    return found


def _row(watch: Watch, case: Case) -> str:
    """The row as every viewer sees it: rendered once for all of them."""
    viewers = viewers_of(case.id)
    return watch.once(("case_row", case.id, viewers), lambda: macro("macros/rows.html", "case_row", row_of(case, viewers)))


def _page(ports: Ports, asker: Asker, params: dict[str, str]) -> InboxPage:
    with ports.db.read() as conn:
        page = inbox(
            conn, asker, ports.clock.now(), view=params.get("view") or DEFAULT_VIEW, sort=params.get("sort") or "next",
            filters={k: params[k] for k in FILTERS if k in params}, cursor=params.get("cursor"),
        )  # fmt: skip
    return replace(page, rows=tuple(replace(r, viewers=viewers_of(r.id)) for r in page.rows))


def _passes(case: Case, params: dict[str, str], me: PersonId | None) -> bool:
    """Whether the case passes the page's own filters; a search by words shows no news by itself."""
    if params.get("q"):
        return False
    assignee = params.get("assignee", "")
    held = {"": True, "none": case.assignee_id is None, "me": case.assignee_id == me}.get(assignee, case.assignee_id == assignee)
    values = {"queue": case.queue, "network": case.network, "band": case.band, "customer": case.customer_id, "language": case.language}
    return held and all(not params.get(name) or params[name] == value for name, value in values.items())


ENTRIES: Final = (
    Entry("GET", "/", home, PUBLIC),
    Entry("GET", "/inbox", show, needs("cases.read")),
    Entry("POST", "/cases/next", take_next, needs("cases.work")),
)
