"""The score: terms that add up to it whatever the facts, in words an agent can read, and in the order common sense asks."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.facts import RISK_CLASSES, Facts
from app.priority import score, weights
from app.priority.model import Floor, Override
from app.priority.weights import Weights
from tests.conftest import ROOT

WEIGHTS = weights.load(ROOT / "routing_rules" / "priority.yaml")
STRENGTH = st.floats(0, 1)
ANY_FACTS = st.builds(
    Facts,
    language=st.sampled_from(["en", "fa", "und", "xx"]),
    sentiment=st.none() | st.floats(-1, 1),
    urgency=STRENGTH,
    problem=STRENGTH,
    complaint=STRENGTH,
    praise=STRENGTH,
    risk=st.lists(st.sampled_from([*RISK_CLASSES, "unheard of"]), unique=True, max_size=6).map(tuple),
    intent=st.sampled_from(["question", "complaint", "praise", "chat"]),
    wants_answer=st.booleans(),
    customer_known=st.booleans(),
    tier=st.sampled_from([None, "platinum", "gold", "silver", "standard", "odd"]),
    value=st.none() | st.floats(-1e3, 1e6),
    reach=st.none() | st.integers(0, 10**9),
    cluster_size=st.integers(0, 10**6),
)
STRANDED = Facts(
    language="en",
    sentiment=-0.86,
    problem=0.95,
    urgency=0.9,
    complaint=0.4,
    intent="complaint",
    wants_answer=True,
    customer_known=True,
    tier="standard",
)


@given(ANY_FACTS, st.none() | st.integers(-10, 110), st.none() | st.integers(-10, 110))
def test_the_terms_sum_to_the_score(facts: Facts, floor: int | None, override: int | None) -> None:
    found = score.of(
        facts,
        WEIGHTS,
        floor=None if floor is None else Floor(floor, "raised by rule vip"),
        override=None if override is None else Override(override, "set by Ana"),
    )
    assert sum(term.points for term in found.terms) == found.score
    assert 0 <= found.score <= 100
    assert found.band == WEIGHTS.bands.of(found.score)
    assert all(term.why for term in found.terms)


@given(ANY_FACTS)
def test_each_term_is_within_a_point_of_its_exact_value(facts: Facts) -> None:
    found = score.of(facts, WEIGHTS)
    for term in found.terms:
        if term.term == "problem":
            assert abs(term.points - WEIGHTS.problem * facts.problem) <= 1


@pytest.mark.parametrize(
    ("higher", "lower"),
    [
        (STRANDED, replace(STRANDED, problem=0.0)),
        (STRANDED, replace(STRANDED, urgency=0.0)),
        (STRANDED, replace(STRANDED, sentiment=0.5)),
        (replace(STRANDED, tier="gold"), STRANDED),
        (replace(STRANDED, tier="platinum"), replace(STRANDED, tier="gold")),
        (replace(STRANDED, reach=50_000), STRANDED),
        (replace(STRANDED, risk=("safety",)), STRANDED),
        (replace(STRANDED, cluster_size=40), STRANDED),
        (STRANDED, Facts(language="en", sentiment=0.8, praise=0.9, intent="praise", customer_known=True, tier="platinum")),
        (Facts(language="en", sentiment=0.0, risk=("legal",), intent="complaint"), Facts(language="en", sentiment=0.0, intent="question")),
    ],
)
def test_what_matters_more_scores_higher(higher: Facts, lower: Facts) -> None:
    assert score.of(higher, WEIGHTS).score > score.of(lower, WEIGHTS).score


def test_stranded_is_high_for_anybody_and_urgent_for_gold() -> None:
    assert score.of(replace(STRANDED, customer_known=False, tier=None), WEIGHTS).band in ("high", "urgent")
    assert score.of(replace(STRANDED, tier="gold"), WEIGHTS).band == "urgent"


@pytest.mark.parametrize(
    ("facts", "term", "why"),
    [
        (STRANDED, "sentiment", "very negative (-0.86)"),
        (replace(STRANDED, sentiment=0.0), "sentiment", "neutral (+0.00)"),
        (Facts(language="fa"), "sentiment", "not scored (Persian)"),
        (Facts(), "sentiment", "not scored (language unclear)"),
        (Facts(language="xx"), "sentiment", "not scored (xx)"),
        (Facts(), "customer", "unknown customer"),
        (Facts(customer_known=True), "customer", "customer without a tier"),
        (Facts(customer_known=True, value=2_000), "customer", "gold customer"),
        (replace(STRANDED, reach=12_400), "reach", "12,400 followers"),
        (Facts(reach=12_400), "reach", "12,400 followers, nothing wrong"),
        (Facts(risk=("legal", "safety")), "risk", "safety and legal risk"),
        (Facts(cluster_size=1_200), "cluster", "1,200 say the same"),
        (STRANDED, "problem", "the service failed (clear words)"),
    ],
)
def test_why_in_words(shipped: Weights, facts: Facts, term: str, why: str) -> None:
    assert [t.why for t in score.of(facts, shipped).terms if t.term == term] == [why]


def test_the_ends_of_the_scale_are_said() -> None:
    most = replace(STRANDED, tier="platinum", risk=("safety", "legal"), reach=10**8, cluster_size=100)
    found = score.of(most, WEIGHTS)
    assert found.score == 100
    assert found.terms[-1].term == "limit"
    assert found.terms[-1].points < 0


def test_floor_and_override() -> None:
    chat = Facts(language="en", sentiment=0.0)
    raised = score.of(chat, WEIGHTS, floor=Floor(80, "raised to 80 by rule legal"))
    assert (raised.score, raised.band, raised.terms[-1].why) == (80, "urgent", "raised to 80 by rule legal")
    assert raised.computed < 80
    assert score.of(STRANDED, WEIGHTS, floor=Floor(5, "no effect")).score == score.of(STRANDED, WEIGHTS).score
    lowered = score.of(chat, WEIGHTS, floor=Floor(80, "rule"), override=Override(10, "lowered by Ana"))
    assert (lowered.score, lowered.band) == (10, "low")
    assert lowered.as_json()["override"] == {"score": 10, "why": "lowered by Ana", "until": None}
