"""Clocks in the database. Moves read the row, let ``clock`` judge, and write it back on condition that nobody stopped it.

Nothing here arms a timer or appends an event: the action that calls does, from the clock it gets back (``due_at`` and
``warn_at``; None means disarm).
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from types import SimpleNamespace
from typing import Any, Final

from sqlalchemy import Connection, Select, bindparam, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from app.core.clock import parse_rfc3339
from app.core.errors import NotFound
from app.core.ids import CaseId, ClockId
from app.engine.among import among
from app.engine.bulk import insert_rows, read_rows
from app.engine.database import Transaction
from app.sla import clock as clocks
from app.sla.levels import target_for
from app.sla.model import Clock, Interval, Metric, ServiceLevels, Target
from app.sla.tables import CLOCK

_IN_ONE_QUERY: Final = 500  # ids in one IN list, well under SQLite's bound on variables

# Built once: for a table this wide, building a statement costs more than running it, and every mention runs these.
_LASTING: Final = (
    select(CLOCK)
    .where(CLOCK.c.case_id == bindparam("of_case"), CLOCK.c.stopped_at.is_(None))
    .order_by(CLOCK.c.started_at, CLOCK.c.metric, CLOCK.c.cycle)
)
_LASTING_LOCKED: Final = (
    select(CLOCK)
    .where(among(CLOCK.c.case_id, "of_cases"), CLOCK.c.stopped_at.is_(None))
    .order_by(CLOCK.c.started_at, CLOCK.c.metric, CLOCK.c.cycle)
    .with_for_update()  # the lock matters on PostgreSQL only; SQLite leaves the words out
)
_OF_CASES: Final = (
    select(CLOCK)
    .where(CLOCK.c.case_id.in_(bindparam("of_cases", expanding=True)))
    .order_by(CLOCK.c.started_at, CLOCK.c.metric, CLOCK.c.cycle)
)
_INSERT: Final = insert(CLOCK)
_COLUMNS: Final = tuple(CLOCK.c.keys())
_NAMES: Final = (
    "id", "case_id", "metric", "cycle", "target_id", "target_seconds", "warn_fraction", "calendar", "started_at", "due_at", "warn_at",
    "state", "stopped_at", "stopped_why", "breached_at", "warned_at", "elapsed_seconds", "intervals", "levels_version",
)  # fmt: skip
"""The columns in the order of ``_row``."""
_WRITE_BACK: Final = (
    update(CLOCK).where(CLOCK.c.id == bindparam("of_clock"), CLOCK.c.stopped_at.is_(None)).values({n: bindparam(f"to_{n}") for n in _NAMES})
)
_WRITE_BACK_NAMES: Final = (*(f"to_{n}" for n in _NAMES), "of_clock")
# RETURNING tells whether the row is new; psycopg's row count of an insert does not.
_INSERT_IF_NEW: Final = {
    "sqlite": sqlite_insert(CLOCK).on_conflict_do_nothing(index_elements=["case_id", "metric", "cycle"]).returning(CLOCK.c.id),
    "postgresql": postgresql_insert(CLOCK).on_conflict_do_nothing(index_elements=["case_id", "metric", "cycle"]).returning(CLOCK.c.id),
}


def open_clock(
    tx: Transaction,
    case_id: CaseId,
    target: Target,
    levels: ServiceLevels,
    *,
    cycle: int = 1,
    at: datetime | None = None,
    why: str = "started",
) -> Clock:
    """Start a clock at ``at`` (default now). The same case, metric and cycle again: the clock that is there, unchanged."""
    new = clocks.start(ClockId(tx.new_id()), case_id, cycle, target, levels, at or tx.now, why)
    done = tx.conn.execute(_INSERT_IF_NEW[tx.conn.dialect.name], _values(new, 0.0))
    if done.first() is not None:
        return new
    there = select(CLOCK).where(CLOCK.c.case_id == case_id, CLOCK.c.metric == target.metric, CLOCK.c.cycle == cycle)
    return _clock(tx.conn.execute(there).one())


def open_all(
    tx: Transaction, openings: Sequence[tuple[CaseId, Target, datetime]], levels: ServiceLevels, why: str = "started"
) -> tuple[Clock, ...]:
    """Start the first cycle of many cases' clocks in one statement, each from its own moment.

    For cases opened in this transaction: where such a clock is there already, the database refuses the whole batch.
    """
    new = tuple(clocks.start(ClockId(tx.new_id()), case_id, 1, target, levels, at, why) for case_id, target, at in openings)
    insert_rows(tx.conn, _INSERT, _NAMES, (_row(clock, 0.0) for clock in new))
    return new


def next_cycle(conn: Connection, case_id: CaseId, metric: Metric) -> int:
    """The number of the cycle that would start now: 1 for the first."""
    last = conn.execute(select(func.max(CLOCK.c.cycle)).where(CLOCK.c.case_id == case_id, CLOCK.c.metric == metric)).scalar()
    return (last or 0) + 1


def get(conn: Connection, clock_id: ClockId) -> Clock:
    """One clock; raises NotFound."""
    row = conn.execute(select(CLOCK).where(CLOCK.c.id == clock_id)).one_or_none()
    if row is None:
        raise NotFound("No such clock: the case it belonged to may have been erased.")
    return _clock(row)


def running_for(conn: Connection, case_id: CaseId) -> tuple[Clock, ...]:
    """The case's clocks that nobody stopped yet (running, paused, or overdue), oldest first."""
    return _read(conn, _LASTING, {"of_case": case_id})


