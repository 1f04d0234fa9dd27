"""One entry of the route table. A route without an entry does not exist; an entry without an access rule cannot be made."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final, Literal

from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response
from starlette.websockets import WebSocket

from app.core.roles import Permission

Method = Literal["GET", "POST", "PUT", "DELETE", "WS"]
Handler = Callable[[Request], Awaitable[Response]]
SocketHandler = Callable[[WebSocket], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Access:
    """Who may use a route: everyone (``public``), anyone signed in (no permission), or whoever has the permission."""

    permission: Permission | None = None
    public: bool = False


PUBLIC: Final = Access(public=True)
SIGNED_IN: Final = Access()


def needs(permission: Permission) -> Access:
    """Only those who have the permission."""
    return Access(permission)


@dataclass(frozen=True, slots=True)
class Entry:
    """One method on one path. The last fields describe it for the API document; pages leave them empty.

    ``body`` and ``answer`` are pydantic models, ``query`` a model whose fields are the query parameters, ``fails`` the
    statuses of its refusals beside those every route has. ``own_body`` marks a handler that reads its body itself.
    ``at_once`` and ``bytes_at_once`` bound how many calls may be inside together; see ``crowd``.
    """

    method: Method
    path: str
    handler: Any  # Handler, or SocketHandler for WS: checked where the route is made
    access: Access
    summary: str = ""
    body: type[BaseModel] | None = None
    query: type[BaseModel] | None = None
    answer: Any = None
    status: int = 200
    fails: tuple[int, ...] = ()
    tag: str = ""
    own_body: bool = False
    max_body_bytes: int = 1_048_576
    at_once: int | None = None
    bytes_at_once: int | None = None
