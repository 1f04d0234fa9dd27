"""One method, the same as the standard library's inclusive quantiles."""

import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.measures import percentiles

SECONDS = st.floats(0, 1e7, allow_nan=False)


@given(st.lists(SECONDS, min_size=2, max_size=60))
def test_agrees_with_statistics(values: list[float]) -> None:
    cuts = statistics.quantiles(values, n=100, method="inclusive")
    spread = percentiles.of(values)
    assert spread.median == pytest.approx(statistics.median(values))
    assert spread.p90 == pytest.approx(cuts[89])
    assert spread.p99 == pytest.approx(cuts[98])
    assert spread.count == len(values)


@given(st.lists(SECONDS, min_size=1, max_size=40), st.floats(0, 1), st.floats(0, 1))
def test_grows_with_the_share_and_stays_among_the_values(values: list[float], a: float, b: float) -> None:
    ordered = sorted(values)
    low, high = sorted((a, b))
    assert ordered[0] <= percentiles.at(ordered, low) <= percentiles.at(ordered, high) + 1e-6
    assert percentiles.at(ordered, high) <= ordered[-1] + 1e-6


@pytest.mark.parametrize(
    ("values", "median", "p90", "p99"),
    [([], None, None, None), ([7.0], 7.0, 7.0, 7.0), ([1.0, 2.0], 1.5, 1.9, 1.99), (range(1, 102), 51.0, 91.0, 100.0)],
)
def test_small_cases(values: list[float], median: float | None, p90: float | None, p99: float | None) -> None:
    spread = percentiles.of(values)
    assert (spread.median, spread.p90, spread.p99) == (median, p90, p99)


def test_nothing_has_no_percentile() -> None:
    with pytest.raises(ValueError, match="no values"):
        percentiles.at([], 0.5)
    with pytest.raises(ValueError, match="between 0 and 1"):
        percentiles.at([1.0], 90)
