"""Templates: one strict environment, whole pages, and single regions, both from the same macros so that they cannot differ."""

from collections.abc import Hashable
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from app.queries.case_row import ROWS_KEPT, CaseRow
from app.web.shell import Shell, shell_of

_TEMPLATES: Final = Path(__file__).resolve().parent.parent.parent / "templates"
SEE_OTHER: Final = 303

ENV: Final = Environment(
    loader=FileSystemLoader(_TEMPLATES), undefined=StrictUndefined, autoescape=True, trim_blocks=False, auto_reload=False, cache_size=400
)


def html(template: str, shell: Shell, page: Any) -> str:
    """A whole page."""
    return ENV.get_template(template).render(shell=shell, page=page)


def macro(template: str, name: str, *values: Any) -> str:
    """One macro of a macro file: a region as its page shows it."""
    return str(getattr(ENV.get_template(template).module, name)(*values))


@lru_cache(maxsize=2_048)  # signs of rows, mostly, and the frames of pages: as many as there are roles and counts
def kept(template: str, name: str, *values: Hashable) -> Markup:
    """A macro's HTML, kept under the values it is made of. For macros that show nothing but frozen values, so that none can be stale."""
    return Markup(macro(template, name, *values))  # noqa: S704  # the macro escaped what it was given


@lru_cache(maxsize=ROWS_KEPT)
def case_row(row: CaseRow) -> Markup:
    """One row of the inbox, for the page and for the socket; kept under all that it shows."""
    return Markup(macro("macros/rows.html", "case_row", row))  # noqa: S704  # the macro escaped what it was given


@lru_cache(maxsize=16)
def kept_part(template: str) -> Markup:
    """A template that shows the same to everyone."""
    return Markup(ENV.get_template(template).render())  # noqa: S704  # it is ours


ENV.globals.update(kept=kept, kept_part=kept_part, kept_case_row=case_row)


def block(template: str, name: str, shell: Shell, page: Any) -> str:
    """One block of a page, for a list that is fetched afresh."""
    found = ENV.get_template(template)
    return "".join(found.blocks[name](found.new_context({"shell": shell, "page": page})))


async def page_response(
    request: Request, template: str, page: Any, *, active: str = "", view: str = "", key: str = "", status: int = 200
) -> Response:
    """A page in the shell of whoever asks. ``key`` is the page's key on the live socket."""
    shell = await shell_of(request, active=active, view=view, page_key=key)
    return HTMLResponse(html(template, shell, page), status_code=status)


def back(path: str) -> Response:
    """After a POST: the page as a GET."""
    return RedirectResponse(path, status_code=SEE_OTHER)
