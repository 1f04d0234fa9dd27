"""Clocks in the database. Moves read the rows, let the judges say what becomes of them, and write back what nobody stopped meanwhile.

Nothing here arms a timer or appends an event: the action that calls does, from the clocks it gets back (``due_at`` and
``warn_at``; None means disarm).
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import SimpleNamespace
from typing import Any, Final

from sqlalchemy import Connection, Select, bindparam, func, insert, select, update

from app.core.errors import NotFound
from app.core.ids import CaseId, ClockId, MatterId
from app.engine.among import among
from app.engine.bulk import Values, insert_rows, read_rows
from app.engine.database import Transaction
from app.sla import clock as clocks
from app.sla.levels import target_for
from app.sla.model import RESPONSE_METRICS, Clock, Metric, Served, ServiceLevels, Target
from app.sla.rests import Rest, settled
from app.sla.store_rows import NAMES, clock_of, row_of
from app.sla.tables import CLOCK

_IN_ONE_QUERY: Final = 500  # ids in one list: a page of a bulk move, not a bound on how many there may be
_DROPPED: Final = "no target holds any more"

# Built once: for a table this wide, building a statement costs more than running it, and every mention runs these.
_ORDER: Final = (CLOCK.c.started_at, CLOCK.c.metric, CLOCK.c.cycle)
_LASTING: Final = select(CLOCK).where(CLOCK.c.case_id == bindparam("of_case"), CLOCK.c.stopped_at.is_(None)).order_by(*_ORDER)
_LASTING_LOCKED: Final = (
    select(CLOCK)
    .where(among(CLOCK.c.case_id, "of_cases"), CLOCK.c.stopped_at.is_(None))
    .order_by(*_ORDER)
    .with_for_update()  # the lock matters on PostgreSQL only; SQLite leaves the words out
)
_OF_CASES: Final = select(CLOCK).where(among(CLOCK.c.case_id, "of_cases")).order_by(*_ORDER)
_CYCLES: Final = (
    select(CLOCK.c.case_id, CLOCK.c.metric, func.max(CLOCK.c.cycle).label("cycle"))
    .where(among(CLOCK.c.case_id, "of_cases"))
    .group_by(CLOCK.c.case_id, CLOCK.c.metric)
)
_INSERT: Final = insert(CLOCK)
_COLUMNS: Final = tuple(CLOCK.c.keys())
_WRITE_BACK: Final = (
    update(CLOCK).where(CLOCK.c.id == bindparam("of_clock"), CLOCK.c.stopped_at.is_(None)).values({n: bindparam(f"to_{n}") for n in NAMES})
)
_WRITE_BACK_NAMES: Final = (*(f"to_{n}" for n in NAMES), "of_clock")


@dataclass(frozen=True, slots=True)
class Opening:
    """A clock to be started: for whom, from when, in which cycle. ``rests`` says why it is paused from now on, if it is."""

    case_id: CaseId
    target: Target
    at: datetime
    cycle: int = 1
    matter_id: MatterId | None = None
    rests: str = ""


@dataclass(frozen=True, slots=True)
class Moved:
    """What a move made of the clocks: those it changed, of these the newly breached, and by case all that last after it."""

    changed: tuple[Clock, ...]
    breached: tuple[Clock, ...]
    lasting: Mapping[CaseId, tuple[Clock, ...]]


def open_all(tx: Transaction, openings: Sequence[Opening], levels: ServiceLevels) -> tuple[Clock, ...]:
    """Start clocks in one statement, whatever their number, metrics and cases.

    Where such a clock is there already (case, metric and cycle), the database refuses the whole batch.
    """
    new, counted = [], []
    for o in openings:
        clock = clocks.start(ClockId(tx.new_id()), o.case_id, o.cycle, o.target, levels, o.at, matter_id=o.matter_id)
        seconds = 0.0
        if o.rests:
            calendar = levels.calendar(clock.calendar)
            clock = clocks.pause(clock, calendar, tx.now, o.rests)
            seconds = clocks.elapsed(clock, calendar, tx.now)
        new.append(clock)
        counted.append(seconds)
    insert_rows(tx.conn, _INSERT, NAMES, map(row_of, new, counted))
    return tuple(new)


def cycles(conn: Connection, case_ids: Collection[CaseId]) -> dict[tuple[CaseId, Metric], int]:
    """The last cycle of each case and metric that ever had a clock."""
    rows = read_rows(conn, _CYCLES, {"of_cases": list(case_ids)}) if case_ids else ()
    return {(case_id, metric): cycle for case_id, metric, cycle in rows}


def get(conn: Connection, clock_id: ClockId) -> Clock:
    """One clock; raises NotFound."""
    row = conn.execute(select(CLOCK).where(CLOCK.c.id == clock_id)).one_or_none()
    if row is None:
        raise NotFound("No such clock: the case it belonged to may have been erased.")
    return clock_of(row)


def running_for(conn: Connection, case_id: CaseId) -> tuple[Clock, ...]:
    """The case's clocks that nobody stopped yet (running, paused, or overdue), oldest first."""
    return _read(conn, _LASTING, {"of_case": case_id})


