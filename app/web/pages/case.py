"""The case: its page, and every act on it as a form. After each act the page is shown again as a GET."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any, Final
from urllib.parse import quote

import anyio.to_thread
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from app.actions.add_note import add_note
from app.actions.adopt_draft import adopt_draft
from app.actions.claim_case import claim_case, renew_claim
from app.actions.close_case import close_case, reopen_case
from app.actions.escalate_case import escalate_case
from app.actions.release_case import assign_case, move_case, release_case
from app.actions.save_draft import save_draft
from app.actions.send_reply import ReplyForm, send_reply
from app.actions.set_score import set_score
from app.actions.skip_case import skip_case
from app.actions.snooze_case import snooze_case, wake_case
from app.actions.tag_case import tag_case
from app.actions.tick_item import tick_item
from app.core.errors import Invalid
from app.core.ids import CaseId, PersonId
from app.door.entry import Entry, needs
from app.door.identity import Visitor
from app.engine.ports import Ports
from app.engine.viewers import viewers_of, writers_at
from app.queries.case import case_page, check_draft, own_draft
from app.queries.case_records import CasePage
from app.queries.touched import shows, surroundings_of
from app.web.forms import fields, several, visibility, whole
from app.web.live.watch import Region, Watch
from app.web.render import back, html, macro
from app.web.shell import shell_in

_MACROS: Final = "macros/case.html"
_BANDS: Final = {"urgent": 90, "high": 65, "normal": 40, "low": 10}


async def show(request: Request) -> Response:
    """The whole page."""
    id = request.path_params["id"]
    notice = request.query_params.get("notice", "")
    return HTMLResponse(await anyio.to_thread.run_sync(_shown, request.state.ports, request.state.visitor, id, notice))


def regions(watch: Watch) -> list[Region]:
    """The case's regions when something on its page happened; nothing while others are worked on."""
    around = watch.once(("surroundings",), lambda: surroundings_of(watch.conn, watch.open_cases)).get(CaseId(watch.args))
    if around is None or not shows(CaseId(watch.args), around, watch.events, watch.cases):
        return []
    return regions_of(
        case_page(watch.ports, watch.conn, watch.visitor.asker, watch.args, _viewers(watch.args, watch.visitor.asker.person_id))
    )


def regions_of(page: CasePage) -> list[Region]:
    """Every region of the page that may be pushed; the composer and its gate are never among them."""
    found = [Region(f"item-{item.id}", macro(_MACROS, "timeline_item", item, page.can)) for item in page.thread]
    for id, name in (
        ("case-head", "case_head"), ("matter", "matter_banner"), ("undo", "undo_region"), ("checklist", "checklist"), ("clocks", "clocks"),
        ("customer", "customer_panel"), ("trace", "trace_panel"), ("siblings", "siblings"),
    ):  # fmt: skip
        found.append(Region(id, macro(_MACROS, name, page)))
    found.append(Region("why", macro(_MACROS, "why_here", page.score)))
    return found


def _shown(ports: Ports, visitor: Visitor, id: str, notice: str) -> str:
    """The page, read and rendered in one turn of a thread, as the inbox is."""
    with ports.db.read() as conn:
        shell = shell_in(ports, conn, visitor, notice, page_key=f"case:{id}")
        page = case_page(ports, conn, visitor.asker, id, _viewers(id, visitor.asker.person_id))
    return html("case.html", shell, page)


def _viewers(id: str, me: PersonId | None) -> tuple[str, ...]:
    """Names of the others who have the case open, with a word beside those who are writing."""
    writing = writers_at(id, me)
    return tuple(f"{name} (writing)" if name in writing else name for name in viewers_of(id, me))


async def _done(request: Request, action: Callable[..., Any], *values: Any, **named: Any) -> Response:
    """Run an action on this case in a thread and show its page again."""
    id = request.path_params["id"]
    await anyio.to_thread.run_sync(partial(action, request.state.ports, request.state.visitor.asker, id, *values, **named))
    return back(f"/cases/{id}")


async def claim(request: Request) -> Response:
    """Take it."""
    return await _done(request, claim_case)


async def renew(request: Request) -> Response:
    """A sign of life from the open page."""
    await _done(request, renew_claim)
    return Response(status_code=204)


async def release(request: Request) -> Response:
    """Give it back."""
    return await _done(request, release_case)


async def assign(request: Request) -> Response:
    """Give it to a person, to a queue, or to nobody."""
    values = await fields(request)
    person, queue = values.get("person", ""), values.get("queue", "")
    if queue:
        await _done(request, move_case, queue)
    return await (_done(request, assign_case, person) if person else _done(request, release_case))


async def skip(request: Request) -> Response:
    """Pass it on with a reason, chosen or in one's own words, and go back to the list."""
    values = await fields(request)
    reason = values.get("words", "").strip() or values.get("reason", "")
    await _done(request, skip_case, reason)
    minutes = request.state.ports.settings.earshot_skip_minutes
    return back(f"/inbox?notice={quote(f'Passed on. It is not offered to you again for {minutes} minutes.')}")


async def adopt(request: Request) -> Response:
    """Go on with what a colleague left."""
    return await _done(request, adopt_draft)


