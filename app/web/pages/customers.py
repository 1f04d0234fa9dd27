"""The list of customers."""

from functools import partial
from typing import Final, get_args
from urllib.parse import urlencode

import anyio.to_thread
from starlette.requests import Request
from starlette.responses import Response

from app.core.errors import Invalid
from app.customers.model import ValueTier
from app.door.entry import Entry, needs
from app.queries.customers import customers
from app.web.render import page_response

_KNOWN: Final = {"": None, "yes": True, "no": False}


async def show(request: Request) -> Response:
    """One page of the list, searched or filtered."""
    params = request.query_params
    q, known, tier = params.get("q", "").strip()[:200], params.get("known", ""), params.get("tier", "")
    value_tier: ValueTier | None = next((t for t in get_args(ValueTier) if t == tier), None)
    if known not in _KNOWN or (tier and value_tier is None):
        raise Invalid("known must be yes or no, tier one of the value tiers.", errors=[{"loc": ["query"], "msg": "unknown filter"}])
    asked = partial(customers, q=q, cursor=params.get("cursor") or None, known=_KNOWN[known], value_tier=value_tier)
    found = await anyio.to_thread.run_sync(asked, request.state.ports, request.state.visitor.asker)
    filters = {name: value for name, value in (("q", q), ("known", known), ("tier", tier)) if value}
    after = f"/customers?{urlencode(filters | {'cursor': found.next})}" if found.next else None
    page = {"items": found.items, "q": q, "known": known, "tier": tier, "tiers": get_args(ValueTier), "next": after}
    return await page_response(request, "customers.html", page, active="customers", key="customers")


ENTRIES: Final = (Entry("GET", "/customers", show, needs("customers.read")),)
