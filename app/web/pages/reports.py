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
from app.queries.clock_report import ClockLine, clock_report
from app.queries.reports import ResponseReport, Span, response_times, span_of
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
    return _file(_csv(report), f"{report.span.metric}-by-{report.span.by}", report.span)


async def download_clocks(request: Request) -> Response:
    """The table of clocks as CSV."""
    visitor: Visitor = request.state.visitor
    span, lines = await anyio.to_thread.run_sync(_clocks, request.state.ports, visitor.asker, dict(request.query_params))
    return _file(_clocks_csv(lines), "clocks", span)


def _file(text: str, what: str, span: Span) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="earshot-{what}-{span.first_day}-{span.last_day}.csv"'}
    return Response(text, media_type="text/csv; charset=utf-8", headers=headers)


def _page(ports: Ports, asker: Asker, asked: dict[str, str]) -> ReportsPage:
    with ports.db.read() as conn:
        return reports_page(ports, conn, asker, asked)


def _times(ports: Ports, asker: Asker, asked: dict[str, str]) -> ResponseReport:
    with ports.db.read() as conn:
        return response_times(ports, conn, asker, span_of(ports, asked))


def _clocks(ports: Ports, asker: Asker, asked: dict[str, str]) -> tuple[Span, tuple[ClockLine, ...]]:
    span = span_of(ports, asked)
    with ports.db.read() as conn:
        return span, clock_report(conn, asker, span.since, span.until)


def _csv(report: ResponseReport) -> str:
    out = io.StringIO()
    writer = csv.writer(out)
    span = report.span
    writer.writerow((span.by, "count", "median_seconds", "p90_seconds", "p99_seconds", "within", "within_share"))
    for row in (*report.rows, report.overall):
        writer.writerow((_safe(report.names.get(row.key) or row.key), *_figures(row)))
    return out.getvalue()


def _clocks_csv(lines: tuple[ClockLine, ...]) -> str:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(("metric", "met", "missed", "kept_share", "median_seconds", "p90_seconds", "fell_away"))
    for one in lines:
        took = (_decimal(one.median_seconds, 3), _decimal(one.p90_seconds, 3))
        writer.writerow((one.metric, one.met, one.missed, _decimal(one.kept_share, 6), *took, one.fell_away))
    return out.getvalue()


def _figures(row: ResponseTimes) -> tuple[str, ...]:
    seconds = (row.median_seconds, row.p90_seconds, row.p99_seconds)
    return (str(row.count), *(_decimal(s, 3) for s in seconds), str(row.within), _decimal(row.within_share, 6))


def _decimal(value: float | None, places: int) -> str:
    return "" if value is None else f"{value:.{places}f}"


def _safe(cell: str) -> str:
    """A name that a spreadsheet would take for a formula is shown as text (OWASP, CSV injection)."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


ENTRIES: Final = (
    Entry("GET", "/reports", show, needs("measures.read")),
    Entry("GET", "/reports/response-times.csv", download, needs("measures.read")),
    Entry("GET", "/reports/clocks.csv", download_clocks, needs("measures.read")),
)
