"""People: the list, and for those who may, adding, changing, presence, signing out everywhere, shutting out and letting in again."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Final
from urllib.parse import parse_qsl, quote, urlencode

import anyio.to_thread
from starlette.requests import Request
from starlette.responses import Response

from app.actions.add_person import add_person
from app.actions.change_person import PersonForm, change_person
from app.actions.disable_person import disable_person
from app.actions.enable_person import enable_person
from app.actions.set_presence import set_presence
from app.actions.sign_out_person import sign_out_person
from app.core.asker import Asker
from app.core.errors import DeskError, Invalid
from app.core.ids import PersonId
from app.core.roles import Permission
from app.door.entry import Entry, needs
from app.door.identity import Visitor
from app.engine import log
from app.engine.ports import Ports
from app.people.model import Person
from app.queries.bulk import BulkResult, recent_acts
from app.queries.floor import SORTS, Floor, FloorFilter, FloorLine, Sort, floor, narrowed
from app.queries.people import PeoplePage, email_of, people
from app.web.forms import fields, several, whole
from app.web.live.watch import Region, Watch
from app.web.render import back, macro, page_response

_PASSWORD_BYTES: Final = 12  # sixteen characters of base64: 96 bits, more than anybody guesses through a slowed sign-in

_MACROS: Final = "macros/floor.html"


@dataclass(frozen=True, slots=True)
class _Look:
    """The floor of one moment, and its rows as far as they were asked for: with a place on the page of whoever has none yet, or without."""

    floor: Floor
    may_edit: bool
    rows: dict[tuple[PersonId, bool], Region] = field(default_factory=dict)

    def row(self, line: FloorLine, *, grows: bool) -> Region:
        """One person's row, made once."""
        key = (line.person.id, grows)
        if key not in self.rows:
            self.rows[key] = Region(f"person-{line.person.id}", macro(_MACROS, "floor_row", line, self.may_edit, grows))
        return self.rows[key]


_last_look: dict[tuple[str, frozenset[Permission], int, int], _Look] = {}
"""The floor of this second, by what its viewers may see: a dozen supervisors who look at once cost one look."""


@dataclass(frozen=True, slots=True)
class PeopleShown:
    """The list, with what a form said and why it was not taken, or with a new person and their password, shown this once."""

    list: PeoplePage
    floor: Floor
    wanted: FloorFilter
    acts: tuple[BulkResult, ...] = ()
    adding: bool = False
    given: dict[str, str] | None = None
    given_queues: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()
    added: Person | None = None
    password: str = ""


async def show(request: Request) -> Response:
    """The list; with ``edit`` the form of one person, with ``add`` an empty one."""
    return await _shown(request, adding="add" in request.query_params)


async def add(request: Request) -> Response:
    """Add a person and show their password this once. A form that is not taken comes back as it was sent."""
    values, queues = await fields(request), await several(request, "queues")
    password = secrets.token_urlsafe(_PASSWORD_BYTES)
    try:
        call = partial(
            add_person, request.state.ports, request.state.visitor.asker, email=values.get("email", ""), name=values.get("name", ""),
            role=values.get("role", ""), password=password, languages=_words(values, "languages"), skills=_words(values, "skills"),
            queues=queues or None, capacity=whole(values, "capacity", 8),
        )  # fmt: skip
        added = await anyio.to_thread.run_sync(call)
    except Invalid as error:
        sentences = tuple(f"{one['loc'][-1]}: {one['msg']}." for one in error.errors) or (error.detail,)
        return await _shown(request, adding=True, given=values, given_queues=queues, errors=sentences, status=error.status)
    except DeskError as error:
        return await _shown(request, adding=True, given=values, given_queues=queues, errors=(error.detail,), status=error.status)
    return await _shown(request, added=added, password=password)


async def change(request: Request) -> Response:
    """What a person is and does here."""
    values, queues = await fields(request), await several(request, "queues")
    hard = whole(values, "hard_capacity") if values.get("hard_capacity", "").strip() else None
    form = PersonForm(
        values.get("role", ""), _words(values, "languages"), _words(values, "skills"), queues, whole(values, "capacity"), hard,
        values.get("shifts"), values.get("zone", "").strip(),
    )  # fmt: skip
    person = await anyio.to_thread.run_sync(change_person, request.state.ports, request.state.visitor.asker, _id(request), form)
    return _said(f"{person.name} is changed.")


async def presence(request: Request) -> Response:
    """Say for a person whether they are there."""
    said = (await fields(request)).get("presence", "")
    call = partial(set_presence, request.state.ports, request.state.visitor.asker, said, "set by a supervisor", _id(request))
    person = await anyio.to_thread.run_sync(call)
    return _said(f"{person.name} is {person.presence}.")


