"""Which of a case's clocks its row shows. Pure.

The nearest deadline, the longest missed first. But a missed resolution gives way to a promise that can still be kept: it would
hide every answer that falls due while the case is open.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from app.core.records import quick
from app.sla.model import METRICS, Metric

_ORDER: Final = {metric: place for place, metric in enumerate(METRICS)}
"""Of clocks that all rest since the same moment the first is shown, in whatever order they were read."""


class Lasting(Protocol):
    """What is looked at of a clock that nobody stopped yet."""

    @property
    def metric(self) -> Metric: ...
    @property
    def state(self) -> str: ...
    @property
    def started_at(self) -> datetime: ...
    @property
    def due_at(self) -> datetime | None: ...
    @property
    def warned_at(self) -> datetime | None: ...


@quick
@dataclass(frozen=True, slots=True)
class Shown:
    """A case's nearest deadline as its row has it; all None where no clock lasts. ``state`` is running, warned, paused or breached."""

    due_at: datetime | None = None
    metric: Metric | None = None
    state: str | None = None


NOTHING: Final = Shown()


def shown(lasting: Iterable[Lasting]) -> Shown:
    """What the row shows of the clocks that last."""
    clock = min(lasting, key=_place, default=None)
    if clock is None:
        return NOTHING
    return Shown(clock.due_at, clock.metric, "warned" if clock.state == "running" and clock.warned_at is not None else clock.state)


def nearer(a: Shown, b: Shown) -> Shown:
    """Of two that were shown each for itself, the one to show; neither may be of a missed resolution."""
    return min(a, b, key=_due)


def _due(one: Shown) -> tuple[bool, bool, float]:
    return one.metric is None, one.due_at is None, one.due_at.timestamp() if one.due_at else 0.0


def _place(clock: Lasting) -> tuple[bool, bool, datetime, datetime, int]:
    given_way = clock.metric == "resolution" and clock.state == "breached"
    return given_way, clock.due_at is None, clock.due_at or clock.started_at, clock.started_at, _ORDER[clock.metric]
