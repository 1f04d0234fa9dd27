"""One customer: who they are, everything between us and them on one timeline, and what may be done with the record."""

import json
from functools import partial
from typing import Any, Final
from urllib.parse import urlencode

import anyio.to_thread
from starlette.requests import Request
from starlette.responses import Response

from app.actions.erase_customer import erase_customer
from app.actions.export_customer import export_customer
from app.actions.link_identity import link_identity
from app.actions.merge_customers import merge_customers
from app.actions.unmerge_customer import unmerge_customer
from app.actions.upsert_customer import upsert_customer
from app.core.errors import Invalid
from app.door.entry import Entry, needs
from app.queries.customer import CustomerPage, IdentityItem, customer
from app.queries.customer_timeline import GROUPS, Group
from app.web.forms import fields
from app.web.live.watch import Region, Watch
from app.web.render import back, macro, page_response

_MACROS: Final = "macros/customer.html"
_FIELDS: Final = ("name", "email", "phone", "tier", "lifetime_value", "currency", "since", "owner", "segments", "consent")


async def show(request: Request) -> Response:
    """The page; one that was merged leads to the customer who answers for it."""
    id, params = request.path_params["id"], request.query_params
    found = await _asked(request, id, params.get("group", ""), params.get("cursor") or None)
    if found.id != id:
        return back(f"/customers/{found.id}")
    group = _group(params.get("group", ""))
    older = urlencode({k: v for k, v in (("group", group or ""), ("cursor", found.timeline.next or "")) if v})
    page = {
        "who": found, "other": None, "group": group or "", "groups": GROUPS, "first": not params.get("cursor"), "can": _can(request, found),
        "older": f"/customers/{id}?{older}" if found.timeline.next else None,
    }  # fmt: skip
    key = f"customer:{id}:{group or ''}" if page["first"] else "none"  # an older page of the timeline stays as it is
    return await page_response(request, "customer.html", page, active="customers", key=key)


async def show_merge(request: Request) -> Response:
    """Both sides before they become one."""
    id, other = request.path_params["id"], request.query_params.get("with", "").strip()
    if not other:
        raise Invalid("Name the other customer: open its page and take its id.", errors=[{"loc": ["query", "with"], "msg": "missing"}])
    mine, theirs = await _asked(request, id), await _asked(request, other)
    if mine.id == theirs.id:
        raise Invalid("These two are one customer already.", errors=[{"loc": ["query", "with"], "msg": "the same customer"}])
    page = {"who": mine, "other": theirs, "can": _can(request, mine)}
    return await page_response(request, "customer.html", page, active="customers", key="none")


async def edit(request: Request) -> Response:
    """Change fields. Only what differs from the page as it was shown is sent on, so that nobody's newer word is overwritten."""
    id, values = request.path_params["id"], await fields(request)
    ref = values.get("ref", "").strip()
    if not ref:
        raise Invalid("Give the CRM's own id of this customer.", errors=[{"loc": ["ref"], "msg": "must not be empty"}])
    body: dict[str, Any] = {n: values[n].strip() or None for n in _FIELDS if n in values and values[n] != values.get(f"was_{n}", "")}
    found = await _asked(request, id)
    if found.ref is None:
        body["handles"] = [_account(i) for i in found.identities]
    done = await anyio.to_thread.run_sync(upsert_customer, request.state.ports, request.state.visitor.asker, ref, body)
    return _said(done.customer_id, "Nothing was changed." if done.outcome == "unchanged" else "The record is changed.")


async def link(request: Request) -> Response:
    """Say that an account is this customer's."""
    id, values = request.path_params["id"], await fields(request)
    act = partial(
        link_identity, network=values.get("network", "").strip().lower(), handle=values.get("handle", "").strip() or None,
        external_id=values.get("external_id", "").strip() or None, instance=values.get("instance", "").strip(),
    )  # fmt: skip
    done = await anyio.to_thread.run_sync(act, request.state.ports, request.state.visitor.asker, id)
    return _said(id, "The account is linked." if done.linked else "The account was linked before.")


