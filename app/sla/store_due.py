"""Clocks whose timer is due, in the database: marked as warned or breached, many in three statements, each once ever."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import bindparam, select, update

from app.core.ids import CaseId, ClockId
from app.engine.among import among
from app.engine.bulk import insert_rows, read_rows
from app.engine.database import Transaction
from app.sla.model import Metric
from app.sla.tables import CLOCK

_DUE_OF: Final = select(
    CLOCK.c.id, CLOCK.c.case_id, CLOCK.c.metric, CLOCK.c.target_seconds, CLOCK.c.state, CLOCK.c.warned_at, CLOCK.c.warn_at, CLOCK.c.due_at
).where(among(CLOCK.c.id, "clocks"))
_WARNED: Final = update(CLOCK).where(among(CLOCK.c.id, "clocks")).values(warned_at=bindparam("moment"))
_BREACHED: Final = update(CLOCK).where(among(CLOCK.c.id, "clocks")).values(state="breached", breached_at=CLOCK.c.due_at)


@dataclass(frozen=True, slots=True)
class DueClock:
    """What a clock's timer needs to know of it."""

    id: ClockId
    case_id: CaseId
    metric: Metric
    target_seconds: int
    state: str
    warned_at: datetime | None
    warn_at: datetime | None
    due_at: datetime | None

    def is_due(self, now: datetime, *, warning: bool) -> bool:
        """Whether it runs, and the moment of its warning or of its breach has come for the first time."""
        at = (None if self.warned_at else self.warn_at) if warning else self.due_at
        return self.state == "running" and at is not None and at <= now


def mark_due(tx: Transaction, warn: Sequence[str], breach: Sequence[str]) -> dict[ClockId, DueClock]:
    """Note that the warnings of these clocks went out, and record the breaches of those, dated to when they were due.

    For whoever holds their cases. Returns the clocks that ran and were due for it: of two who come, one gets them.
    """
    warning = frozenset(warn)
    found = [DueClock(*row) for row in read_rows(tx.conn, _DUE_OF, {"clocks": [*warn, *breach]})]
    due = {clock.id: clock for clock in found if clock.is_due(tx.now, warning=clock.id in warning)}
    warned, breached = [id for id in due if id in warning], [id for id in due if id not in warning]
    if warned:
        insert_rows(tx.conn, _WARNED, ("clocks", "moment"), [(warned, tx.now)])
    if breached:
        insert_rows(tx.conn, _BREACHED, ("clocks",), [(breached,)])
    return due