def for_cases(conn: Connection, case_ids: Collection[CaseId]) -> dict[CaseId, tuple[Clock, ...]]:
    """Every clock of each case, oldest first; a case without clocks has ()."""
    ids = list(dict.fromkeys(case_ids))
    found: dict[CaseId, list[Clock]] = {case_id: [] for case_id in ids}
    for first in range(0, len(ids), _IN_ONE_QUERY):
        some = ids[first : first + _IN_ONE_QUERY]
        for clock in _read(conn, _OF_CASES, {"of_cases": some}):
            found[clock.case_id].append(clock)
    return {case_id: tuple(of_case) for case_id, of_case in found.items()}


def due_by(conn: Connection, at: datetime, limit: int = 200) -> tuple[Clock, ...]:
    """Running clocks whose time is up by ``at``, the longest due first: what a catch-up must find even without its timer."""
    return _read(conn, select(CLOCK).where(CLOCK.c.state == "running", CLOCK.c.due_at <= at).order_by(CLOCK.c.due_at).limit(limit))


def overdue(conn: Connection, metric: Metric, since: datetime, until: datetime) -> int:
    """Clocks of the metric breached in [since, until) whose case nobody has answered: they belong in every share of answers in time."""
    rows = select(func.count()).where(
        CLOCK.c.metric == metric,
        CLOCK.c.state == "breached",
        CLOCK.c.breached_at >= since,
        CLOCK.c.breached_at < until,
        CLOCK.c.stopped_at.is_(None),
    )
    return conn.execute(rows).scalar() or 0


def pause(tx: Transaction, case_id: CaseId, levels: ServiceLevels, why: str, at: datetime | None = None) -> tuple[Clock, ...]:
    """Pause every ticking clock of the case; returns those that changed. A second pause changes none."""
    return _move(tx, case_id, levels, lambda c: clocks.pause(c, levels.calendar(c.calendar), at or tx.now, why))


def resume(tx: Transaction, case_id: CaseId, levels: ServiceLevels, why: str, at: datetime | None = None) -> tuple[Clock, ...]:
    """Let every paused clock of the case run on with the time it had left; returns those that changed."""
    return _move(tx, case_id, levels, lambda c: clocks.resume(c, levels.calendar(c.calendar), at or tx.now, why))


def stop(
    tx: Transaction,
    case_id: CaseId,
    levels: ServiceLevels,
    why: str = "answered",
    metrics: Sequence[Metric] | None = None,
    at: datetime | None = None,
) -> tuple[Clock, ...]:
    """Stop the case's clocks for good (all metrics, or those given); returns those that changed, met or breached."""
    wanted = None if metrics is None else frozenset(metrics)

    def moved(clock: Clock) -> Clock:
        if wanted is not None and clock.metric not in wanted:
            return clock
        return clocks.stop(clock, levels.calendar(clock.calendar), at or tx.now, why)

    return _move(tx, case_id, levels, moved)


def breach_due(tx: Transaction, case_id: CaseId, levels: ServiceLevels) -> tuple[Clock, ...]:
    """Mark the breaches of the case whose time is up though no timer has fired yet; returns those it marked.

    For an action that is about to stop or pause: those moves record the breach too, but cannot say that it is news.
    """
    return _move(tx, case_id, levels, lambda c: clocks.breach(c, levels.calendar(c.calendar), tx.now))


def recompute(tx: Transaction, case_id: CaseId, levels: ServiceLevels, band: str, tier: str | None, network: str) -> tuple[Clock, ...]:
    """Give the case's unbreached clocks the target that now holds for it; returns those that changed.

    Where no target matches any more the clock keeps the one it has: a rule file with a gap must not stop deadlines.
    """
    return recompute_all(tx, {case_id: (band, tier, network)}, levels)


