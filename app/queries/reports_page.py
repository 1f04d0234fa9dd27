"""The reports page as one question: every table of a span, or the evidence behind one criterion."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from sqlalchemy import Connection

from app.core.asker import Asker
from app.core.errors import Invalid
from app.engine.ports import Ports
from app.measures.stage import Scorecard
from app.queries.clock_report import ClockLine, clock_report
from app.queries.evidence import Evidence, evidence
from app.queries.reports import PolicyReport, ResponseReport, RuleEffect, policy_report, response_times, rule_effects, span_of
from app.queries.stage import WINDOW_HOURS, stage
from app.queries.workload import Workload, workload

FILTERS: Final = ("from", "to", "by", "metric", "calendar", "tz")
DEFINITIONS: Final = (
    ("Count", "Answers of people that left in the span and stopped a clock. The moment of the answer decides, not that of the mention."),
    ("Median", "Half of the answers took no longer than this."),
    ("p90", "Nine of ten answers took no longer than this; between two answers it is interpolated."),
    ("p99", "Ninety-nine of a hundred answers took no longer than this."),
    ("Within target", "The share of those answers that came before their clock was due, rounded down; empty without answers."),
)
CLOCK_DEFINITIONS: Final = (
    ("Met", "Clocks that ended in time in the span, by what they wait for. Closing counts for the first touch and the resolution."),
    ("Missed", "Clocks whose time ran out in the span, also where somebody acted later."),
    ("Kept", "Met, of met and missed, rounded down; empty without either."),
    ("Median", "Half of those that ended by what they wait for took no longer than this, as their own clock counts: its hours, no pauses."),
    ("p90", "Nine of ten of them took no longer than this."),
    ("Fell away", "Clocks that ended in time without it: the case was closed, by a person or a rule, or no target held any more."),
)
_PART_TITLES: Final = {
    "answers": "Answers and their policies", "mentions": "Mentions and their rules", "authors": "Authors and their profiles",
    "responses": "First responses", "overdue": "Overdue and not answered",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Tables:
    """Every table of a span. ``query`` is the span's own part of the address."""

    times: ResponseReport
    clocks: tuple[ClockLine, ...]
    stage: Scorecard
    load: Workload
    policy: PolicyReport
    rules: tuple[RuleEffect, ...]
    query: str
    definitions: tuple[tuple[str, str], ...] = DEFINITIONS
    clock_definitions: tuple[tuple[str, str], ...] = CLOCK_DEFINITIONS


@dataclass(frozen=True, slots=True)
class ReportsPage:
    """What the page shows: ``evidence``, or else ``tables``. ``part_titles`` names the parts of evidence."""

    evidence: Evidence | None
    tables: Tables | None
    part_titles: Mapping[str, str]


def reports_page(ports: Ports, conn: Connection, asker: Asker, asked: Mapping[str, str]) -> ReportsPage:
    """What the address asks for. Invalid names the parameter that is wrong."""
    asker.need("measures.read")
    if asked.get("evidence"):
        found = evidence(
            ports, conn, asker, of=asked["evidence"], part=asked.get("part", ""), against=bool(asked.get("against")),
            cursor=asked.get("cursor"), hours=_hours(asked),
        )  # fmt: skip
        return ReportsPage(found, None, _PART_TITLES)
    span = span_of(ports, asked)
    tables = Tables(
        times=response_times(ports, conn, asker, span),
        clocks=clock_report(conn, asker, span.since, span.until),
        stage=stage(ports, conn, asker),
        load=workload(ports, conn, asker),
        policy=policy_report(conn, asker, span),
        rules=rule_effects(conn, asker, span),
        query=urlencode({name: asked[name] for name in FILTERS if asked.get(name)}),
    )
    return ReportsPage(None, tables, _PART_TITLES)


def _hours(asked: Mapping[str, str]) -> int:
    text = asked.get("hours", "").strip()
    if not text:
        return WINDOW_HOURS
    if not (text.isascii() and text.isdecimal() and len(text) < 10):
        raise Invalid("hours must be a whole number.", errors=[{"loc": ["query", "hours"], "msg": "must be a whole number"}])
    return int(text)
