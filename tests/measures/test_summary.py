"""Response times by group and by day."""

from datetime import timedelta
from typing import Any

import pytest

from app.measures import summary
from app.measures.model import By
from tests.measures.answers import NOON, answer


def test_overall_counts_and_shares() -> None:
    row = summary.overall([answer(60), answer(120), answer(1800)])
    assert (row.key, row.count, row.median_seconds, row.within) == ("all", 3, 120, 2)
    assert row.within_share == pytest.approx(2 / 3)


def test_of_nothing_nothing_is_claimed() -> None:
    row = summary.overall([])
    assert (row.count, row.median_seconds, row.p90_seconds, row.within_share) == (0, None, None, None)
    assert summary.by_group([], "queue") == ()


@pytest.mark.parametrize(
    ("by", "field"), [("queue", "queue"), ("network", "network"), ("agent", "agent_id"), ("band", "band"), ("tier", "tier")]
)
def test_groups_stand_fullest_first(by: By, field: str) -> None:
    rows = summary.by_group([answer(60, 900, **dict[str, Any]({field: value})) for value in ("b", "a", "b", "")], by)
    assert [(row.key, row.count) for row in rows] == [("b", 2), ("", 1), ("a", 1)]


def test_the_calendar_is_the_readers_choice() -> None:
    weekend = [answer(900, wall_seconds=200_000, business_seconds=600)]
    assert summary.overall(weekend).median_seconds == 200_000
    assert summary.overall(weekend, "business").median_seconds == 600


def test_days_are_those_of_the_readers_zone() -> None:
    late = [answer(1, at=NOON + timedelta(hours=11, minutes=30)), answer(2, at=NOON)]
    assert [row.key for row in summary.by_day(late, "UTC")] == ["2026-02-24"]
    assert [(row.key, row.count) for row in summary.by_day(late, "Asia/Tokyo")] == [("2026-02-24", 1), ("2026-02-25", 1)]
