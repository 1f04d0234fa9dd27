"""Errors as answers: problem+json (RFC 9457) for programs; pages turn the same error into words."""

from typing import Any, Final

from starlette.responses import JSONResponse, Response

from app.core.errors import DeskError, TooMany, Unavailable

_TITLES: Final = {
    400: "Bad request", 401: "Not signed in", 403: "Forbidden", 404: "Not found", 405: "Method not allowed", 409: "Conflict",
    413: "Too large", 415: "Unsupported media type", 422: "Invalid", 423: "On hold", 429: "Too many requests",
    500: "Failed", 503: "Unavailable",
}  # fmt: skip


def problem(
    status: int, code: str, detail: str, *, errors: list[dict[str, Any]] | None = None, headers: dict[str, str] | None = None, **extra: Any
) -> Response:
    """A problem+json answer."""
    body: dict[str, Any] = {
        "type": f"/docs/errors#{code}",
        "title": _TITLES.get(status, "Failed"),
        "status": status,
        "detail": detail,
        "code": code,
    }
    if errors:
        body["errors"] = errors
    body.update(extra)
    return JSONResponse(body, status_code=status, headers=headers, media_type="application/problem+json")


def problem_of(error: DeskError) -> Response:
    """The answer for an error of the tree."""
    headers = {"Retry-After": str(error.retry_after_seconds)} if isinstance(error, TooMany | Unavailable) else None
    return problem(error.status, error.code, error.detail, errors=error.errors, headers=headers, **error.extra)