async def snooze(request: Request) -> Response:
    """Put it away for some minutes."""
    minutes = whole(await fields(request), "minutes")
    if not 0 < minutes <= 90 * 24 * 60:
        raise Invalid("Snooze for up to 90 days.", errors=[{"loc": ["minutes"], "msg": "must be above 0 and at most 129600"}])
    return await _done(request, snooze_case, request.state.ports.clock.now() + timedelta(minutes=minutes))


async def wake(request: Request) -> Response:
    """Bring it back."""
    return await _done(request, wake_case)


async def close(request: Request) -> Response:
    """Done. Without a disposition: answered when we answered, else no response needed."""
    return await _done(request, close_case, (await fields(request)).get("disposition") or None)


async def reopen(request: Request) -> Response:
    """Open it again."""
    return await _done(request, reopen_case)


async def note(request: Request) -> Response:
    """Keep a note."""
    return await _done(request, add_note, (await fields(request)).get("text", ""))


async def tag(request: Request) -> Response:
    """Add or remove tags."""
    added = tuple(t.strip() for value in await several(request, "add") for t in value.split(",") if t.strip())
    return await _done(request, tag_case, add=added, remove=await several(request, "remove"))


async def escalate(request: Request) -> Response:
    """Hand it to legal and hold it."""
    values = await fields(request)
    risk = values.get("risk", "")
    return await _done(request, escalate_case, to=values.get("to") or "legal", reason=values.get("reason", "") or f"{risk} risk", risk=risk)


async def score(request: Request) -> Response:
    """Set the score by hand, by number or band; an empty one gives it back to the desk."""
    values = await fields(request)
    band = values.get("band", "")
    wanted = _BANDS.get(band) if band else whole(values, "score") if values.get("score") else None
    return await _done(request, set_score, wanted, hours=float(whole(values, "hours", 4)), reason=values.get("reason", ""))


async def tick(request: Request) -> Response:
    """Tick or clear one item."""
    values = await fields(request)
    return await _done(request, tick_item, values.get("item", ""), on=values.get("ticked", "true") == "true")


async def draft(request: Request) -> Response:
    """Keep what is being written. A newer draft from another window is offered, not overwritten: 409 with its text."""
    ports, visitor, id = request.state.ports, request.state.visitor, request.path_params["id"]
    values = await fields(request)
    seen = whole(values, "version", 0)
    kept = await anyio.to_thread.run_sync(own_draft, ports, visitor.asker, id)
    if kept is not None and kept.version > seen and kept.text not in ("", values.get("text", "")):
        return JSONResponse({"version": kept.version, "text": kept.text, "author": visitor.asker.actor.name}, status_code=409)
    if values.get("text", "") and visitor.person is not None:
        request.app.state.feed.presence.writes(id, visitor.person.id)
    saved = await anyio.to_thread.run_sync(save_draft, ports, visitor.asker, id, values.get("text", ""), values.get("visibility", "public"))
    await anyio.to_thread.run_sync(renew_claim, ports, visitor.asker, id)
    return JSONResponse({"version": saved.version})


async def check(request: Request) -> Response:
    """The gate's word on the text as it stands while it is typed."""
    values = await fields(request)
    ticked = await several(request, "tick")
    gate = await anyio.to_thread.run_sync(
        check_draft,
        request.state.ports,
        request.state.visitor.asker,
        request.path_params["id"],
        values.get("text", ""),
        visibility(values),
        ticked,
    )
    return HTMLResponse(macro(_MACROS, "gate", gate))


async def reply(request: Request) -> Response:
    """Send, or put before whoever must approve."""
    values = await fields(request)
    form = ReplyForm(
        text=values.get("text", "").replace("\r\n", "\n"),
        seen_version=whole(values, "seen_version"),
        visibility=visibility(values),
        checklist=dict.fromkeys(await several(request, "tick"), True),
        idempotency_key=values.get("idempotency_key") or None,
        propose=values.get("propose") == "1",
    )
    return await _done(request, send_reply, form)


_WORK: Final = needs("cases.work")
_DRAFT: Final = needs("replies.draft")
ENTRIES: Final = (
    Entry("GET", "/cases/{id}", show, needs("cases.read")),
    Entry("POST", "/cases/{id}/claim", claim, _WORK),
    Entry("POST", "/cases/{id}/renew", renew, _WORK),
    Entry("POST", "/cases/{id}/release", release, _WORK),
    Entry("POST", "/cases/{id}/skip", skip, _WORK),
    Entry("POST", "/cases/{id}/adopt-draft", adopt, _DRAFT),
    Entry("POST", "/cases/{id}/assign", assign, _WORK),
    Entry("POST", "/cases/{id}/snooze", snooze, _WORK),
    Entry("POST", "/cases/{id}/wake", wake, _WORK),
    Entry("POST", "/cases/{id}/close", close, _WORK),
    Entry("POST", "/cases/{id}/reopen", reopen, _WORK),
    Entry("POST", "/cases/{id}/note", note, _WORK),
    Entry("POST", "/cases/{id}/tag", tag, _WORK),
    Entry("POST", "/cases/{id}/escalate", escalate, _WORK),
    Entry("POST", "/cases/{id}/score", score, _WORK),
    Entry("POST", "/cases/{id}/tick", tick, _DRAFT),
    Entry("POST", "/cases/{id}/draft", draft, _DRAFT),
    Entry("POST", "/cases/{id}/check", check, _DRAFT),
    Entry("POST", "/cases/{id}/replies", reply, _DRAFT),
)
