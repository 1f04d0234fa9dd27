"""Which clocks a case needs as it stands, and under which targets. Pure: what lasts goes in, what is to be started comes out."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Final

from app.cases.model import Case
from app.core.ids import CaseId
from app.sla.levels import target_for
from app.sla.model import RESPONSE_METRICS, Metric, ResponseMetric, Served, ServiceLevels
from app.sla.rests import Rest, rest_of
from app.sla.store import Opening

PRIVATE_TAG: Final = "move-to-private"
"""The tag, put on by a person or a rule, that says: this talk belongs into private messages."""
_OURS: Final = ("open", "pending")
Wants = list[tuple[Metric, datetime]]


def metric_of(case: Case) -> ResponseMetric:
    """Which answer the customer waits for."""
    return "first_response" if case.reply_count == 0 else "next_response"


def served(case: Case) -> Served:
    """What decides which targets hold for the case."""
    return Served(case.band, case.tier, case.network, tuple(case.risk), PRIVATE_TAG in case.tags and case.visibility != "direct")


def wants(case: Case, lasting: Collection[Metric], last: Mapping[tuple[CaseId, Metric], int], now: datetime, *, anew: bool) -> Wants:
    """The metrics that need a clock and have none, and from when. ``anew``: with this the case begins, or begins once more."""
    if case.state == "done":
        return []
    found: Wants = []
    since = case.waiting_since if case.state in _OURS else None
    begun = case.waiting_since or now
    if since is not None:
        if (anew or not (last.get((case.id, "first_touch")) or case.assignee_id or case.reply_count)) and "first_touch" not in lasting:
            found.append(("first_touch", begun if anew else now))
        if not any(metric in lasting for metric in RESPONSE_METRICS):
            found.append((metric_of(case), since))
    if "resolution" not in lasting:
        found.append(("resolution", begun if anew else now))
    if served(case).private and "move_to_private" not in lasting and (anew or not last.get((case.id, "move_to_private"))):
        found.append(("move_to_private", now))
    return found


def openings_of(
    case: Case, wanted: Wants, last: Mapping[tuple[CaseId, Metric], int], holding: Mapping[Rest, str], levels: ServiceLevels
) -> list[Opening]:
    """What to start for these, where a target holds: in the cycle after the ``last``, paused where what is ``holding`` rests it."""
    about = served(case)
    found = []
    for metric, at in wanted:
        target = target_for(levels, metric, about)
        if target is not None:
            rest = rest_of(metric, holding) if holding else None
            cycle = last.get((case.id, metric), 0) + 1
            found.append(Opening(case.id, target, at, cycle, rests=holding[rest] if rest else ""))
    return found
