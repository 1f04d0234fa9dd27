"""What people do to an answer after it was sent: take it back, approve or reject it, say what became of it."""

from collections.abc import Callable
from functools import partial
from typing import Any, Final

import anyio.to_thread
from starlette.requests import Request
from starlette.responses import Response

from app.actions.cancel_reply import cancel_reply
from app.actions.decide_reply import Word, decide_reply
from app.actions.settle_reply import drop_reply, retry_reply, settle_reply
from app.door.entry import Entry, needs
from app.web.forms import fields, local_path
from app.web.render import back


async def _done(request: Request, action: Callable[..., Any], *values: Any, **named: Any) -> Response:
    """Run an action on this reply; then the page it came from, or its case."""
    id = request.path_params["id"]
    reply = await anyio.to_thread.run_sync(partial(action, request.state.ports, request.state.visitor.asker, id, *values, **named))
    return back(local_path((await fields(request)).get("next", ""), f"/cases/{reply.case_id}"))


async def cancel(request: Request) -> Response:
    """Take it back."""
    return await _done(request, cancel_reply)


async def approve(request: Request) -> Response:
    """Let it out, as it is or with another text."""
    values = await fields(request)
    text = values["text"].replace("\r\n", "\n") if "text" in values else None  # an emptied text is a change, and refused
    return await _done(request, decide_reply, Word("approve", values.get("reason", ""), text))


async def reject(request: Request) -> Response:
    """Send it back with the reason."""
    return await _done(request, decide_reply, Word("reject", (await fields(request)).get("reason", "")))


async def retry(request: Request) -> Response:
    """Try a failed one again."""
    return await _done(request, retry_reply)


async def drop(request: Request) -> Response:
    """Leave a failed or doubtful one unsent."""
    return await _done(request, drop_reply)


async def mark_sent(request: Request) -> Response:
    """It stands on the network: posted by hand, or found there."""
    return await _done(request, settle_reply, url=(await fields(request)).get("url") or None)


ENTRIES: Final = (
    Entry("POST", "/replies/{id}/cancel", cancel, needs("replies.draft")),
    Entry("POST", "/replies/{id}/approve", approve, needs("cases.read")),
    Entry("POST", "/replies/{id}/reject", reject, needs("cases.read")),
    Entry("POST", "/replies/{id}/retry", retry, needs("replies.send")),
    Entry("POST", "/replies/{id}/drop", drop, needs("replies.send")),
    Entry("POST", "/replies/{id}/mark-sent", mark_sent, needs("replies.send")),
)