async def sign_out(request: Request) -> Response:
    """End every session of a person."""
    ended = await anyio.to_thread.run_sync(sign_out_person, request.state.ports, request.state.visitor.asker, _id(request))
    return _said(f"Signed out: {ended} session{'' if ended == 1 else 's'} ended.")


async def disable(request: Request) -> Response:
    """Shut a person out."""
    person = await anyio.to_thread.run_sync(_by_email, disable_person, request.state.ports, request.state.visitor.asker, _id(request))
    return _said(f"{person.name} is disabled and signed out.")


async def enable(request: Request) -> Response:
    """Let a person in again."""
    person = await anyio.to_thread.run_sync(_by_email, enable_person, request.state.ports, request.state.visitor.asker, _id(request))
    return _said(f"{person.name} can sign in again.")


def _by_email(verb: Callable[[Ports, Asker, str], Person], ports: Ports, asker: Asker, id: str) -> Person:
    with ports.db.read() as conn:
        email = email_of(conn, asker, id)
    return verb(ports, asker, email)


async def _shown(
    request: Request, *, adding: bool = False, given: dict[str, str] | None = None, given_queues: tuple[str, ...] = (),
    errors: tuple[str, ...] = (), added: Person | None = None, password: str = "", status: int = 200,
) -> Response:  # fmt: skip
    visitor: Visitor = request.state.visitor
    params = dict(request.query_params)
    found = await anyio.to_thread.run_sync(_read, request.state.ports, visitor.asker, params.get("edit", ""), _wanted(params))
    page = replace(
        found, adding=adding and found.list.may_edit, given=given, given_queues=given_queues, errors=errors, added=added, password=password
    )
    return await page_response(request, "people.html", page, active="people", key=_key(page.wanted), status=status)


def regions(watch: Watch) -> list[Region]:
    """Every row of the floor and the sums of those asked for, looked up once a second for all who may see the same.

    A row that is on the page changes in place, whoever was asked for; a person who is new on the floor is put at its end. The order is the
    page's own affair.
    """
    asker = watch.visitor.asker
    asker.need("people.read")
    key = (watch.ports.db.url, asker.permissions, log.head(watch.conn), int(watch.ports.clock.now().timestamp()))
    look = _last_look.get(key)
    if look is None:
        look = _Look(floor(watch.ports, watch.conn, asker), asker.may("people.edit"))
        for old in list(_last_look):
            if old[-1] != key[-1]:
                _last_look.pop(old, None)  # another thread may look at another second meanwhile
        _last_look[key] = look
    shown = narrowed(look.floor, _wanted(dict(parse_qsl(watch.args))))
    meant = {line.person.id for line in shown.lines}
    rows = [look.row(line, grows=line.person.id in meant) for line in look.floor.lines]
    return [*rows, Region("floor-sums", macro(_MACROS, "floor_sums", shown))]


def _wanted(params: dict[str, str]) -> FloorFilter:
    sort: Sort = next((known for known in SORTS if known == params.get("sort")), "name")
    return FloorFilter(params.get("queue", ""), params.get("role", ""), params.get("presence", ""), sort)


def _key(wanted: FloorFilter) -> str:
    """The page's key on the live socket: who is asked for decides who is put on it."""
    asked = {name: value for name in ("queue", "role", "presence") if (value := getattr(wanted, name))}
    return f"people:{urlencode(asked)}" if asked else "people"


def _read(ports: Ports, asker: Asker, chosen: str, wanted: FloorFilter) -> PeopleShown:
    with ports.db.read() as conn:
        found = people(ports, conn, asker, chosen=chosen)
        acts = recent_acts(ports, conn, asker) if found.may_edit else ()
        return PeopleShown(found, narrowed(floor(ports, conn, asker), wanted), wanted, acts)


def _words(values: dict[str, str], name: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(word for part in values.get(name, "").split(",") if (word := part.strip().lower())))


def _id(request: Request) -> str:
    return str(request.path_params["id"])


def _said(sentence: str) -> Response:
    return back(f"/people?notice={quote(sentence)}")


ENTRIES: Final = (
    Entry("GET", "/people", show, needs("people.read")),
    Entry("POST", "/people", add, needs("people.edit")),
    Entry("POST", "/people/{id}", change, needs("people.edit")),
    Entry("POST", "/people/{id}/presence", presence, needs("people.edit")),
    Entry("POST", "/people/{id}/sign-out", sign_out, needs("people.edit")),
    Entry("POST", "/people/{id}/disable", disable, needs("people.edit")),
    Entry("POST", "/people/{id}/enable", enable, needs("people.edit")),
)
