"""The legal desk: the list of matters, and one matter with its evidence, its proposed answer and what can be decided."""

from collections.abc import Callable
from typing import Any, Final
from urllib.parse import urlencode

import anyio.to_thread
from starlette.requests import Request
from starlette.responses import Response

from app.actions.decide_matter import acknowledge_matter, decide_matter
from app.actions.send_reply import ReplyForm, send_reply
from app.core.asker import Asker
from app.door.entry import Entry, needs
from app.engine.ports import Ports
from app.queries.legal import LegalPage, MatterPage, frozen_copy, matter, matters
from app.web.forms import fields, several, visibility, whole
from app.web.live.watch import Region, Watch
from app.web.render import back, macro, page_response

_MACROS: Final = "macros/legal.html"
_ABOUT: Final = ("matter.", "reply.", "mention.", "case.held", "case.unheld", "case.claimed", "case.released", "case.assigned", "note.")


async def show(request: Request) -> Response:
    """The list."""
    cursor = request.query_params.get("cursor") or None
    page = await anyio.to_thread.run_sync(_list, request.state.ports, request.state.visitor.asker, cursor)
    return await page_response(request, "legal.html", {"list": page, "one": None}, active="legal", key="legal")


async def show_matter(request: Request) -> Response:
    """One matter; the list stands beside it where there is room."""
    ports, asker = request.state.ports, request.state.visitor.asker
    found = await anyio.to_thread.run_sync(_one, ports, asker, request.path_params["id"])
    page = {"list": await anyio.to_thread.run_sync(_list, ports, asker, None), "one": found}
    return await page_response(request, "legal.html", page, active="legal", key=f"legal:{found.row.id}:{found.shown}")


async def frozen(request: Request) -> Response:
    """The frozen copy as a file whose SHA-256 is the one on the page."""
    id = request.path_params["id"]
    copy = await anyio.to_thread.run_sync(_frozen, request.state.ports, request.state.visitor.asker, id)
    name = f"matter-{id}.json"
    return Response(copy, media_type="application/json", headers={"Content-Disposition": f'attachment; filename="{name}"'})


async def acknowledge(request: Request) -> Response:
    """Say that it was seen."""
    id = request.path_params["id"]
    await anyio.to_thread.run_sync(acknowledge_matter, request.state.ports, request.state.visitor.asker, id)
    return back(f"/legal/{id}")


async def release(request: Request) -> Response:
    """Close it; with the last such matter the hold ends."""
    return await _decide(request, "released", "Released; the reason is on the case.")


async def keep(request: Request) -> Response:
    """Keep it open, and the hold with it."""
    return await _decide(request, "kept", "Kept; the reason is on the case.")


async def answer(request: Request) -> Response:
    """Legal writes the answer itself; a supervisor is the second person."""
    values = await fields(request)
    form = ReplyForm(
        text=values.get("text", "").replace("\r\n", "\n"),
        seen_version=whole(values, "seen_version"),
        visibility=visibility(values),
        checklist=dict.fromkeys(await several(request, "tick"), True),
        propose=True,
    )
    found = await anyio.to_thread.run_sync(_one, request.state.ports, request.state.visitor.asker, request.path_params["id"])
    await anyio.to_thread.run_sync(send_reply, request.state.ports, request.state.visitor.asker, found.row.case, form)
    return _to_list("Your answer waits for a supervisor. The hold ends when they let it out.")


def regions(watch: Watch) -> list[Region]:
    """The list when something about a matter changed; of an open matter also its head, thread and whether the page is out of date."""
    if not any(event.kind.startswith(_ABOUT) for event in watch.events):
        return []
    id, _, shown = watch.args.partition(":")
    page = matters(watch.conn, watch.visitor.asker)
    found = [Region("matters", macro(_MACROS, "matters", page, id))]
    if id:
        one = matter(watch.ports, watch.conn, watch.visitor.asker, id)
        if one.row.case in watch.cases:
            found += [
                Region("matter-head", macro(_MACROS, "matter_head", one)),
                Region("matter-news", macro(_MACROS, "matter_news", one, shown)),
                *(Region(f"item-{item.id}", macro("macros/case.html", "timeline_item", item)) for item in one.thread),
            ]
    return found


async def _decide(request: Request, decision: str, said: str) -> Response:
    reason = (await fields(request)).get("reason", "")
    action: Callable[..., Any] = decide_matter
    await anyio.to_thread.run_sync(action, request.state.ports, request.state.visitor.asker, request.path_params["id"], decision, reason)
    return _to_list(said)


def _to_list(notice: str) -> Response:
    return back("/legal?" + urlencode({"notice": notice}))


def _list(ports: Ports, asker: Asker, cursor: str | None) -> LegalPage:
    with ports.db.read() as conn:
        return matters(conn, asker, cursor=cursor)


def _one(ports: Ports, asker: Asker, id: str) -> MatterPage:
    with ports.db.read() as conn:
        return matter(ports, conn, asker, id)


def _frozen(ports: Ports, asker: Asker, id: str) -> bytes:
    with ports.db.read() as conn:
        return frozen_copy(conn, asker, id)


# Whom a matter is for depends on its kind, so the actions ask for the right to decide it; everybody on the desk may read.
_READ: Final = needs("cases.read")
ENTRIES: Final = (
    Entry("GET", "/legal", show, _READ),
    Entry("GET", "/legal/{id}", show_matter, _READ),
    Entry("GET", "/legal/{id}/frozen", frozen, _READ),
    Entry("POST", "/legal/{id}/acknowledge", acknowledge, _READ),
    Entry("POST", "/legal/{id}/release", release, _READ),
    Entry("POST", "/legal/{id}/keep", keep, _READ),
    Entry("POST", "/legal/{id}/answer", answer, needs("matters.decide")),
)
