"""One policy: its text, its versions, who has read it; and for supervisors its text to be changed."""

import re
from dataclasses import replace
from functools import partial
from typing import Any, Final
from urllib.parse import quote

import anyio.to_thread
from starlette.requests import Request
from starlette.responses import Response

from app.actions.acknowledge_policy import acknowledge_policy
from app.actions.publish_policy import publish_policy
from app.core.errors import Conflict, Invalid
from app.door.entry import Entry, needs
from app.queries.policies import PolicyDraft, PolicyFault, policy_draft, policy_page
from app.web.forms import fields, whole
from app.web.live.watch import Region, Watch
from app.web.render import back, macro, page_response

_MACROS: Final = "macros/policies.html"
_KINDS: Final = frozenset({"policy.activated", "policy.acknowledged"})
_ID_LINE: Final = re.compile(r"^id:\s*([a-z0-9-]{1,40})\s*(#.*)?$", re.MULTILINE)


async def show(request: Request) -> Response:
    """The version in force, or the one that is asked for."""
    id, wanted = request.path_params["id"], request.query_params.get("version", "")
    version = int(wanted) if wanted.isdigit() and len(wanted) < 10 else None
    page = await anyio.to_thread.run_sync(policy_page, request.state.ports, request.state.visitor.asker, id, version)
    return await page_response(request, "policy.html", page, active="policies", key=f"policy:{id}")


def regions(watch: Watch) -> list[Region]:
    """Who has read it, and a word when another version is in force than the one on the page."""
    about = [e for e in watch.events if e.kind == "person.updated" or (e.kind in _KINDS and e.data.get("policy") == watch.args)]
    if not about:
        return []
    page = policy_page(watch.ports, watch.visitor.asker, watch.args)
    found = [Region("policy-readers", macro(_MACROS, "readers", page))]
    news = [event for event in about if event.kind == "policy.activated"]
    return [*found, Region("policy-newer", macro(_MACROS, "newer", page.policy.id, page.in_force))] if news else found


async def edit(request: Request) -> Response:
    """The text, to be changed; without an id that of a new policy."""
    draft = await anyio.to_thread.run_sync(
        policy_draft, request.state.ports, request.state.visitor.asker, request.path_params.get("id", "")
    )
    return await _editor(request, draft)


async def publish(request: Request) -> Response:
    """Publish it; what is refused stands in the editor again, with the errors beside their lines."""
    id = request.path_params.get("id", "")
    values = await fields(request)
    text, base = values.get("text", ""), whole(values, "base", 0)
    named = _ID_LINE.search(text)
    wanted = id or (named[1] if named else "new-policy")
    action = partial(publish_policy, request.state.ports, request.state.visitor.asker, wanted, text, base)
    try:
        policy = await anyio.to_thread.run_sync(action)
    except (Invalid, Conflict) as error:
        draft = await anyio.to_thread.run_sync(policy_draft, request.state.ports, request.state.visitor.asker, id)
        # After a conflict the next press is meant: the reader was told and can look at what came between.
        base = draft.base if isinstance(error, Conflict) else base
        faults = tuple(_fault(one) for one in error.errors if len(one["loc"]) == 3)
        return await _editor(
            request, replace(draft, text=text.replace("\r\n", "\n"), base=base, faults=faults, said=error.detail), error.status
        )
    return back(f"/policies/{quote(policy.id)}?notice=Version+{policy.version}+is+in+force.+Everybody+is+asked+to+read+it.")


async def acknowledge(request: Request) -> Response:
    """I have read it."""
    id = request.path_params["id"]
    version = whole(await fields(request), "version")
    await anyio.to_thread.run_sync(acknowledge_policy, request.state.ports, request.state.visitor.asker, id, version)
    return back(f"/policies/{quote(id)}")


async def _editor(request: Request, draft: PolicyDraft, status: int = 200) -> Response:
    return await page_response(request, "policy_editor.html", draft, active="policies", status=status)


def _fault(error: dict[str, Any]) -> PolicyFault:
    _, line, field = error["loc"]
    msg, _, mend = str(error["msg"]).partition(": ")
    return PolicyFault(
        int(line), 1, str(field) or "file", msg[:1].upper() + msg[1:], f"{mend[:1].upper()}{mend[1:]}." if mend else "", True, "", ""
    )


ENTRIES: Final = (
    Entry("GET", "/policies/new", edit, needs("policies.edit")),
    Entry("POST", "/policies/new", publish, needs("policies.edit")),
    Entry("GET", "/policies/{id}", show, needs("policies.read")),
    Entry("GET", "/policies/{id}/edit", edit, needs("policies.edit")),
    Entry("POST", "/policies/{id}/edit", publish, needs("policies.edit")),
    Entry("POST", "/policies/{id}/acknowledge", acknowledge, needs("policies.read")),
)
