"""The rules: their list, and what its buttons do to the reader's working copy."""

from typing import Final
from urllib.parse import quote

import anyio.to_thread
from starlette.requests import Request
from starlette.responses import Response

from app.actions.edit_rules import (
    AdaptExample,
    Delete,
    Discard,
    DropExample,
    DropList,
    Duplicate,
    Edit,
    Edited,
    Leave,
    Place,
    PutList,
    Shift,
    StandOn,
    Switch,
    edit_rules,
)
from app.core.errors import NotFound
from app.door.entry import Entry, needs
from app.queries.rule_effect import NO_DAYS, days_of
from app.queries.rules import behind, fires_of, in_force, rules_page, share_of
from app.queries.rules_sought import Sought
from app.queries.rules_waiting import waiting_rules
from app.web.forms import fields, whole
from app.web.live.watch import Region, Watch
from app.web.render import back, macro, page_response

_MACROS: Final = "macros/rules.html"
_LIST: Final = "macros/rule_list.html"
_TRUST: Final = "macros/rules_trust.html"
LONGEST_SEARCH: Final = 200
ELSEWHERE: Final = "elsewhere"
"""What the key of the other pages about rules says after its colon."""


async def show(request: Request) -> Response:
    """The list; the query may name what is looked for."""
    asked = request.query_params
    sought = Sought(*(asked.get(name, "")[:LONGEST_SEARCH] for name in ("q", "queue", "on", "does")))
    page = await anyio.to_thread.run_sync(rules_page, request.state.ports, request.state.visitor.asker, sought)
    return await page_response(request, "rules.html", page, active="rules", key="rules")


def regions(watch: Watch) -> list[Region]:
    """When a version came into force: what it is, and on the list also the rules and the state of the reader's working copy.

    When rules were proposed or declined: what waits. In between, on the list, how often each rule fired in the last day.
    """
    if watch.args != ELSEWHERE and any(event.kind.startswith("rules.") for event in watch.events):
        waits = [Region("rules-waiting", macro(_TRUST, "waiting_rules", waiting_rules(watch.conn, watch.visitor.asker)))]
    else:
        waits = []
    if not any(event.kind == "rules.activated" for event in watch.events):
        return waits if watch.args == ELSEWHERE else waits + _fires(watch)
    found = [Region("active-version", macro(_MACROS, "active_version", in_force(watch.conn)))]
    asker = watch.visitor.asker
    if watch.args == ELSEWHERE:
        return [*found, Region("rules-behind", macro(_MACROS, "behind_banner", behind(watch.conn, asker)))]
    page = rules_page(watch.ports, asker)
    return [*found, *waits, Region("rules-work", macro(_MACROS, "work", page)), Region("rules-list", macro(_LIST, "rule_list", page))]


def _fires(watch: Watch) -> list[Region]:
    """How often each rule fired, of those that did lately: read once for all the lists that are open."""
    fires = watch.once(("rule fires",), lambda: fires_of(watch.ports, watch.conn))
    days = watch.once(("rule days",), lambda: days_of(watch.conn, watch.ports.clock.now()))
    return [
        Region(f"fires-{id}", macro(_LIST, "rule_fires", id, fires.get(id, 0), share_of(fires, id), days.get(id, NO_DAYS)))
        for id in sorted({*fires, *days})
    ]


async def edit(request: Request, change: Edit) -> Edited:
    """Carry an edit out in a thread."""
    return await anyio.to_thread.run_sync(edit_rules, request.state.ports, request.state.visitor.asker, change)


async def act(request: Request) -> Response:
    """One of the buttons beside a rule."""
    rule, verb = request.path_params["id"], request.path_params["verb"]
    values = await fields(request)
    changes: dict[str, Edit] = {
        "switch": Switch(rule, values.get("on") == "true"),
        "move": Shift(rule, 1 if values.get("to") == "down" else -1),
        "place": Place(rule, values.get("before", ""), values.get("after", "")),
        "duplicate": Duplicate(rule),
        "delete": Delete(rule),
        "leave": Leave(rule),
    }
    if verb not in changes:
        raise NotFound("There is no such button.")
    done = await edit(request, changes[verb])
    return back(f"/rules#rule-{done.rule}" if done.rule else "/rules")


async def drop_example(request: Request) -> Response:
    """Take an example out that shall not hold any more."""
    await edit(request, DropExample((await fields(request)).get("name", "")))
    return back("/rules#check")


async def adapt_example(request: Request) -> Response:
    """Let an example expect what is decided now."""
    await edit(request, AdaptExample((await fields(request)).get("name", "")))
    return back("/rules#check")


async def put_list(request: Request) -> Response:
    """Make a word list, or change the words of one."""
    values = await fields(request)
    name = values.get("name", "").strip()
    await edit(request, PutList(name, values.get("words", ""), values.get("seen", "")))
    return back(f"/rules?notice=Saved+in+your+working+copy.+It+holds+once+you+publish+it.#words-{quote(name)}")


async def drop_list(request: Request) -> Response:
    """Take out a word list that no rule asks for."""
    await edit(request, DropList((await fields(request)).get("name", "")))
    return back("/rules#rules-words")


async def discard(request: Request) -> Response:
    """Throw the working copy away."""
    await edit(request, Discard())
    return back("/rules?notice=Your+working+copy+is+gone.+These+are+the+rules+in+force.")


async def stand_on(request: Request) -> Response:
    """Go on with the working copy though another version was published."""
    await edit(request, StandOn(whole(await fields(request), "version")))
    return back("/rules/publish")


ENTRIES: Final = (
    Entry("GET", "/rules", show, needs("rules.read")),
    Entry("POST", "/rules/discard", discard, needs("rules.edit")),
    Entry("POST", "/rules/drop-example", drop_example, needs("rules.edit")),
    Entry("POST", "/rules/adapt-example", adapt_example, needs("rules.edit")),
    Entry("POST", "/rules/lists", put_list, needs("rules.edit")),
    Entry("POST", "/rules/lists/drop", drop_list, needs("rules.edit")),
    Entry("POST", "/rules/stand-on", stand_on, needs("rules.edit")),
    Entry("POST", "/rules/rule/{id}/{verb}", act, needs("rules.edit")),
)
