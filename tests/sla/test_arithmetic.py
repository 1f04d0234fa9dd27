"""The arithmetic of a deadline: what ran, what was paused and why, and where that leaves it (ZA#390: a holiday nobody expected)."""

from datetime import UTC, timedelta

import pytest

from app.core.ids import CaseId, ClockId
from app.sla import clock as clocks
from app.sla.arithmetic import arithmetic
from app.sla.model import ALWAYS, Clock, Target
from tests.sla.desk import LEVELS, at

BUSINESS = LEVELS.calendar("business")
FIRST = next(t for t in LEVELS.targets if t.id == "first")
URGENT = next(t for t in LEVELS.targets if t.id == "urgent")
HOURS = "Mon 09:00-12:00 and 13:00-17:00, Fri 09:00-12:00 and 13:00-17:00, Sat-Sun closed"


def begin(target: Target, moment: str) -> Clock:
    return clocks.start(ClockId("k"), CaseId("c"), 1, target, LEVELS, at(moment))


def test_a_weekend_between() -> None:
    clock = begin(FIRST, "2026-03-06 16:50")
    assert arithmetic(clock, BUSINESS, at("2026-03-06 16:50")) == (
        f"2 h on the calendar business (Europe/Berlin: {HOURS}). Runs since Fri 16:50 with 2 h left: due Mon 10:50."
    )


def test_a_pause_is_named_and_credited() -> None:
    clock = clocks.pause(begin(FIRST, "2026-03-06 16:50"), BUSINESS, at("2026-03-09 09:30"), "waiting on the customer")
    assert arithmetic(clock, BUSINESS, at("2026-03-09 09:55")).endswith(
        "Ran Fri 16:50-Mon 09:30 (40 min). Paused since 09:30 (waiting on the customer): 1 h 20 min left when it runs again."
    )
    clock = clocks.resume(clock, BUSINESS, at("2026-03-09 11:50"), "the customer wrote")
    assert arithmetic(clock, BUSINESS, at("2026-03-09 11:55")).endswith(
        "Paused 09:30-11:50: waiting on the customer. Runs since 11:50 with 1 h 20 min left: due 14:10."
    )


@pytest.mark.parametrize(
    ("moment", "end"),
    [
        ("2026-03-09 10:20", "Stopped 10:20 (answered) after 1 h 30 min."),
        ("2026-03-09 11:20", "Missed 10:50; stopped 11:20 (answered) after 2 h 30 min."),
    ],
)
def test_a_stopped_clock_says_how_it_came_out(moment: str, end: str) -> None:
    clock = clocks.stop(begin(FIRST, "2026-03-06 16:50"), BUSINESS, at(moment))
    assert arithmetic(clock, BUSINESS, at("2026-03-20 12:00")).endswith(end)


def test_za_390_a_holiday_between_is_named() -> None:
    said = arithmetic(begin(FIRST, "2026-04-02 16:50"), BUSINESS, at("2026-04-02 16:50"))
    assert "closed or short on 03 Apr (" in said
    assert said.endswith("due Tue 10:50.")


def test_wall_time_is_told_in_the_desks_zone_and_far_days_with_their_date() -> None:
    clock = clocks.pause(begin(URGENT, "2026-03-06 16:50"), ALWAYS, at("2026-03-06 17:00").astimezone(UTC), "snoozed")
    clock = clocks.resume(clock, ALWAYS, at("2026-03-16 17:30"), "woken")
    assert arithmetic(clock, ALWAYS, at("2026-03-16 17:31"), LEVELS.zone) == (
        "15 min of wall time (Europe/Berlin). Ran Fri 16:50-17:00 (10 min). Paused 17:00-Mon 16 Mar 2026 17:30: snoozed. "
        "Runs since 17:30 with 5 min left: due 17:35."
    )


def test_an_overdue_clock_says_since_when() -> None:
    clock = clocks.breach(begin(URGENT, "2026-03-06 16:50"), ALWAYS, at("2026-03-06 18:00"))
    assert arithmetic(clock, ALWAYS, at("2026-03-06 18:00"), LEVELS.zone).endswith("Runs since Fri 16:50: missed 17:05.")


def test_a_long_life_stays_readable() -> None:
    clock, moment = begin(FIRST, "2026-03-09 09:00"), at("2026-03-09 09:00")
    for _ in range(20):
        moment += timedelta(minutes=2)
        clock = clocks.pause(clock, BUSINESS, moment, "snoozed")
        moment += timedelta(minutes=2)
        clock = clocks.resume(clock, BUSINESS, moment, "woken")
    said = arithmetic(clock, BUSINESS, moment)
    assert "counted in 34 stretches." in said
    assert said.count("Paused") == 3
