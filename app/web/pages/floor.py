"""What a supervisor does about one person on the floor: said before it is done, then done in one transaction and shown as an act."""

from dataclasses import dataclass
from typing import Final, Literal, cast

import anyio.to_thread
from starlette.requests import Request
from starlette.responses import Response

from app.actions.change_floor import change_floor
from app.cases.model import FLOOR_VERBS, FloorChange
from app.core.asker import Asker
from app.core.errors import Invalid
from app.core.ids import PersonId
from app.door.entry import Entry, needs
from app.engine.ports import Ports
from app.queries.floor_plan import FloorPlan, plan_floor
from app.web.forms import fields, several
from app.web.render import back, page_response

_TITLES: Final[dict[str, str]] = {"presence": "Change presence", "reassign": "Reassign cases", "sign_out": "Sign out"}
_CHOICES: Final = ("stay", "queue", "person")
_NONE_CHOSEN: Final = ("-",)  # no case's id: an empty choice would mean all


@dataclass(frozen=True, slots=True)
class FloorShown:
    """The plan, with the form that does it."""

    title: str
    plan: FloorPlan


async def ask(request: Request) -> Response:
    """What is to happen, with the form; nothing is chosen yet but what was asked for, and of presences the one asked for most."""
    return await _planned(request, {"presence": "away", **request.query_params}, ())


async def plan(request: Request) -> Response:
    """What it would do. It changes nothing."""
    return await _planned(request, await fields(request), await several(request, "only"))


async def do(request: Request) -> Response:
    """Do it; then what became of it."""
    change = _change(await fields(request), await several(request, "only"))
    act = await anyio.to_thread.run_sync(change_floor, request.state.ports, request.state.visitor.asker, _id(request), change)
    return back(f"/bulk/{act.id}")


async def _planned(request: Request, values: dict[str, str], only: tuple[str, ...]) -> Response:
    change = _change(values, only)
    made = await anyio.to_thread.run_sync(_plan, request.state.ports, request.state.visitor.asker, _id(request), change)
    return await page_response(request, "floor.html", FloorShown(_TITLES[change.verb], made), active="people")


def _plan(ports: Ports, asker: Asker, id: str, change: FloorChange) -> FloorPlan:
    with ports.db.read() as conn:
        return plan_floor(ports, conn, asker, id, change)


def _change(values: dict[str, str], only: tuple[str, ...]) -> FloorChange:
    verb = next((known for known in FLOOR_VERBS if known == values.get("do")), None)
    if verb is None:
        raise Invalid(f"Use one of {', '.join(FLOOR_VERBS)}.", errors=[{"loc": ["do"], "msg": f"must be one of {', '.join(FLOOR_VERBS)}"}])
    where = values.get("cases", "queue" if verb == "reassign" else "stay")
    return FloorChange(
        verb=verb,
        presence=values.get("presence", ""),
        reason=values.get("reason", ""),
        cases=cast(Literal["stay", "queue", "person"], where if where in _CHOICES else "stay"),
        to=PersonId(values["person"]) if values.get("person") else None,
        only=(only or _NONE_CHOSEN) if values.get("choose") == "true" else (),
        waiting_too=values.get("waiting_too") == "true",
    )


def _id(request: Request) -> str:
    return str(request.path_params["id"])


ENTRIES: Final = (
    Entry("GET", "/people/{id}/floor", ask, needs("people.edit")),
    Entry("POST", "/people/{id}/plan", plan, needs("people.edit")),
    Entry("POST", "/people/{id}/floor", do, needs("people.edit")),
)