def lasting_of(tx: Transaction, case_ids: Collection[CaseId]) -> dict[CaseId, tuple[Clock, ...]]:
    """``running_for`` of many cases, their rows locked for the rest of the transaction; a case without clocks has ()."""
    return _by_case(case_ids, _locked(tx, list(case_ids)))


def for_cases(conn: Connection, case_ids: Collection[CaseId]) -> dict[CaseId, tuple[Clock, ...]]:
    """Every clock of each case, oldest first; a case without clocks has ()."""
    return _by_case(case_ids, map(_of_columns, read_rows(conn, _OF_CASES, {"of_cases": list(case_ids)})))


def of_other_levels(conn: Connection, version: str, after: str, limit: int) -> list[CaseId]:
    """Cases, in the order of their ids from ``after`` on, with a clock that lasts unbreached under other service levels than these."""
    rows = (
        select(CLOCK.c.case_id)
        .where(CLOCK.c.stopped_at.is_(None), CLOCK.c.breached_at.is_(None), CLOCK.c.levels_version != version, CLOCK.c.case_id > after)
        .distinct()
        .order_by(CLOCK.c.case_id)
        .limit(limit)
    )
    return [CaseId(row.case_id) for row in conn.execute(rows)]


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


def settle(tx: Transaction, holding: Mapping[CaseId, Mapping[Rest, str]], levels: ServiceLevels, why: str) -> Moved:
    """Pause and resume the cases' clocks, each metric as what holds for its case says; ``why`` goes with those that run again.

    They run on with the time they had left. A second time changes nothing.
    """
    return _move_all(tx, list(holding), levels, lambda c: settled(c, levels.calendar(c.calendar), holding[c.case_id], tx.now, why))


def stop(
    tx: Transaction,
    case_id: CaseId,
    levels: ServiceLevels,
    why: str = "answered",
    metrics: Collection[Metric] | None = None,
    matter_id: MatterId | None = None,
) -> Moved:
    """Stop the case's clocks for good, met or breached: all, or those of the metrics, and of these only the matter's if one is given."""

    def moved(clock: Clock) -> Clock:
        if (metrics is not None and clock.metric not in metrics) or (matter_id is not None and clock.matter_id != matter_id):
            return clock
        return clocks.stop(clock, levels.calendar(clock.calendar), tx.now, why)

    return _move_all(tx, [case_id], levels, moved)


def recompute(tx: Transaction, cases: Mapping[CaseId, Served], levels: ServiceLevels) -> Moved:
    """Give the cases' unbreached clocks the target that now holds for them, in two statements.

    Where none holds any more, a response clock keeps the one it has, because a file with a gap must not stop deadlines; any other ends.
    """

    def moved(clock: Clock) -> Clock:
        if clock.breached_at is not None:
            return clock
        target = target_for(levels, clock.metric, cases[clock.case_id])
        if target is not None:
            return clocks.retarget(clock, target, levels)
        calendar = levels.calendar(clock.calendar)
        return clock if clock.metric in RESPONSE_METRICS else clocks.stop(clock, calendar, tx.now, _DROPPED)

    return _move_all(tx, list(cases), levels, moved)


def _move_all(tx: Transaction, case_ids: Sequence[CaseId], levels: ServiceLevels, moved: Callable[[Clock], Clock]) -> Moved:
    changed, breached, written, lasting = [], [], [], []
    for before in _locked(tx, case_ids):
        after = moved(before)
        if after != before:
            counted = clocks.elapsed(after, levels.calendar(after.calendar), after.stopped_at or tx.now)
            written.append((*row_of(after, counted), after.id))
            changed.append(after)
            if after.breached_at is not None and before.breached_at is None:
                breached.append(after)
        if not after.stopped:
            lasting.append(after)
    insert_rows(tx.conn, _WRITE_BACK, _WRITE_BACK_NAMES, written, distinct=True)
    return Moved(tuple(changed), tuple(breached), _by_case(case_ids, lasting))


def _locked(tx: Transaction, case_ids: Sequence[CaseId]) -> Iterator[Clock]:
    for first in range(0, len(case_ids), _IN_ONE_QUERY):
        yield from map(_of_columns, read_rows(tx.conn, _LASTING_LOCKED, {"of_cases": case_ids[first : first + _IN_ONE_QUERY]}))


def _by_case(case_ids: Iterable[CaseId], found: Iterable[Clock]) -> dict[CaseId, tuple[Clock, ...]]:
    of_case: dict[CaseId, list[Clock]] = {case_id: [] for case_id in case_ids}
    for clock in found:
        of_case[clock.case_id].append(clock)
    return {case_id: tuple(some) for case_id, some in of_case.items()}


def _of_columns(row: Values) -> Clock:
    return clock_of(SimpleNamespace(**dict(zip(_COLUMNS, row, strict=True))))


def _read(conn: Connection, query: Select[Any], values: Mapping[str, Any] | None = None) -> tuple[Clock, ...]:
    return tuple(clock_of(row) for row in conn.execute(query, values))
