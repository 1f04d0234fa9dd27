"""Facts of a case and its score: the one place where rows of several domains become what the judges see."""

from datetime import datetime
from functools import lru_cache
from typing import Any, Final

from app.analysis.model import Judgement
from app.cases.model import Case
from app.core.facts import Facts
from app.core.records import with_values
from app.customers.model import CustomerRecord
from app.judgement.desk import Desk
from app.priority import order, score
from app.priority.model import Floor, Override, Score
from app.sla.calendar import elapsed, is_open

_EXCERPT_LENGTH: Final = 280
_RELIEF: Final = 0.8  # how sure praise must be, and how sure that nothing is wrong
_SIGNALS: Final = ("problem", "complaint", "praise", "urgency")


def gathered(before: dict[str, float] | None, judgement: Judgement) -> dict[str, float]:
    """The strongest of each signal since our last answer: five angry posts are one angry case, whatever the fifth says.

    Only plain relief ("found it, thank you!") ends what was gathered: praise, nothing wrong in it, and nothing asked.
    """
    now = {name: getattr(judgement, name) for name in _SIGNALS}
    wrong = max(judgement.problem, judgement.complaint, 1.0 if judgement.risk or judgement.wants_answer else 0.0)
    if before is None or (judgement.intent == "praise" and judgement.praise >= _RELIEF and wrong < 1 - _RELIEF):
        return now
    return {name: max(now[name], before.get(name, 0.0)) for name in _SIGNALS}


def excerpt(text: str) -> str:
    """The beginning of a text on one line."""
    line = " ".join(text[: _EXCERPT_LENGTH * 2].split())
    return line if len(line) <= _EXCERPT_LENGTH else line[: _EXCERPT_LENGTH - 1] + "…"


def facts_of(
    case: Case, customer: CustomerRecord | None, desk: Desk, now: datetime, *,
    trigger: str, actor: str, text: str, kind: str, has_media: bool, thread_size: int, open_now: bool | None = None,
) -> Facts:  # fmt: skip
    """The snapshot of a case that all rules of one event see. ``open_now`` is ``in_business_hours`` where that was asked for many."""
    known = customer is not None and customer.known
    signals = case.signals
    return Facts(
        trigger=trigger,
        text=text,
        language=case.language,
        network=case.network,
        instance=case.instance,
        account=case.account,
        visibility=case.visibility,
        kind=kind,
        intent=case.intent,
        wants_answer=case.wants_answer,
        sentiment=case.sentiment,
        urgency=signals.get("urgency", 0.0),
        problem=signals.get("problem", 0.0),
        complaint=signals.get("complaint", 0.0),
        praise=signals.get("praise", 0.0),
        risk=tuple(case.risk),
        has_media=has_media,
        handle=case.author_handle,
        reach=case.reach,
        verified=case.verified,
        author_class=customer.author_class if customer else "consumer",
        customer_known=known,
        tier=case.tier,
        value=case.value,
        currency=customer.currency if customer else "",
        tenure_days=customer.tenure_days(now) if customer else None,
        segments=customer.segments if customer else (),
        custom=dict(customer.custom) if customer else {},
        consent=customer.consent if customer else None,
        cluster_size=case.cluster_size,
        thread_size=thread_size,
        case_mentions=case.mention_count,
        case_replies=case.reply_count,
        business_hours=in_business_hours(desk, now) if open_now is None else open_now,
        actor=actor,
        waiting_business_minutes=waited_in_business(case, desk, now) if "waiting_business_minutes" in desk.rules.fields else 0.0,
        **moving(case, now),
    )


def moving(case: Case, now: datetime) -> dict[str, Any]:
    """The facts that change as the case does, for a stored snapshot to be brought up to date."""
    return {
        "queue": case.queue,
        "assignee": case.assignee_name or "",
        "tags": tuple(case.tags),
        "state": case.state,
        "hold": case.hold,
        "score": case.score,
        "band": case.band,
        "waiting_minutes": (now - case.waiting_since).total_seconds() / 60 if case.waiting_since else 0.0,
        "minutes_to_due": (case.due_at - now).total_seconds() / 60 if case.due_at else None,
        "clock": case.due_metric or "",
        "disposition": case.disposition,
        "case_age_minutes": (now - case.opened_at).total_seconds() / 60,
        "since_reply_minutes": (now - case.last_reply_at).total_seconds() / 60 if case.last_reply_at else None,
    }


def in_business_hours(desk: Desk, now: datetime) -> bool:
    """Whether the first business calendar is open now; true where none is defined."""
    return all(_is_open(calendar, now) for calendar in desk.levels.calendars[:1])


def waited_in_business(case: Case, desk: Desk, now: datetime) -> float:
    """The case's wait in minutes of the first business calendar; wall time where none is defined."""
    if case.waiting_since is None:
        return 0.0
    spans = [elapsed(calendar, case.waiting_since, now) for calendar in desk.levels.calendars[:1]]
    return (spans[0] if spans else (now - case.waiting_since).total_seconds()) / 60


_is_open = lru_cache(maxsize=16)(is_open)  # a whole batch asks for one moment


def scored(case: Case, facts: Facts, desk: Desk, now: datetime) -> tuple[Case, Score]:
    """The case with its score, terms, band and place in the inbox as the facts, its floor and a hand override have them now."""
    lapsed = case.override_until is not None and case.override_until <= now
    if lapsed:
        case = with_values(case, override_score=None, override_by=None, override_reason=None, override_until=None)
    override = None
    if case.override_score is not None:
        override = Override(
            case.override_score, f"set by {case.override_by}: {case.override_reason or 'no reason given'}", case.override_until
        )
    floor = Floor(case.floor, f"a rule keeps it at {case.floor} or above") if case.floor else None
    result = score.of(facts, desk.weights, by_rules=case.rule_term or 0, floor=floor, override=override)
    terms = [{"term": t.term, "points": t.points, "why": t.why} for t in result.terms]
    place = order.rank_at(case.waiting_since or case.opened_at, result.score, desk.weights)
    return with_values(case, score=result.score, band=result.band, terms=terms, rank_at=place), result