def recompute_all(tx: Transaction, cases: Mapping[CaseId, tuple[str, str | None, str]], levels: ServiceLevels) -> tuple[Clock, ...]:
    """``recompute`` for many cases, each with its band, tier and network, in two statements; returns the clocks that changed."""

    def moved(clock: Clock) -> Clock:
        target = target_for(levels, clock.metric, *cases[clock.case_id])
        return clock if target is None else clocks.retarget(clock, target, levels)

    return _move_all(tx, list(cases), levels, moved)


def mark_warned(tx: Transaction, clock_id: ClockId) -> bool:
    """Note that the warning of a running clock went out; True for the one caller that did it, once it is due."""
    once = update(CLOCK).where(CLOCK.c.id == clock_id, CLOCK.c.state == "running", CLOCK.c.warned_at.is_(None), CLOCK.c.warn_at <= tx.now)
    return tx.conn.execute(once.values(warned_at=tx.now)).rowcount == 1


def mark_breached(tx: Transaction, clock_id: ClockId) -> bool:
    """Record the breach of a running clock whose time is up, dated to when it was due; True for the one caller that did it."""
    once = update(CLOCK).where(CLOCK.c.id == clock_id, CLOCK.c.state == "running", CLOCK.c.breached_at.is_(None), CLOCK.c.due_at <= tx.now)
    return tx.conn.execute(once.values(state="breached", breached_at=CLOCK.c.due_at)).rowcount == 1


def _move(tx: Transaction, case_id: CaseId, levels: ServiceLevels, moved: Callable[[Clock], Clock]) -> tuple[Clock, ...]:
    return _move_all(tx, [case_id], levels, moved)


def _move_all(tx: Transaction, case_ids: Sequence[CaseId], levels: ServiceLevels, moved: Callable[[Clock], Clock]) -> tuple[Clock, ...]:
    changed, written = [], []
    for first in range(0, len(case_ids), _IN_ONE_QUERY):
        for row in read_rows(tx.conn, _LASTING_LOCKED, {"of_cases": case_ids[first : first + _IN_ONE_QUERY]}):
            before = _clock(SimpleNamespace(**dict(zip(_COLUMNS, row, strict=True))))
            after = moved(before)
            if after != before:
                counted = clocks.elapsed(after, levels.calendar(after.calendar), after.stopped_at or tx.now)
                written.append((*_row(after, counted), after.id))
                changed.append(after)
    insert_rows(tx.conn, _WRITE_BACK, _WRITE_BACK_NAMES, written)
    return tuple(changed)


def _read(conn: Connection, query: Select[Any], values: Mapping[str, Any] | None = None) -> tuple[Clock, ...]:
    return tuple(_clock(row) for row in conn.execute(query, values))


def _values(clock: Clock, counted: float) -> dict[str, Any]:
    return dict(zip(_NAMES, _row(clock, counted), strict=True))


def _row(clock: Clock, counted: float) -> tuple[Any, ...]:
    return (
        clock.id, clock.case_id, clock.metric, clock.cycle, clock.target_id, clock.target_seconds, clock.warn_fraction, clock.calendar,
        clock.started_at, clock.due_at, clock.warn_at, clock.state, clock.stopped_at, clock.stopped_why, clock.breached_at,
        clock.warned_at, counted, _stored(clock.intervals), clock.levels_version,
    )  # fmt: skip


def _stored(intervals: Iterable[Interval]) -> list[list[str | None]]:
    # Full microseconds, not the API's milliseconds: the arithmetic must come out the same after a round trip.
    return [[i.start.isoformat(), i.end.isoformat() if i.end else None, i.kind, i.why] for i in intervals]


def _clock(row: Any) -> Clock:
    intervals = tuple(
        Interval(parse_rfc3339(start), parse_rfc3339(end) if end else None, kind, why) for start, end, kind, why in row.intervals
    )
    return Clock(
        id=ClockId(row.id),
        case_id=CaseId(row.case_id),
        metric=row.metric,
        cycle=row.cycle,
        target_id=row.target_id,
        target_seconds=row.target_seconds,
        warn_fraction=row.warn_fraction,
        calendar=row.calendar,
        started_at=row.started_at,
        intervals=intervals,
        state=row.state,
        due_at=row.due_at,
        warn_at=row.warn_at,
        levels_version=row.levels_version,
        stopped_at=row.stopped_at,
        stopped_why=row.stopped_why,
        breached_at=row.breached_at,
        warned_at=row.warned_at,
    )
