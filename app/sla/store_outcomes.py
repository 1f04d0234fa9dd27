"""What clocks came to in a span of time, for reports: a read of what was stopped or missed in it, never of the history before."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, func, select

from app.sla.model import METRICS, Metric
from app.sla.tables import CLOCK

_AT_ONCE: Final = 5_000  # rows fetched at a time, of which only a number is kept
_UNSERVED: Final = frozenset({"closed by a rule", "no target holds any more"})
_BY_CLOSING: Final[frozenset[Metric]] = frozenset({"first_touch", "resolution"})
"""What a person who closes a case has done with it; any other clock then ends without what it waited for."""


@dataclass(slots=True)
class Outcome:
    """Clocks of one metric. ``met`` ended in time and ``missed`` ran out in the span, whenever they end; ``fell_away`` ended without what
    they waited for, and not late. ``seconds`` is what each that ended with it had counted: its calendar, pauses credited."""

    met: int = 0
    missed: int = 0
    fell_away: int = 0
    seconds: list[float] = field(default_factory=list)


def fell_away(metric: Metric, why: str) -> bool:
    """Whether a clock that stopped for this reason ended without what it waited for: its case was closed, or no target held any more."""
    return why in _UNSERVED or (why.startswith("closed: ") and metric not in _BY_CLOSING)


def outcomes(conn: Connection, since: datetime, until: datetime) -> dict[Metric, Outcome]:
    """What became of clocks in [since, until), of every metric."""
    found: dict[Metric, Outcome] = {metric: Outcome() for metric in METRICS}
    fell = dict[tuple[Metric, str], bool]()
    ended = select(CLOCK.c.metric, CLOCK.c.state, CLOCK.c.stopped_why, CLOCK.c.elapsed_seconds).where(
        CLOCK.c.metric.in_(METRICS), CLOCK.c.stopped_at >= since, CLOCK.c.stopped_at < until
    )
    for metric, state, why, seconds in conn.execute(ended, execution_options={"yield_per": _AT_ONCE}):
        key = (metric, why)
        if key not in fell:
            fell[key] = fell_away(metric, why)
        one = found[metric]
        if not fell[key]:
            one.seconds.append(seconds)
            one.met += state == "met"
        elif state == "met":
            one.fell_away += 1
    missed = (
        select(CLOCK.c.metric, func.count())
        .where(CLOCK.c.metric.in_(METRICS), CLOCK.c.state == "breached", CLOCK.c.breached_at >= since, CLOCK.c.breached_at < until)
        .group_by(CLOCK.c.metric)
    )
    for metric, count in conn.execute(missed):
        found[metric].missed = count
    return found
