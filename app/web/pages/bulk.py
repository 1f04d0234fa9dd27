"""Acts on many cases: what one would do, doing it step by step, what became of each case, and taking it back."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final, cast
from urllib.parse import parse_qsl, quote

import anyio.to_thread
from starlette.requests import Request
from starlette.responses import Response

from app.actions.bulk_change import bulk_change, go_on
from app.actions.bulk_steps import MOST_CASES
from app.actions.undo_bulk import undo_bulk
from app.cases.model import BulkVerb, Change, Disposition
from app.core.asker import Asker
from app.core.errors import Invalid
from app.core.ids import PersonId
from app.door.entry import Entry, needs
from app.engine.ports import Ports
from app.queries.bulk import BulkPlan, BulkResult, bulk_result, plan_bulk, recent_acts
from app.queries.inbox import FILTERS, inbox
from app.web.forms import fields, local_path, several
from app.web.render import back, page_response

_LONGEST_MINUTES: Final = 90 * 24 * 60
_TITLES: Final = {
    "assign": ("Assign", "Assign"), "release": ("Give back to the queue", "Give back"), "queue": ("Move to a queue", "Move"),
    "tag": ("Tag", "Tag"), "untag": ("Take off tags", "Change"), "snooze": ("Snooze", "Snooze"), "close": ("Close", "Close"),
}  # fmt: skip
"""What the form is called, and the word on its button before how many cases."""


@dataclass(frozen=True, slots=True)
class BulkShown:
    """One of three: a plan with the form that does it, what an act did, or the newest acts. ``next`` is the page to go back to."""

    title: str
    plan: BulkPlan | None = None
    result: BulkResult | None = None
    acts: tuple[BulkResult, ...] = ()
    ids: tuple[str, ...] = ()
    word: str = ""
    next: str = "/inbox"
    in_view: str = ""
    whole_view: bool = False
    minutes: int = 60
    most: int = MOST_CASES


async def listed(request: Request) -> Response:
    """The newest acts that can still be undone."""
    acts = await anyio.to_thread.run_sync(_recent, request.state.ports, request.state.visitor.asker)
    return await page_response(request, "bulk.html", BulkShown("Acts on many cases", acts=acts))


async def plan(request: Request) -> Response:
    """What it would do. It changes nothing; a POST because five hundred ids fit into no address."""
    values, ids = await fields(request), await several(request, "case")
    page = await anyio.to_thread.run_sync(_plan, request.state.ports, request.state.visitor.asker, values, ids)
    return await page_response(request, "bulk.html", page, active="inbox")


async def do(request: Request) -> Response:
    """Do it: the first step of it where the page's script asks for the next ones, else all."""
    values, ids = await fields(request), await several(request, "case")
    ports, asker = request.state.ports, request.state.visitor.asker
    act = await anyio.to_thread.run_sync(_do, ports, asker, values, ids)
    return back(f"/bulk/{act}")


async def shown(request: Request) -> Response:
    """What became of each case."""
    result = await anyio.to_thread.run_sync(_result, request.state.ports, request.state.visitor.asker, _id(request))
    return await page_response(request, "bulk.html", BulkShown("What became of it", result=result), active="inbox")


async def on(request: Request) -> Response:
    """The next step of an act."""
    await anyio.to_thread.run_sync(go_on, request.state.ports, request.state.visitor.asker, _id(request))
    return back(f"/bulk/{_id(request)}")


async def undo(request: Request) -> Response:
    """Take it back. What could not be given back is shown case by case; else the page one came from."""
    ports, asker, id = request.state.ports, request.state.visitor.asker, _id(request)
    await anyio.to_thread.run_sync(undo_bulk, ports, asker, id)
    result = await anyio.to_thread.run_sync(_result, ports, asker, id)
    to = local_path(request.query_params.get("next", ""), f"/bulk/{id}")
    if result.kept or result.act.undone_said or to.startswith("/bulk/"):
        return back(f"/bulk/{id}")
    said = f"Undone: {result.given_back} case{'' if result.given_back == 1 else 's'} given back."
    return back(f"{to}{'&' if '?' in to else '?'}notice={quote(said)}")


def _recent(ports: Ports, asker: Asker) -> tuple[BulkResult, ...]:
    with ports.db.read() as conn:
        return recent_acts(ports, conn, asker)


def _result(ports: Ports, asker: Asker, id: str) -> BulkResult:
    with ports.db.read() as conn:
        return bulk_result(ports, conn, asker, id)


def _plan(ports: Ports, asker: Asker, values: dict[str, str], ticked: tuple[str, ...]) -> BulkShown:
    change, whole = _change(ports, asker, values), values.get("scope") == "view"
    with ports.db.read() as conn:
        ids = _of_view(ports, asker, values.get("in_view", "")) if whole else ticked[:MOST_CASES]
        made = plan_bulk(ports, conn, asker, change, ids)
    title, word = _TITLES[change.verb]
    return BulkShown(
        title, made, word=word, ids=ticked[:MOST_CASES], next=local_path(values.get("next", "")), in_view=values.get("in_view", ""),
        whole_view=whole, minutes=_minutes(values),
    )  # fmt: skip


def _do(ports: Ports, asker: Asker, values: dict[str, str], ticked: tuple[str, ...]) -> str:
    ids = _of_view(ports, asker, values.get("in_view", "")) if values.get("scope") == "view" else ticked
    act = bulk_change(ports, asker, _change(ports, asker, values), ids, whole=values.get("by_steps") != "true")
    return act.id


def _of_view(ports: Ports, asker: Asker, address: str) -> tuple[str, ...]:
    """The cases of the list that the page showed, as the server lists them now."""
    params = dict(parse_qsl(address))
    with ports.db.read() as conn:
        page = inbox(
            conn, asker, ports.clock.now(), view=params.get("view") or "all", sort=params.get("sort") or "next",
            filters={k: params[k] for k in FILTERS if k in params}, limit=MOST_CASES,
        )  # fmt: skip
    return tuple(row.id for row in page.rows)


def _change(ports: Ports, asker: Asker, values: dict[str, str]) -> Change:
    """As it was written; what is wrong with it says whoever is asked to plan or do it."""
    person = values.get("person", "")
    return Change(
        verb=cast(BulkVerb, values.get("verb", "")),
        person=asker.person_id if person == "me" else PersonId(person) if person else None,
        queue=values.get("queue", ""),
        tags=tuple(dict.fromkeys(tag for part in values.get("tags", "").split(",") if (tag := part.strip().lstrip("#")))),
        until=ports.clock.now() + timedelta(minutes=_minutes(values)),
        disposition=cast(Disposition, values["disposition"]) if values.get("disposition") else None,
        reason=values.get("reason", ""),
        taken_too=values.get("taken_too") == "true",
    )


def _minutes(values: dict[str, str]) -> int:
    text = values.get("minutes", "60")
    if not text.isdecimal() or not 0 < int(text) <= _LONGEST_MINUTES:
        raise Invalid("Snooze for up to 90 days.", errors=[{"loc": ["minutes"], "msg": "must be above 0 and at most 129600"}])
    return int(text)


def _id(request: Request) -> str:
    return str(request.path_params["id"])


_WORK: Final = needs("cases.work")
ENTRIES: Final = (
    Entry("GET", "/bulk", listed, _WORK),
    Entry("POST", "/bulk/plan", plan, _WORK),
    Entry("POST", "/bulk", do, _WORK),
    Entry("GET", "/bulk/{id}", shown, needs("cases.read")),
    Entry("POST", "/bulk/{id}/on", on, _WORK),
    Entry("POST", "/bulk/{id}/undo", undo, _WORK),
)
