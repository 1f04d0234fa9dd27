"""The whole file of rules as YAML, with everything the check finds in it."""

from typing import Final

import anyio.to_thread
from starlette.requests import Request
from starlette.responses import Response

from app.actions.edit_rules import WriteAll
from app.core.sheets import SHEET_BOUND_CHARACTERS
from app.door.entry import Entry, needs
from app.queries.rule import file_page
from app.web.forms import fields
from app.web.pages.rules import edit
from app.web.render import back, page_response

_BODY_BYTES: Final = 4 * SHEET_BOUND_CHARACTERS


async def show(request: Request) -> Response:
    """The text: the working copy's, or what is in force."""
    page = await anyio.to_thread.run_sync(file_page, request.state.ports, request.state.visitor.asker)
    return await page_response(request, "rules_file.html", page, active="rules", key="rules:elsewhere")


async def save(request: Request) -> Response:
    """Keep the text, however wrong, and show what is wrong with it."""
    await edit(request, WriteAll((await fields(request)).get("text", "")))
    return back("/rules/file?notice=Saved+in+your+working+copy.#said")


ENTRIES: Final = (
    Entry("GET", "/rules/file", show, needs("rules.read")),
    Entry("POST", "/rules/file", save, needs("rules.edit"), max_body_bytes=_BODY_BYTES),
)
