"""The queue key: earlier and more pressing first, old work rises, and one sentence says what would move it."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.facts import Facts
from app.priority import order, score
from app.priority.weights import Weights

AT = datetime(2026, 2, 24, 12, 0, tzinfo=UTC)


def test_more_pressing_first_and_at_the_same_score_older_first(shipped: Weights) -> None:
    assert order.rank_at(AT, 80, shipped) < order.rank_at(AT, 79, shipped)
    assert order.rank_at(AT, 50, shipped) < order.rank_at(AT + timedelta(milliseconds=1), 50, shipped)


def test_a_hundred_waits_for_nobody_that_is_less(shipped: Weights) -> None:
    assert order.rank_at(AT, 100, shipped) == AT.timestamp()
    assert order.patience_minutes(140, shipped) == 0
    assert order.patience_minutes(-5, shipped) == order.patience_minutes(0, shipped)


@given(low=st.integers(0, 99), more=st.integers(1, 100))
def test_nothing_starves(shipped: Weights, low: int, more: int) -> None:
    high = min(low + more, 100)
    wait = timedelta(minutes=(high - low) * shipped.patience.minutes_per_point)
    assert order.rank_at(AT, low, shipped) == pytest.approx(order.rank_at(AT + wait, high, shipped))


def test_a_time_without_a_zone_is_refused(shipped: Weights) -> None:
    with pytest.raises(ValueError, match="no zone"):
        order.rank_at(datetime(2026, 1, 1), 50, shipped)  # noqa: DTZ001  # the point of the test


def test_far_dates_have_a_key(shipped: Weights) -> None:
    assert order.rank_at(datetime(1970, 1, 1, tzinfo=UTC), 0, shipped) < order.rank_at(datetime(2100, 1, 1, tzinfo=UTC), 100, shipped)


def test_what_would_change_it(shipped: Weights) -> None:
    facts = Facts(language="fa", problem=0.9, urgency=0.9, risk=("legal",), intent="complaint")
    sentences = order.what_would_change(facts, score.of(facts, shipped), shipped)
    assert any(s.startswith("Without the risk flag it would be") for s in sentences)
    assert any(s.startswith("From a platinum customer it would be") for s in sentences)
    calm = Facts(language="en", sentiment=0.0)
    assert "Waiting lifts it" in order.what_would_change(calm, score.of(calm, shipped), shipped)[-1]
