"""The weights' sheet: shipped it loads; tiers by name, by the CRM's words, by value; mistakes are named."""

import pytest

from app.core.errors import Invalid
from app.priority import weights
from app.priority.weights import Weights
from tests.conftest import ROOT

TEXT = (ROOT / "routing_rules" / "priority.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "value", "tier"),
    [
        ("gold", None, "gold"),
        (" Gold ", 0, "gold"),
        ("VIP", None, "platinum"),
        ("unheard of", None, None),
        ("unheard of", 2_000, "gold"),
        (None, 5_000, "platinum"),
        (None, 399.99, "standard"),
        (None, -5, None),
        (None, None, None),
        ("", None, None),
    ],
)
def test_tier(shipped: Weights, name: str | None, value: float | None, tier: str | None) -> None:
    assert shipped.tier(name, value) == tier


@pytest.mark.parametrize(
    ("change", "line_of", "field"),
    [
        (("problem: 26", "problem: lots"), "problem:", "problem"),
        (("problem: 26", "problem: -3"), "problem:", "problem"),
        (("safety: 30", "saftey: 30"), "risk:", "risk.saftey"),
        (("urgent: 70", "urgent: 40"), "bands:", "bands"),
        (("minutes_per_point: 90", "minutes_per_point: 0"), "patience:", "patience.minutes_per_point"),
        (("start: 30", "start: 30\nstrat: 3"), "strat:", "strat"),
    ],
)
def test_a_mistake_is_named(change: tuple[str, str], line_of: str, field: str) -> None:
    text = TEXT.replace(*change)
    assert text != TEXT
    with pytest.raises(Invalid) as caught:
        weights.parse(text)
    line = next(n for n, words in enumerate(text.splitlines(), 1) if words.startswith(line_of))
    file, at, where = caught.value.errors[0]["loc"]
    assert (file, at) == ("priority.yaml", line)
    assert where.startswith(field)


def test_bands(shipped: Weights) -> None:
    assert [shipped.bands.of(score) for score in (100, 70, 69, 50, 49, 25, 24, 0)] == [
        "urgent", "urgent", "high", "high", "normal", "normal", "low", "low",
    ]  # fmt: skip
