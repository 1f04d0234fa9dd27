"""The editor of one rule: the form with its own buttons, and the YAML of the same rule. What cannot be saved is kept as typed."""

from functools import partial
from typing import Final
from urllib.parse import quote

import anyio.to_thread
from starlette.requests import Request
from starlette.responses import Response

from app.actions.add_queue import add_queue
from app.actions.edit_rules import Edit, Fill, FillIn, TypeIn, Write
from app.core.errors import Invalid
from app.door.entry import Entry, needs
from app.queries.rule import NEW_RULE, rule_page
from app.web.pages.rules import edit
from app.web.render import back, page_response

_NOT_OURS: Final = frozenset({"csrf", "do", "text"})


async def show(request: Request) -> Response:
    """The rule in one of its views."""
    id = request.path_params.get("id", NEW_RULE)
    view = request.query_params.get("view", "form")
    page = await anyio.to_thread.run_sync(rule_page, request.state.ports, request.state.visitor.asker, id, view)
    return await page_response(request, "rule.html", page, active="rules", key="rules:elsewhere")


async def save(request: Request) -> Response:
    """Save, change the form's shape, or look at the other view: what was typed is saved on the way."""
    id = request.path_params.get("id", NEW_RULE)
    sent = [(name, value) for name, value in (await request.form()).multi_items() if isinstance(value, str)]
    last = dict(sent)
    verb, _, where = last.get("do", "keep:").partition(":")
    pairs = tuple((name, value) for name, value in sent if name not in _NOT_OURS)
    yaml = "text" in last
    here = f"/rules/rule/{quote(id)}" if id != NEW_RULE else "/rules/new"
    if verb == "queue":
        queue = await _new_queue(request, last, [value for name, value in sent if name == "new_queue.members"])
        pairs = (*(pair for pair in pairs if pair[0] != "queue"), ("queue", queue))
        await edit(request, FillIn(id, pairs, "keep:w"))
        return back(f"{here}#queue")
    if verb not in ("save", "view"):
        await edit(request, TypeIn(id, last["text"]) if yaml else FillIn(id, pairs, f"{verb}:{where}"))
        return back(f"{here}?view=yaml" if yaml else f"{here}#{where or 'w'}")
    change: Edit = Write(id, last["text"]) if yaml else Fill(id, pairs)
    try:
        done = await edit(request, change)
    except Invalid:
        return back(f"{here}?view={'yaml' if yaml else 'form'}")
    if verb == "view":
        return back(f"/rules/rule/{quote(done.rule)}?view={'yaml' if where == 'yaml' else 'form'}")
    place = "rules-work" if id == NEW_RULE else f"rule-{quote(done.rule)}"  # who made a new one looks for what comes next
    return back(f"/rules?notice=Saved+in+your+working+copy.+It+holds+once+you+publish+it.#{place}")


async def _new_queue(request: Request, typed: dict[str, str], members: list[str]) -> str:
    title, lead = typed.get("new_queue.title", ""), typed.get("new_queue.lead", "")
    make = partial(add_queue, request.state.ports, request.state.visitor.asker, title=title, lead=lead, members=members)
    return (await anyio.to_thread.run_sync(make)).id


ENTRIES: Final = (
    Entry("GET", "/rules/new", show, needs("rules.edit")),
    Entry("POST", "/rules/new", save, needs("rules.edit")),
    Entry("GET", "/rules/rule/{id}", show, needs("rules.edit")),
    Entry("POST", "/rules/rule/{id}", save, needs("rules.edit")),
)
