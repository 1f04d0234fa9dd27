"""The ledger: what happened, newest first, with its seals; its verification; its rows as a sheet."""

import csv
import io
from collections.abc import Iterator
from functools import partial
from typing import Final
from urllib.parse import urlencode

import anyio.to_thread
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from app.core.asker import Asker
from app.door.entry import Entry, needs
from app.engine.ports import Ports
from app.queries.audit import COLUMNS, AuditPage, Wanted, audit, sheet, verdict
from app.web.render import page_response

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")  # a sheet would run such a cell (OWASP, CSV injection)
_ROWS_AT_ONCE: Final = 500


async def show(request: Request) -> Response:
    """One page."""
    return await _page(request, None)


async def verify(request: Request) -> Response:
    """The page with what a walk along the whole chain found. It changes nothing, so it is a GET."""
    found = await anyio.to_thread.run_sync(verdict, request.state.ports, request.state.visitor.asker)
    return await _page(request, found)


async def export(request: Request) -> Response:
    """Everything asked for as CSV."""
    rows = await anyio.to_thread.run_sync(partial(sheet, request.state.ports, request.state.visitor.asker, _wanted(request)))
    headers = {"Content-Disposition": 'attachment; filename="ledger.csv"'}
    return StreamingResponse(_lines(rows), media_type="text/csv; charset=utf-8", headers=headers)


def plain_cell(value: str) -> str:
    """A cell that no sheet takes for a formula."""
    return f"'{value}" if value.startswith(_FORMULA) else value


def _lines(rows: Iterator[tuple[str, ...]]) -> Iterator[str]:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for number, row in enumerate(rows, 1):
        writer.writerow(map(plain_cell, row))
        if number % _ROWS_AT_ONCE == 0:
            yield text.getvalue()
            text.seek(0)
            text.truncate()
    yield text.getvalue()


async def _page(request: Request, found: object) -> Response:
    wanted, cursor = _wanted(request), request.query_params.get("cursor") or None
    page = await anyio.to_thread.run_sync(_audit, request.state.ports, request.state.visitor.asker, wanted, cursor)
    filters = {name: value for name, value in (("kind", wanted.kind), ("actor", wanted.actor), ("case", wanted.case)) if value}
    after = f"/audit?{urlencode(filters | {'cursor': page.next})}" if page.next else None
    shown = {"page": page, "verdict": found, "next": after, "export": f"/audit/export?{urlencode(filters)}"}
    return await page_response(request, "audit.html", shown, active="audit", key="audit")


def _wanted(request: Request) -> Wanted:
    params = request.query_params
    return Wanted(*(params.get(name, "").strip() for name in ("kind", "actor", "case")))


def _audit(ports: Ports, asker: Asker, wanted: Wanted, cursor: str | None) -> AuditPage:
    with ports.db.read() as conn:
        return audit(conn, asker, wanted, cursor=cursor)


_AUDIT: Final = needs("audit.read")
ENTRIES: Final = (
    Entry("GET", "/audit", show, _AUDIT),
    Entry("GET", "/audit/verify", verify, _AUDIT),
    Entry("GET", "/audit/export", export, _AUDIT),
)
