"""Settings: what the desk is set to, as tables; and the tokens of programs, made and revoked here."""

from dataclasses import dataclass
from functools import partial
from typing import Final
from urllib.parse import quote

import anyio.to_thread
from starlette.requests import Request
from starlette.responses import Response

from app.actions.create_token import create_token
from app.actions.revoke_token import revoke_token
from app.core.asker import Asker
from app.core.errors import DeskError
from app.core.roles import SCOPES
from app.door.entry import Entry, needs
from app.door.identity import Visitor
from app.engine.ports import Ports
from app.queries.settings import SettingsPage, settings
from app.web.forms import fields
from app.web.render import back, page_response

SCOPE_WORDS: Final = {
    "ingest": "send mentions", "read": "read everything but the ledger", "agent": "work as an agent", "admin": "everything",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class SettingsShown:
    """The settings, with a new token's secret shown this once, or why it was not made."""

    all: SettingsPage
    scopes: tuple[tuple[str, str], ...]
    secret: str = ""
    secret_name: str = ""
    given: dict[str, str] | None = None
    errors: tuple[str, ...] = ()


async def show(request: Request) -> Response:
    """Everything."""
    return await _shown(request)


async def add_token(request: Request) -> Response:
    """Make a token and show its secret this once."""
    values = await fields(request)
    name = values.get("name", "")
    call = partial(
        create_token, request.state.ports, request.state.visitor.asker, name=name, scope=values.get("scope", ""),
        email=values.get("email", "").strip() or None,
    )  # fmt: skip
    try:
        made = await anyio.to_thread.run_sync(call)
    except DeskError as error:
        return await _shown(request, given=values, errors=(error.detail,), status=error.status)
    return await _shown(request, secret=made.secret, secret_name=name)


async def revoke(request: Request) -> Response:
    """Take a token out of use."""
    await anyio.to_thread.run_sync(revoke_token, request.state.ports, request.state.visitor.asker, request.path_params["id"])
    return back(f"/settings?notice={quote('The token is revoked: it opens nothing any more.')}#tokens")


async def _shown(
    request: Request, *, secret: str = "", secret_name: str = "", given: dict[str, str] | None = None, errors: tuple[str, ...] = (),
    status: int = 200,
) -> Response:  # fmt: skip
    visitor: Visitor = request.state.visitor
    found = await anyio.to_thread.run_sync(_settings, request.state.ports, visitor.asker)
    scopes = tuple((scope, f"{scope}: {SCOPE_WORDS[scope]}") for scope in SCOPES)
    page = SettingsShown(found, scopes, secret, secret_name, given, errors)
    return await page_response(request, "settings.html", page, active="settings", key="settings", status=status)


def _settings(ports: Ports, asker: Asker) -> SettingsPage:
    with ports.db.read() as conn:
        return settings(ports, conn, asker)


ENTRIES: Final = (
    Entry("GET", "/settings", show, needs("settings.edit")),
    Entry("POST", "/settings/tokens", add_token, needs("settings.edit")),
    Entry("POST", "/settings/tokens/{id}/revoke", revoke, needs("settings.edit")),
)
