"""Every clock metric of a span: how many were met and missed, and how long those took that ended with what they waited for.

The page, its download and the API ask this, so that no two of them can disagree.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from app.core.asker import Asker
from app.measures import percentiles
from app.sla.model import METRICS, Metric
from app.sla.store_outcomes import Outcome, outcomes
from app.sla.words import NAMES


@dataclass(frozen=True, slots=True)
class ClockLine:
    """One metric. ``met`` and ``missed`` as docs/measures.md defines them; ``kept_share`` is met of both, None where there was neither.

    ``median_seconds`` and ``p90_seconds`` are what those that ended with what they waited for had counted; None without one.
    """

    metric: Metric
    name: str
    met: int
    missed: int
    kept_share: float | None
    median_seconds: float | None
    p90_seconds: float | None
    fell_away: int


def clock_report(conn: Connection, asker: Asker, since: datetime, until: datetime) -> tuple[ClockLine, ...]:
    """A line for each of the seven metrics, in their order, over [since, until)."""
    asker.need("measures.read")
    found = outcomes(conn, since, until)
    return tuple(_line(metric, found[metric]) for metric in METRICS)


def _line(metric: Metric, found: Outcome) -> ClockLine:
    spread, due = percentiles.of(found.seconds), found.met + found.missed
    share = found.met / due if due else None
    return ClockLine(metric, NAMES[metric], found.met, found.missed, share, spread.median, spread.p90, found.fell_away)