async def merge(request: Request) -> Response:
    """Let this customer answer for the other."""
    id, source = request.path_params["id"], (await fields(request)).get("source", "")
    act = partial(merge_customers, source_id=source, target_id=id)
    await anyio.to_thread.run_sync(act, request.state.ports, request.state.visitor.asker)
    return _said(id, "The two are one customer now. It can be taken back on this page.")


async def unmerge(request: Request) -> Response:
    """Take a merge back."""
    act = partial(unmerge_customer, source_id=(await fields(request)).get("source", ""))
    await anyio.to_thread.run_sync(act, request.state.ports, request.state.visitor.asker)
    return _said(request.path_params["id"], "The merge is taken back.")


async def export(request: Request) -> Response:
    """Everything stored about the customer as a file, for the person who asks for it."""
    id = request.path_params["id"]
    stored = await anyio.to_thread.run_sync(export_customer, request.state.ports, request.state.visitor.asker, id)
    text = json.dumps(stored, ensure_ascii=False, indent=1).encode("utf-8", "replace")
    return Response(text, media_type="application/json", headers={"Content-Disposition": f'attachment; filename="customer-{id}.json"'})


async def erase(request: Request) -> Response:
    """Erase at their own request; the box must be ticked."""
    id = request.path_params["id"]
    if (await fields(request)).get("sure") != "yes":
        raise Invalid("Tick the box first: an erasure cannot be taken back.", errors=[{"loc": ["sure"], "msg": "must be ticked"}])
    done = await anyio.to_thread.run_sync(erase_customer, request.state.ports, request.state.visitor.asker, id)
    return _said(id, f"Erased: {done.accounts} accounts, {done.mentions} posts, {done.cases} cases were emptied.")


def regions(watch: Watch) -> list[Region]:
    """Head, record and timeline when something happened to this customer; older pages of the timeline are not pushed."""
    id, _, group = watch.args.partition(":")
    if not any(event.customer == id for event in watch.events):
        return []
    found = customer(watch.ports, watch.visitor.asker, id, group=_group(group))
    return [
        Region("customer-head", macro(_MACROS, "customer_head", found)),
        Region("customer-identities", macro(_MACROS, "identities", found)),
        Region("customer-feeling", macro(_MACROS, "feeling", found)),
        Region("timeline", macro(_MACROS, "timeline", found.timeline.items)),
    ]


def _account(i: IdentityItem) -> dict[str, str | None]:
    handle = None if i.handle == i.external_id else i.handle
    return {"network": i.network, "instance": i.instance, "handle": handle, "external_id": i.external_id}


async def _asked(request: Request, id: str, group: str = "", cursor: str | None = None) -> CustomerPage:
    ask = partial(customer, cursor=cursor, group=_group(group))
    return await anyio.to_thread.run_sync(ask, request.state.ports, request.state.visitor.asker, id)


def _group(named: str) -> Group | None:
    return next((g for g in GROUPS if g == named), None)


def _can(request: Request, found: CustomerPage) -> frozenset[str]:
    """What this viewer may do with the record now; an erased one is only read."""
    asker = request.state.visitor.asker
    if found.erased_at is not None:
        return frozenset()
    return frozenset(word for word, right in (("edit", "customers.edit"), ("erase", "customers.erase")) if asker.may(right))


def _said(id: str, notice: str) -> Response:
    return back(f"/customers/{id}?" + urlencode({"notice": notice}))


_READ: Final = needs("customers.read")
_EDIT: Final = needs("customers.edit")
ENTRIES: Final = (
    Entry("GET", "/customers/{id}", show, _READ),
    Entry("GET", "/customers/{id}/merge", show_merge, _EDIT),
    Entry("POST", "/customers/{id}/merge", merge, _EDIT),
    Entry("POST", "/customers/{id}/unmerge", unmerge, _EDIT),
    Entry("POST", "/customers/{id}/identities", link, _EDIT),
    Entry("POST", "/customers/{id}/edit", edit, _EDIT),
    Entry("GET", "/customers/{id}/export", export, _READ),
    Entry("POST", "/customers/{id}/erase", erase, needs("customers.erase")),
)
