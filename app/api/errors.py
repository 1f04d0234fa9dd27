"""Whatever goes wrong under /api answers in one form, problem+json: refusals of the tree, wrong addresses, wrong methods, surprises."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response

from app.core.errors import DeskError
from app.door.problems import problem, problem_of
from app.engine.telemetry import log

API_PREFIX: Final = "/api/"
_CODES: Final = {400: "bad_request", 404: "not_found", 405: "method_not_allowed", 413: "too_large", 415: "unsupported_media_type"}
_WORDS: Final = {
    404: "There is nothing at this address: see /api/openapi.json for what there is.",
    405: "This address knows other methods: the Allow header lists them.",
}
Handler = Callable[[Request, Exception], Awaitable[Response]]


class BadRequest(DeskError):
    """The body is not what its content type says."""

    code = "bad_request"
    status = 400


class WrongMediaType(DeskError):
    """The body's content type is none this address reads."""

    code = "unsupported_media_type"
    status = 415


def is_api(path: str) -> bool:
    """Whether an address belongs to programs, who read problems, and not to people, who read pages."""
    return path.startswith(API_PREFIX) or path == API_PREFIX.rstrip("/")


def api_problem(error: Exception, *, allow: str | None = None) -> Response:
    """The problem+json answer for any error. ``allow`` lists the methods of the address where they are known."""
    if isinstance(error, DeskError):
        return problem_of(error)
    if isinstance(error, HTTPException):
        headers = dict(error.headers or {})
        if error.status_code == 405 and allow:
            headers["Allow"] = allow
        detail = _WORDS.get(error.status_code, error.detail)
        return problem(error.status_code, _CODES.get(error.status_code, "failed"), detail, headers=headers)
    return problem(500, "failed", "Earshot failed on this request, and wrote down why. Nothing was changed by it.")


def api_errors(allowed: Callable[[str], str] = lambda _: "") -> Mapping[Any, Handler]:
    """Starlette's ``exception_handlers`` for an application that serves the API.

    Errors under other addresses get plain text; the pages' own handlers go before these. ``allowed`` gives the methods of a path,
    for the Allow header: several routes may share one.
    """

    async def refused(request: Request, error: Exception) -> Response:
        if is_api(request.url.path):
            return api_problem(error, allow=allowed(request.url.path))
        status = error.status_code if isinstance(error, HTTPException) else 500
        return PlainTextResponse(str(getattr(error, "detail", "Failed")), status_code=status, headers=getattr(error, "headers", None))

    async def failed(request: Request, error: Exception) -> Response:
        if isinstance(error, ClientDisconnect):
            return Response(status_code=400)
        log.error("request failed", path=request.url.path, method=request.method, error=type(error).__name__)
        return await refused(request, error)

    return {HTTPException: refused, ClientDisconnect: failed, Exception: failed}
