"""The scorecard: what passes, what fails, what cannot be said yet."""

from dataclasses import replace
from datetime import timedelta

import pytest

from app.measures import criteria, stage
from app.measures.criteria import Counts, Criterion, Goals
from app.measures.stage import Standing
from tests.measures.answers import NOON, answer

GOOD = Counts(
    mentions=1000,
    decided_by_rules=1000,
    rules_version="12",
    policies=3,
    answered=400,
    answered_under_policy=398,
    authors=500,
    authors_matched=300,
    profiles=300,
    profiles_fresh=290,
    responses=tuple(answer(60 + n) for n in range(100)),
    overdue=2,
)
STANDING = Standing(channels=3, linked=900, targets_by_tier=True, tiered=1000, tiered_linked=700)
SLOW = (*(answer(60, band="normal") for _ in range(97)), *(answer(2000) for _ in range(6)))
Case = tuple[dict[str, object], str]


def judged(which: str, counts: Counts) -> Criterion:
    criterion: Criterion = getattr(criteria, which)(counts, Goals())
    assert criterion.passed == (criterion.state == "passed")
    assert criterion.link.startswith("/")
    assert criterion.headline
    assert criterion.goal.endswith(".")
    return criterion


@pytest.mark.parametrize(
    ("which", "changed", "state"),
    [
        ("engagement_model", {}, "passed"),
        ("engagement_model", {"decided_by_rules": 990}, "passed"),
        ("engagement_model", {"decided_by_rules": 989}, "failed"),
        ("engagement_model", {"answered_under_policy": 395}, "failed"),
        ("engagement_model", {"rules_version": None}, "failed"),
        ("engagement_model", {"policies": 0}, "failed"),
        ("engagement_model", {"mentions": 19, "decided_by_rules": 19}, "not_enough_data"),
        ("engagement_model", {"answered": 0, "answered_under_policy": 0}, "not_enough_data"),
        ("social_data", {}, "passed"),
        ("social_data", {"authors_matched": 249}, "failed"),
        ("social_data", {"profiles_fresh": 239}, "failed"),
        ("social_data", {"profiles": 0, "profiles_fresh": 0}, "failed"),
        ("social_data", {"authors": 19, "authors_matched": 19}, "not_enough_data"),
        ("real_time", {}, "passed"),
        ("real_time", {"overdue": 12}, "failed"),  # what nobody answered counts too
        ("real_time", {"responses": (), "overdue": 30}, "failed"),
        ("real_time", {"responses": (), "overdue": 0}, "not_enough_data"),
        ("real_time", {"responses": SLOW, "overdue": 0}, "failed"),  # 94 % in time, but every urgent one late
    ],
)
def test_criteria(which: str, changed: dict[str, object], state: str) -> None:
    assert judged(which, replace(GOOD, **changed)).state == state  # type: ignore[arg-type]  # the table mixes the fields' types


def test_an_empty_desk_claims_nothing() -> None:
    empty = Counts(0, 0, "1", 1, 0, 0, 0, 0, 0, 0, (), 0)
    card = stage.scorecard(empty, Standing(0, 0, False, 0, 0), NOON - timedelta(days=7), NOON)
    assert [c.state for c in card.criteria] == ["not_enough_data"] * 3
    assert (card.stage, card.name) == (0, None)
    assert "Not enough data yet: 0 of 20 mentions and 0 of 20 answers" in card.criteria[0].headline
    assert all(figure.value is None for c in card.criteria for figure in c.figures if figure.unit == "share")


def test_the_headline_names_the_slow_band_and_never_rounds_up() -> None:
    assert "slowest tenth of urgent" in judged("real_time", replace(GOOD, responses=SLOW, overdue=0)).headline
    almost = replace(GOOD, mentions=100_000, decided_by_rules=98_999)
    assert "98.9 % of mentions" in judged("engagement_model", almost).headline


@pytest.mark.parametrize(
    ("counts", "standing", "reached", "wanted"),
    [
        (GOOD, STANDING, 4, "The final stage is reached."),
        (replace(GOOD, overdue=50), STANDING, 3, "For stage 4, final: Real-time response."),
        (GOOD, replace(STANDING, tiered_linked=100), 2, "50% of customers with a tier"),
        (replace(GOOD, policies=0), STANDING, 1, "a policy is active"),
        (GOOD, replace(STANDING, channels=0), 0, "a channel is connected"),
    ],
)
def test_a_stage_counts_only_on_those_before_it(counts: Counts, standing: Standing, reached: int, wanted: str) -> None:
    card = stage.scorecard(counts, standing, NOON - timedelta(days=7), NOON)
    assert card.stage == reached
    assert card.name == (stage.STAGES[reached - 1] if reached else None)
    assert wanted in card.next
    assert [step.reached for step in card.steps] == [number <= reached for number in range(1, 5)]
