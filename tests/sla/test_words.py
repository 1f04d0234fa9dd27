"""The sentence under a deadline."""

from datetime import UTC

import pytest

from app.core.ids import CaseId, ClockId
from app.sla import clock as clocks
from app.sla import words
from app.sla.model import ALWAYS
from tests.sla.desk import LEVELS, at

BUSINESS = LEVELS.calendar("business")
FIRST = next(t for t in LEVELS.targets if t.id == "first")
URGENT = next(t for t in LEVELS.targets if t.id == "urgent")


def test_the_arithmetic_of_a_weekend() -> None:
    clock = clocks.start(ClockId("k"), CaseId("c"), 1, FIRST, LEVELS, at("2026-03-06 16:50"))
    assert words.deadline(clock, BUSINESS, at("2026-03-06 16:50")) == "2 h in business hours from Fri 16:50 → Mon 10:50"


def test_a_holiday_is_named_and_a_far_day_has_its_date() -> None:
    clock = clocks.start(ClockId("k"), CaseId("c"), 1, FIRST, LEVELS, at("2026-04-02 16:50"))
    said = words.deadline(clock, BUSINESS, at("2026-04-02 16:50"))
    assert said.startswith("2 h in business hours from Thu 16:50, closed or short on 03 Apr (")
    assert said.endswith("→ Tue 10:50")


def test_wall_time_is_shown_in_the_desks_zone_with_its_pauses() -> None:
    clock = clocks.start(ClockId("k"), CaseId("c"), 1, URGENT, LEVELS, at("2026-03-06 16:50").astimezone(UTC))
    clock = clocks.pause(clock, ALWAYS, at("2026-03-06 17:00"), "waiting on the customer")
    assert words.deadline(clock, ALWAYS, at("2026-03-06 17:30"), "Europe/Berlin") == (
        "15 min from Fri 16:50, paused 30 min (waiting on the customer) → 5 min left when it runs again"
    )
    clock = clocks.resume(clock, ALWAYS, at("2026-03-16 17:30"), "the customer wrote")
    assert words.deadline(clock, ALWAYS, at("2026-03-16 17:31"), "Europe/Berlin").endswith("→ Mon 16 Mar 2026 17:35")


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 s"), (45, "45 s"), (900, "15 min"), (14_400, "4 h"), (5_400, "1 h 30 min"), (-900, "-15 min"), (3_599, "1 h")],
)
def test_durations(seconds: float, text: str) -> None:
    assert words.duration(seconds) == text
