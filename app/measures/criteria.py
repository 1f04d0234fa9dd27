"""The three criteria of the final stage, each judged from counted figures against a stated goal.

Too little data is a state of its own and never a pass; nor does a share pass because what would spoil it was left out
(a case that is overdue and still unanswered counts against the share answered in time).
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

from app.measures import percentiles
from app.measures.model import Response

CriterionId = Literal["engagement_model", "social_data", "real_time"]
CriterionState = Literal["passed", "failed", "not_enough_data"]
BAND_ORDER: Final = ("urgent", "high", "normal", "low")


class Figure(NamedTuple):
    """One number of a criterion. ``unit`` is share (0..1), seconds, count, ratio or version; None means not known yet."""

    name: str
    value: float | int | str | None
    unit: str


@dataclass(frozen=True, slots=True)
class Goals:
    """What the desk sets out to reach, and how much it must have seen before it may say so."""

    decided_share: float = 0.99
    policy_share: float = 0.99
    matched_share: float = 0.50
    fresh_share: float = 0.80
    fresh_days: int = 30
    within_share: float = 0.90
    min_mentions: int = 20
    min_answers: int = 20
    min_authors: int = 20
    min_band_answers: int = 5  # a band with fewer answers shows its p90 and is not judged by it


@dataclass(frozen=True, slots=True)
class Counts:
    """What was counted in the window.

    ``authors`` are distinct authors of its mentions, ``authors_matched`` those with a customer record known in the CRM;
    ``profiles`` are their records, ``profiles_fresh`` those updated within ``Goals.fresh_days``. ``responses`` are first
    responses given in the window, ``overdue`` the first-response clocks breached in it that nobody has answered yet.
    """

    mentions: int
    decided_by_rules: int
    rules_version: str | None
    policies: int
    answered: int
    answered_under_policy: int
    authors: int
    authors_matched: int
    profiles: int
    profiles_fresh: int
    responses: tuple[Response, ...]
    overdue: int


@dataclass(frozen=True, slots=True)
class Criterion:
    """One criterion with its word, its numbers, its goal in words and the page of the cases behind it."""

    id: CriterionId
    title: str
    state: CriterionState
    passed: bool
    headline: str
    figures: tuple[Figure, ...]
    goal: str
    link: str


def engagement_model(counts: Counts, goals: Goals) -> Criterion:
    """Every mention goes through the rules, every answer through a policy's checklist."""
    decided, policed = _share(counts.decided_by_rules, counts.mentions), _share(counts.answered_under_policy, counts.answered)
    in_force = bool(counts.rules_version) and counts.policies > 0
    enough = counts.mentions >= goals.min_mentions and counts.answered >= goals.min_answers
    good = in_force and _reaches(decided, goals.decided_share) and _reaches(policed, goals.policy_share)
    if not in_force:
        headline = "No rule set is active" if not counts.rules_version else "No policy is active"
    elif not enough:
        headline = _wanting((counts.mentions, goals.min_mentions, "mentions"), (counts.answered, goals.min_answers, "answers"))
    else:
        headline = f"{_percent(decided)} of mentions decided by rules, {_percent(policed)} of answers under a policy"
    return _criterion(
        "engagement_model",
        "Strategic engagement model in force",
        # Without rules or a policy the answer is known however little was seen.
        "failed" if not in_force else _state(enough, good),
        headline,
        (
            Figure("Mentions decided by rules", decided, "share"),
            Figure("Answers sent under a policy's checklist", policed, "share"),
            Figure("Mentions", counts.mentions, "count"),
            Figure("Answers", counts.answered, "count"),
            Figure("Active rule version", counts.rules_version, "version"),
            Figure("Active policies", counts.policies, "count"),
        ),
        f"At least {_percent(goals.decided_share)} of mentions decided by the active rules and at least {_percent(goals.policy_share)} of "
        "answers sent under a policy whose checklist was complete.",
        "/reports?evidence=engagement_model",
    )


