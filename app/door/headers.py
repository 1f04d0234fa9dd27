"""Security headers on every answer, errors and static files included. Plain ASGI: it touches only the response's start."""

from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_CSP: Final = "; ".join(  # noqa: FLY002  # one directive a piece reads better than one long line
    (
        "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' data:", "font-src 'self'", "connect-src 'self'",
        "form-action 'self'", "frame-ancestors 'none'", "base-uri 'none'", "object-src 'none'", "manifest-src 'self'",
        "require-trusted-types-for 'script'", "trusted-types earshot",
    )
)  # fmt: skip
_FIXED: Final = {
    "Content-Security-Policy": _CSP,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=()",
}


def secure(headers: MutableHeaders, path: str, *, https: bool) -> None:
    """Put the headers on one answer; pages are never stored by caches, static files may be kept a short while."""
    for name, value in _FIXED.items():
        headers[name] = value
    if https:
        headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
    if not path.startswith("/static/"):
        headers.setdefault("Cache-Control", "no-store")


class SecurityHeaders:
    """Adds the headers to whatever the application answers. Starlette makes the answer to an unknown error outside of it."""

    def __init__(self, app: ASGIApp, *, https: bool) -> None:
        self._app = app
        self._https = https

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                secure(MutableHeaders(scope=message), scope["path"], https=self._https)
            await send(message)

        await self._app(scope, receive, with_headers)
