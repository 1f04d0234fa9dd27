"""Reports: filters in the address, the table first, its download, and the cases behind the criteria."""

import csv
import io
from typing import Final

import anyio.to_thread
from starlette.requests import Request
from starlette.responses import Response

from app.core.asker import Asker
from app.door.entry import Entry, needs
from app.door.identity import Visitor
from app.engine.ports import Ports
from app.measures.model import ResponseTimes
from app.queries.reports import ResponseReport, response_times, span_of
from app.queries.reports_page import ReportsPage, reports_page
from app.web.render import page_response

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


async def show(request: Request) -> Response:
    """The reports of the span in the address, or the evidence behind one criterion."""
    visitor: Visitor = request.state.visitor
    page = await anyio.to_thread.run_sync(_page, request.state.ports, visitor.asker, dict(request.query_params))
    return await page_response(request, "reports.html", page, active="reports", key="reports")


async def download(request: Request) -> Response:
    """The table of response times as CSV, from the same question as the page's."""
    visitor: Visitor = request.state.visitor
    report = await anyio.to_thread.run_sync(_times, request.state.ports, visitor.asker, dict(request.query_params))
    span = report.span
    name = f"earshot-{span.metric}-by-{span.by}-{span.first_day}-{span.last_day}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(_csv(report), media_type="text/csv; charset=utf-8", headers=headers)


def _page(ports: Ports, asker: Asker, asked: dict[str, str]) -> ReportsPage:
    with ports.db.read() as conn:
        return reports_page(ports, conn, asker, asked)


def _times(ports: Ports, asker: Asker, asked: dict[str, str]) -> ResponseReport:
    with ports.db.read() as conn:
        return response_times(ports, conn, asker, span_of(ports, asked))


def _csv(report: ResponseReport) -> str:
    out = io.StringIO()
    writer = csv.writer(out)
    span = report.span
    writer.writerow((span.by, "count", "median_seconds", "p90_seconds", "p99_seconds", "within", "within_share"))
    for row in (*report.rows, report.overall):
        writer.writerow((_safe(report.names.get(row.key) or row.key), *_figures(row)))
    return out.getvalue()


def _figures(row: ResponseTimes) -> tuple[str, ...]:
    seconds = (row.median_seconds, row.p90_seconds, row.p99_seconds)
    share = "" if row.within_share is None else f"{row.within_share:.6f}"
    return (str(row.count), *("" if s is None else f"{s:.3f}" for s in seconds), str(row.within), share)


def _safe(cell: str) -> str:
    """A name that a spreadsheet would take for a formula is shown as text (OWASP, CSV injection)."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


ENTRIES: Final = (
    Entry("GET", "/reports", show, needs("measures.read")),
    Entry("GET", "/reports/response-times.csv", download, needs("measures.read")),
)
