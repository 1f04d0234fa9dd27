"""An error as a person meets it: the sentence on a page with a way on, or problem+json for the desk's own script."""

from typing import Final
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from app.core.errors import DeskError, NotSignedIn
from app.door.problems import problem_of
from app.web.render import ENV, back

_TITLES: Final = {
    403: "Not yours to do",
    404: "Nothing here",
    409: "It changed meanwhile",
    422: "Please look again",
    423: "On hold",
    429: "Slowly",
    503: "In a moment",
}


def answer_error(request: Request, error: DeskError) -> Response:
    """The answer for an error on a page."""
    wants_json = "application/json" in request.headers.get("accept", "") or request.headers.get("hx-request") == "true"
    if wants_json or request.url.path.startswith("/api/"):
        return problem_of(error)
    if isinstance(error, NotSignedIn) and request.method == "GET":
        return back(f"/sign-in?next={quote(request.url.path)}")
    title = _TITLES.get(error.status, "That did not work")
    text = ENV.get_template("error.html").render(title=title, detail=error.detail, errors=error.errors)
    response = HTMLResponse(text, status_code=error.status)
    if error.status in (429, 503):
        response.headers["Retry-After"] = str(getattr(error, "retry_after_seconds", 5))
    return response
