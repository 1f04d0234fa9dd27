"""The inbox: the list in its view and order, and the button that takes the best case."""

from dataclasses import replace
from typing import Final
from urllib.parse import parse_qsl, quote, urlencode

import anyio.to_thread
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from app.actions.claim_case import next_case
from app.cases.model import Case
from app.core.ids import PersonId
from app.door.entry import PUBLIC, Entry, needs
from app.door.identity import Visitor
from app.engine.ports import Ports
from app.engine.viewers import viewers_of
from app.queries.case_row import CaseRow, row_of
from app.queries.inbox import FILTERS, inbox
from app.queries.inbox_views import RULES, VIEWS, View, left_because
from app.queries.own_load import own_load
from app.web.live.watch import Region, Watch
from app.web.render import back, block, case_row, html
from app.web.shell import shell_in

_KEYS: Final = ("view", "sort", *FILTERS)
DEFAULT_VIEW: Final = "all"


async def home(_request: Request) -> Response:
    """The front door leads to the inbox."""
    return RedirectResponse("/inbox")


async def show(request: Request) -> Response:
    """One page of the list; asked for by the desk's own script, only the list."""
    params = dict(request.query_params)
    alone = request.headers.get("hx-target") == "div#list"
    return HTMLResponse(await anyio.to_thread.run_sync(_shown, request.state.ports, request.state.visitor, params, alone))


async def take_next(request: Request) -> Response:
    """Take the best case there is for me and go to it; with a word where that is more than one should hold at once."""
    return back(await anyio.to_thread.run_sync(_next, request.state.ports, request.state.visitor))


def _next(ports: Ports, visitor: Visitor) -> str:
    """Where to go: both questions in one turn of a thread."""
    case = next_case(ports, visitor.asker)
    if case is None:
        return f"/inbox?notice={quote('Nothing waits that you could take.')}"
    too_much = own_load(ports, visitor.person) if visitor.person is not None else ""
    return f"/cases/{case.id}" + (f"?notice={quote(too_much)}" if too_much else "")


def regions(watch: Watch) -> list[Region]:
    """Rows of the touched cases, each with whether it belongs to this view. Of a new one only that it came: it is on no page yet."""
    params = dict(parse_qsl(watch.args))
    named = params.get("view", DEFAULT_VIEW)
    view: View = next((v for v in VIEWS if v == named), "all")
    now, me = watch.ports.clock.now(), watch.visitor.asker.person_id
    opened = watch.once(("opened",), lambda: {e.case for e in watch.events if e.kind == "case.opened"})
    found = []
    for case in watch.cases.values():
        id = f"row-{case.id}"
        if not (RULES[view].holds(case, me, now) and _passes(case, params, me)):
            if case.id not in opened:
                found.append(Region(id, "", in_view=False, left_because=left_because(case, view)))
        elif case.id in opened:
            found.append(Region(id, "", band=case.band, by=case.author_handle))
        else:
            found.append(Region(id, _row(watch, case)))
    return found


def _row(watch: Watch, case: Case) -> str:
    """The row as every viewer sees it: rendered once for all of them."""
    viewers = viewers_of(case.id)
    return watch.once(("case_row", case.id, viewers), lambda: case_row(row_of(case, viewers)))


def _shown(ports: Ports, visitor: Visitor, params: dict[str, str], alone: bool) -> str:
    """The page, or its list alone, read and rendered in one turn of a thread: a turn costs as much as a query."""
    key = "inbox:" + urlencode({k: v for k, v in params.items() if k in _KEYS and v})
    with ports.db.read() as conn:
        shell = shell_in(ports, conn, visitor, params.get("notice", ""), active="inbox", page_key=key)
        page = inbox(
            conn, visitor.asker, ports.clock.now(), view=params.get("view") or DEFAULT_VIEW, sort=params.get("sort") or "next",
            filters={k: params[k] for k in FILTERS if k in params}, cursor=params.get("cursor"),
        )  # fmt: skip
    page = replace(page, rows=tuple(_with_viewers(row) for row in page.rows))
    shell = replace(shell, view=page.view)
    return block("inbox.html", "list", shell, page) if alone else html("inbox.html", shell, page)


def _with_viewers(row: CaseRow) -> CaseRow:
    viewers = viewers_of(row.id)
    return replace(row, viewers=viewers) if viewers else row


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
