"""The working copy tried on the mentions that came last: counts, and a list of before and after by case."""

from dataclasses import dataclass
from itertools import groupby
from typing import Final

from app.core.asker import Asker
from app.core.errors import NotFound
from app.core.ids import CaseId
from app.engine.ports import Ports
from app.judgement.examining import examine
from app.queries.rule_trial import Run, trial_of
from app.queries.rules import own_draft
from app.routing.backtest import Change, Report
from app.routing.fields import ARRIVAL, TRIGGERS

LASTS: Final = (100, 1_000, 10_000, 50_000)
"""How many of the newest mentions may be asked for."""


@dataclass(frozen=True, slots=True)
class TriedMoment:
    """One moment that would be decided otherwise: each outcome as (words, before, after). ``when`` is "" for the arrival of a mention."""

    excerpt: str
    when: str
    differences: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class TriedCase:
    """What would have been otherwise on one case, the newest moment first; ``case`` is "" for what belongs to none."""

    case: str
    moments: tuple[TriedMoment, ...]


@dataclass(frozen=True, slots=True)
class FireCount:
    """How often one rule fired, and would fire."""

    rule: str
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of a trial. ``listed`` is how many moments stand in ``cases``."""

    words: str
    total: int
    changed: int
    touched_cases: int
    by_field: tuple[tuple[str, int], ...]
    moves: tuple[tuple[str, str, int], ...]
    fires: tuple[FireCount, ...]
    cases: tuple[TriedCase, ...]
    listed: int
    left_out: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TrialPage:
    """The page. ``refused`` says why the copy cannot be tried; ``result`` is None until a trial ran; ``errors`` keep it from publishing."""

    last: int
    lasts: tuple[int, ...]
    refused: str
    errors: int
    result: Tried | None


@dataclass(frozen=True, slots=True)
class Begun:
    """A trial of the working copy that can be stepped through, or the reason why there is none; ``errors`` as in TrialPage."""

    run: Run | None
    refused: str
    errors: int


def begin_trial(ports: Ports, asker: Asker, last: int) -> Begun:
    """A trial of the asker's working copy against what is in force. NotFound without a copy."""
    asker.need("rules.edit")
    with ports.db.read() as conn:
        draft = own_draft(conn, asker)
        if draft is None:
            raise NotFound("You have no working copy of the rules to try: change a rule first.")
        verdict = examine(ports, conn, draft.text)
        if verdict.compiled is None:
            return Begun(None, str(verdict.errors[0]), len(verdict.errors))
        return Begun(trial_of(ports, conn, verdict.compiled, last), "", len(verdict.errors))


def trial_page(begun: Begun, last: int, *, ran: bool) -> TrialPage:
    """The page with what came of the trial, or, when it never ran, with the button that begins it."""
    result = tried(begun.run.report()) if begun.run is not None and ran else None
    return TrialPage(last, LASTS, begun.refused, begun.errors, result)


def tried(report: Report) -> Tried:
    """A report as the page shows it: rules that fire as often as before are left out, changes stand by case."""
    by_case: dict[CaseId, list[Change]] = {}
    for case, changes in groupby(report.changes, key=lambda change: change.case):
        by_case.setdefault(case, []).extend(changes)
    return Tried(
        words=report.words,
        total=report.total + report.moments,
        changed=report.changed + report.moments_changed,
        touched_cases=report.cases,
        by_field=tuple((_words(field), n) for field, n in report.by_field),
        moves=report.moves,
        fires=tuple(FireCount(*one) for one in report.fires if one[1] != one[2]),
        cases=tuple(TriedCase(case, tuple(_moment(change) for change in changes)) for case, changes in by_case.items()),
        listed=len(report.changes),
        left_out=report.left_out,
    )


_OUTCOMES: Final = {
    "assign": "given to",
    "floor": "priority at least",
    "escalate": "escalated to",
    "notify": "told to",
    "no_response_needed": "no answer needed",
    "snooze_minutes": "sleeps, minutes",
    "approval": "approval by",
    "untag": "tags removed",
    "term": "points of priority",
    "close": "closed as",
    "community_minutes": "waits for the community, minutes",
    "start_timers": "timer started",
    "stop_timers": "timer stopped",
    "webhooks": "webhook",
    "reply_with": "answered with",
}


def _words(field: str) -> str:
    return _OUTCOMES.get(field, field)


def _moment(change: Change) -> TriedMoment:
    when = "" if change.trigger == ARRIVAL else TRIGGERS.get(change.trigger, change.trigger)
    return TriedMoment(change.excerpt, when, tuple((_words(one.field), one.before, one.after) for one in change.differences))
