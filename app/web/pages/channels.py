"""Channels: where mentions come in and answers leave, paused and resumed here; and the demo network's own page."""

from functools import partial
from typing import Final
from urllib.parse import quote

import anyio.to_thread
from starlette.requests import Request
from starlette.responses import Response

from app.actions.pause_channel import choose_publisher, pause_channel
from app.core.asker import Asker
from app.door.entry import Entry, needs
from app.door.identity import Visitor
from app.engine.ports import Ports
from app.queries.channels import ChannelsPage, EchoPage, channels, echo_page
from app.web.forms import fields
from app.web.render import back, page_response

_HOW: Final = {"by_hand": "by hand", "echo": "on the demo network", "webhook": "by webhook"}


async def show(request: Request) -> Response:
    """Every channel."""
    visitor: Visitor = request.state.visitor
    page = await anyio.to_thread.run_sync(_channels, request.state.ports, visitor.asker)
    return await page_response(request, "channels.html", page, active="channels", key="channels")


async def pause(request: Request) -> Response:
    """Let nothing out."""
    return await _paused(request, paused=True)


async def resume(request: Request) -> Response:
    """Let answers out again."""
    return await _paused(request, paused=False)


async def publisher(request: Request) -> Response:
    """How answers leave from the next one on."""
    chosen = (await fields(request)).get("publisher", "")
    ports, asker = request.state.ports, request.state.visitor.asker
    channel = await anyio.to_thread.run_sync(choose_publisher, ports, asker, request.path_params["id"], chosen)
    return _said(f"{channel.title}: answers leave {_HOW[channel.publisher]} from now on.")


async def echo(request: Request) -> Response:
    """The demo network: what went out on it."""
    visitor: Visitor = request.state.visitor
    cursor = request.query_params.get("cursor")
    page = await anyio.to_thread.run_sync(_echoes, request.state.ports, visitor.asker, cursor)
    return await page_response(request, "echo.html", page, active="channels", key="echo")


async def _paused(request: Request, *, paused: bool) -> Response:
    call = partial(pause_channel, request.state.ports, request.state.visitor.asker, request.path_params["id"], paused=paused)
    channel = await anyio.to_thread.run_sync(call)
    return _said(f"{channel.title} is {'paused: no answer may be sent on it' if paused else 'live again'}.")


def _channels(ports: Ports, asker: Asker) -> ChannelsPage:
    with ports.db.read() as conn:
        return channels(ports, conn, asker)


def _echoes(ports: Ports, asker: Asker, cursor: str | None) -> EchoPage:
    with ports.db.read() as conn:
        return echo_page(conn, asker, cursor=cursor)


def _said(sentence: str) -> Response:
    return back(f"/channels?notice={quote(sentence)}")


ENTRIES: Final = (
    Entry("GET", "/channels", show, needs("channels.edit")),
    Entry("GET", "/channels/echo", echo, needs("cases.read")),
    Entry("POST", "/channels/{id}/pause", pause, needs("channels.edit")),
    Entry("POST", "/channels/{id}/resume", resume, needs("channels.edit")),
    Entry("POST", "/channels/{id}/publisher", publisher, needs("channels.edit")),
)