def social_data(counts: Counts, goals: Goals) -> Criterion:
    """Who speaks is known in the CRM, and what is known of them is fresh."""
    matched, fresh = _share(counts.authors_matched, counts.authors), _share(counts.profiles_fresh, counts.profiles)
    enough = counts.authors >= goals.min_authors
    good = _reaches(matched, goals.matched_share) and _reaches(fresh, goals.fresh_share)
    headline = (
        f"{_percent(matched)} of authors known in the CRM, {_percent(fresh)} of their profiles fresh"
        if enough
        else _wanting((counts.authors, goals.min_authors, "authors"))
    )
    return _criterion(
        "social_data",
        "Customers' social data in the CRM",
        _state(enough, good),
        headline,
        (
            Figure("Authors matched to a customer", matched, "share"),
            Figure(f"Profiles updated within {goals.fresh_days} days", fresh, "share"),
            Figure("Authors", counts.authors, "count"),
            Figure("Matched authors", counts.authors_matched, "count"),
            Figure("Profiles", counts.profiles, "count"),
        ),
        f"At least {_percent(goals.matched_share)} of authors matched to a customer record known in the CRM and at least "
        f"{_percent(goals.fresh_share)} of those profiles updated within {goals.fresh_days} days.",
        "/reports?evidence=social_data",
    )


def real_time(counts: Counts, goals: Goals) -> Criterion:
    """Answers come within target, and in no band does the slowest tenth take longer than its target allows."""
    due = len(counts.responses) + counts.overdue
    within = _share(sum(r.within for r in counts.responses), due)
    enough = due >= goals.min_answers
    bands = _by_band(counts.responses)
    slow = [band for band, rows in bands if len(rows) >= goals.min_band_answers and _p90_of_target(rows) > 1]
    good = _reaches(within, goals.within_share) and not slow
    headline = f"{_percent(within)} answered within target" if enough else _wanting((due, goals.min_answers, "answers due"))
    if enough and slow:
        headline += f", but the slowest tenth of {' and '.join(slow)} takes longer than its target"
    figures = [
        Figure("Within target, of all due", within, "share"),
        Figure("First response on its clock, p90", percentiles.of(r.clock_seconds for r in counts.responses).p90, "seconds"),
        Figure("Answered", len(counts.responses), "count"),
        Figure("Overdue and not answered", counts.overdue, "count"),
    ]
    for band, rows in bands:
        figures.append(Figure(f"First response, p90, {band}", percentiles.of(r.clock_seconds for r in rows).p90, "seconds"))
        figures.append(Figure(f"p90 as a share of its target, {band}", _p90_of_target(rows), "ratio"))
    return _criterion(
        "real_time",
        "Real-time response",
        _state(enough, good),
        headline,
        tuple(figures),
        f"At least {_percent(goals.within_share)} of first responses due in the window given within target, and in "
        "every band the p90 first response not above its target.",
        "/reports?evidence=real_time",
    )


def _by_band(responses: Iterable[Response]) -> list[tuple[str, list[Response]]]:
    groups: dict[str, list[Response]] = defaultdict(list)
    for response in responses:
        groups[response.band].append(response)
    known = [band for band in BAND_ORDER if band in groups]
    return [(band, groups[band]) for band in [*known, *sorted(groups.keys() - set(known))]]


def _p90_of_target(rows: list[Response]) -> float:
    # Each answer against its own target, because tiers and networks of one band may have different ones.
    return percentiles.at(sorted(r.clock_seconds / r.target_seconds for r in rows), 0.9)


def _criterion(
    id: CriterionId, title: str, state: CriterionState, headline: str, figures: tuple[Figure, ...], goal: str, link: str
) -> Criterion:
    return Criterion(id, title, state, state == "passed", headline, figures, goal, link)


def _state(enough: bool, good: bool) -> CriterionState:
    if not enough:
        return "not_enough_data"
    return "passed" if good else "failed"


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _reaches(share: float | None, goal: float) -> bool:
    return share is not None and share >= goal


def _percent(share: float | None) -> str:
    """Rounded down to a tenth, so that 98.96 % never reads as a goal of 99 % reached."""
    return "none" if share is None else f"{int(share * 1000 + 1e-9) / 10:g} %"


def _wanting(*needs: tuple[int, int, str]) -> str:
    short = [f"{have} of {need} {what}" for have, need, what in needs if have < need]
    return f"Not enough data yet: {' and '.join(short)}"
