"""The value tier: the CRM's word first, then the amount, thresholds from data."""

from pathlib import Path
from typing import Any

import pytest

from app.core.errors import Invalid
from app.customers.value import Thresholds, load, thresholds_from, tier_of


@pytest.mark.parametrize(
    ("word", "amount", "tier"),
    [
        ("vip", 0.0, "platinum"),
        (" Gold ", 9000.0, "gold"),
        ("bronze", 9000.0, "standard"),
        ("unheard-of", 1500.0, "gold"),
        (None, 5000.0, "platinum"),
        (None, 4999.99, "gold"),
        (None, 400.0, "silver"),
        (None, 399.99, "standard"),
        (None, -20.0, "standard"),
        ("", None, None),
        ("unheard-of", None, None),
    ],
)
def test_tier(word: str | None, amount: float | None, tier: str | None) -> None:
    assert tier_of(word, amount, Thresholds()) == tier


def test_thresholds_come_from_data_and_keep_what_it_leaves_out() -> None:
    own = thresholds_from({"gold": 1000, "silver": {"min_value": 100, "points": 9, "words": ["Frequent"]}, "words": {"Titan": "platinum"}})
    assert [own.floors[t] for t in ("platinum", "gold", "silver", "standard")] == [5000, 1000, 100, 0]
    assert tier_of("frequent", None, own) == "silver"
    assert tier_of("TITAN", None, own) == "platinum"


@pytest.mark.parametrize(
    ("section", "named"),
    [
        ({"ruby": 3}, "ruby"),
        ({"gold": "much"}, "gold"),
        ({"gold": True}, "gold"),
        ({"gold": 10}, "fall"),
        ({"words": ["vip"]}, "words"),
        ({"words": {"vip": "ruby"}}, "vip"),
    ],
)
def test_a_wrong_section_names_its_entry(section: dict[str, Any], named: str) -> None:
    with pytest.raises(Invalid, match=named):
        thresholds_from(section)


def test_the_desks_own_sheet_loads() -> None:
    assert load(Path(__file__).parents[2] / "routing_rules" / "priority.yaml").floors["standard"] == 0
