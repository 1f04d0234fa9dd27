"""Clocks whose timer is due, in the database: marked as warned or breached, many in three statements, each once ever."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import bindparam, select, update

from app.core.ids import CaseId, ClockId
from app.core.records import quick, with_values
from app.engine.among import among
from app.engine.bulk import insert_rows, read_rows
from app.engine.database import Transaction
from app.sla.model import Metric
from app.sla.nearest import Shown, shown
from app.sla.tables import CLOCK

# Every clock that lasts on their cases, because a mark may change which of them the case's row shows.
_LASTING: Final = select(
    CLOCK.c.id, CLOCK.c.case_id, CLOCK.c.metric, CLOCK.c.target_seconds, CLOCK.c.state, CLOCK.c.started_at, CLOCK.c.warned_at,
    CLOCK.c.warn_at, CLOCK.c.due_at,
).where(CLOCK.c.stopped_at.is_(None), among(CLOCK.c.case_id, "cases"))  # fmt: skip
_WARNED: Final = update(CLOCK).where(among(CLOCK.c.id, "clocks")).values(warned_at=bindparam("moment"))
_BREACHED: Final = update(CLOCK).where(among(CLOCK.c.id, "clocks")).values(state="breached", breached_at=CLOCK.c.due_at)


@quick
@dataclass(frozen=True, slots=True)
class DueClock:
    """What a clock's timer needs to know of it."""

    id: ClockId
    case_id: CaseId
    metric: Metric
    target_seconds: int
    state: str
    started_at: datetime
    warned_at: datetime | None
    warn_at: datetime | None
    due_at: datetime | None

    def is_due(self, now: datetime, *, warning: bool) -> bool:
        """Whether it runs, and the moment of its warning or of its breach has come for the first time."""
        at = (None if self.warned_at else self.warn_at) if warning else self.due_at
        return self.state == "running" and at is not None and at <= now


@dataclass(frozen=True, slots=True)
class Due:
    """What was marked, and by case what its row has to show now."""

    clocks: dict[str, DueClock]
    rows: dict[CaseId, Shown]


def mark_due(tx: Transaction, cases: Collection[str], warn: Sequence[str], breach: Sequence[str]) -> Due:
    """Note that the warnings of these clocks went out, and record the breaches of those, dated to when they were due.

    For whoever holds their ``cases``. Marked are the clocks that ran and were due for it: of two who come, one gets them.
    """
    warning, asked = frozenset(warn), frozenset([*warn, *breach])
    marked: dict[str, DueClock] = {}
    of_case: dict[CaseId, list[DueClock]] = defaultdict(list)
    for row in read_rows(tx.conn, _LASTING, {"cases": list(cases)}):
        clock = DueClock(*row)
        if clock.id in asked and clock.is_due(tx.now, warning=clock.id in warning):
            clock = with_values(clock, warned_at=tx.now) if clock.id in warning else with_values(clock, state="breached")
            marked[clock.id] = clock
        of_case[clock.case_id].append(clock)
    if warned := [id for id in marked if id in warning]:
        insert_rows(tx.conn, _WARNED, ("clocks", "moment"), [(warned, tx.now)])
    if breached := [id for id in marked if id not in warning]:
        insert_rows(tx.conn, _BREACHED, ("clocks",), [(breached,)])
    return Due(marked, {clock.case_id: shown(of_case[clock.case_id]) for clock in marked.values()})
