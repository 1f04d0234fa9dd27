"""Signing in and out, and what a person says of their presence."""

from dataclasses import dataclass
from typing import Final

import anyio
import anyio.to_thread
from starlette.requests import Request
from starlette.responses import Response

from app.actions.set_presence import set_presence
from app.actions.sign_in import sign_in, sign_out
from app.core.errors import DeskError, TooMany
from app.door.entry import PUBLIC, SIGNED_IN, Entry
from app.door.identity import Visitor, clear_cookie, new_cookie, set_cookie
from app.engine.ports import Ports
from app.web.forms import fields, local_path
from app.web.render import back, page_response

_HASHING: Final = anyio.CapacityLimiter(2)  # argon2 takes 19 MiB and 0.15 s: twenty sign-ins at once must not stall the desk


@dataclass(frozen=True, slots=True)
class SignInPage:
    """The form, with what was typed and why it was refused. ``demo`` is always empty: passwords are never shown on a page."""

    email: str
    error: str | None
    next: str
    demo: tuple[()] = ()


async def show(request: Request) -> Response:
    """The form."""
    return await page_response(request, "sign_in.html", SignInPage("", None, local_path(request.query_params.get("next", ""))))


async def enter(request: Request) -> Response:
    """Check the password and start a session with a new cookie."""
    ports: Ports = request.state.ports
    values = await fields(request)
    cookie = new_cookie()
    address = request.client.host if request.client else "?"
    next_path = local_path(values.get("next", ""))
    try:
        await anyio.to_thread.run_sync(
            sign_in, ports, values.get("email", ""), values.get("password", ""), address, cookie, limiter=_HASHING
        )
    except DeskError as error:
        page = SignInPage(values.get("email", "")[:254], error.detail, next_path)
        refused = await page_response(request, "sign_in.html", page, status=error.status)
        if isinstance(error, TooMany):
            refused.headers["Retry-After"] = str(error.retry_after_seconds)
        return refused
    response = back(next_path)
    set_cookie(ports, response, cookie)
    return response


async def leave(request: Request) -> Response:
    """End the session, here and on its open sockets."""
    visitor: Visitor = request.state.visitor
    ports: Ports = request.state.ports
    if visitor.session is not None:
        await anyio.to_thread.run_sync(sign_out, ports, visitor.session)
    response = back("/sign-in")
    clear_cookie(ports, response)
    response.headers["Clear-Site-Data"] = '"cache"'  # drafts in the browser's storage stay: they are the person's own
    return response


async def say_presence(request: Request) -> Response:
    """Available, busy or away; a button carries the reason it stands for behind a colon."""
    visitor: Visitor = request.state.visitor
    values = await fields(request)
    presence, _, chosen = values.get("presence", "").partition(":")
    await anyio.to_thread.run_sync(set_presence, request.state.ports, visitor.asker, presence, values.get("reason", "").strip() or chosen)
    return back(local_path(values.get("next", "")))


ENTRIES: Final = (
    Entry("GET", "/sign-in", show, PUBLIC),
    Entry("POST", "/sign-in", enter, PUBLIC),
    Entry("POST", "/sign-out", leave, SIGNED_IN),
    Entry("POST", "/presence", say_presence, SIGNED_IN),
)
