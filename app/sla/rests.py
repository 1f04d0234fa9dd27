"""Which pauses are credited to which clock. Pure: a clock and what its case waits for go in, the clock as it should stand comes out.

A clock counts while we are the ones who must act. What rests it, where several hold at once, is the first of ``RESTS``.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Final, Literal

from app.sla import clock as clocks
from app.sla.model import Calendar, Clock, Metric

Rest = Literal["snoozed", "legal", "community", "answer", "customer"]
RESTS: Final[tuple[Rest, ...]] = ("snoozed", "legal", "community", "answer", "customer")
WORDS: Final[dict[Rest, str]] = {
    "snoozed": "snoozed",
    "legal": "pending on legal",
    "community": "pending on the community",
    "answer": "an answer is on its way",
    "customer": "waiting on the customer",
}
_AWAY: Final[frozenset[Rest]] = frozenset({"snoozed", "legal", "community"})
RESTED_BY: Final[dict[Metric, frozenset[Rest]]] = {
    "first_touch": _AWAY,
    "first_response": _AWAY | {"answer"},
    "next_response": _AWAY | {"answer"},
    "move_to_private": _AWAY | {"answer", "customer"},
    "escalation_ack": frozenset(),
    "legal_answer": frozenset(),  # the others rest on it, so it rests on nothing
    "resolution": _AWAY | {"answer", "customer"},
}
"""What each metric's clock rests for. Closed hours are no pause: the calendar leaves them out."""


def rest_of(metric: Metric, holding: Mapping[Rest, str]) -> Rest | None:
    """What rests the metric's clock while these hold; None when it runs."""
    return next((rest for rest in RESTS if rest in holding and rest in RESTED_BY[metric]), None)


def settled(clock: Clock, calendar: Calendar, holding: Mapping[Rest, str], at: datetime, why: str) -> Clock:
    """The clock paused or running as it should while ``holding`` (each with its words) hold; ``why`` says why it may run again.

    A pause that goes on for another reason is two pauses, so that the arithmetic names both. A stopped clock is unchanged.
    """
    rest = rest_of(clock.metric, holding)
    if rest is None:
        return clocks.resume(clock, calendar, at, why)
    if clock.ticking:
        return clocks.pause(clock, calendar, at, holding[rest])
    return clocks.because(clock, at, holding[rest])
