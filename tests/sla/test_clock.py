"""The moves of one clock: due, warn, pauses that are credited, breaches that are dated and kept."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.ids import CaseId, ClockId
from app.sla import clock as clocks
from app.sla.model import ALWAYS, Calendar, Clock, Target
from tests.sla.desk import LEVELS, at

BUSINESS = LEVELS.calendar("business")
FIRST = next(t for t in LEVELS.targets if t.id == "first")
URGENT = next(t for t in LEVELS.targets if t.id == "urgent")


def begin(target: Target, moment: datetime) -> Clock:
    return clocks.start(ClockId("clock"), CaseId("case"), 1, target, LEVELS, moment)


def test_due_and_warn_count_open_time_only() -> None:
    clock = begin(FIRST, at("2026-03-06 16:30"))
    assert clock.due_at == at("2026-03-09 10:30")
    assert clock.warn_at == at("2026-03-09 10:00")
    assert clocks.elapsed(clock, BUSINESS, at("2026-03-09 09:15")) == 45 * 60
    assert clocks.remaining(clock, BUSINESS, at("2026-03-09 11:00")) == -30 * 60


def test_a_clock_that_starts_out_of_hours_waits_for_the_opening() -> None:
    assert begin(FIRST, at("2026-03-07 20:00")).due_at == at("2026-03-09 11:00")


@pytest.mark.parametrize(
    ("moment", "state"),
    [("2026-03-06 10:14", "met"), ("2026-03-06 10:15", "breached"), ("2026-03-06 11:00", "breached")],
)
def test_an_answer_before_due_is_in_time_and_one_at_due_is_not(moment: str, state: str) -> None:
    clock = clocks.stop(begin(URGENT, at("2026-03-06 10:00")), ALWAYS, at(moment))
    assert clock.state == state
    assert clock.breached_at == (at("2026-03-06 10:15") if state == "breached" else None)
    assert clocks.stop(clock, ALWAYS, at("2026-03-06 12:00")) == clock


def test_a_pause_keeps_the_time_that_was_left() -> None:
    clock = begin(URGENT, at("2026-03-06 10:00"))
    paused = clocks.pause(clock, ALWAYS, at("2026-03-06 10:10"), "waiting on the customer")
    assert (paused.state, paused.due_at) == ("paused", None)
    assert clocks.remaining(paused, ALWAYS, at("2026-03-09 10:00")) == 5 * 60
    again = clocks.resume(paused, ALWAYS, at("2026-03-09 10:00"), "the customer wrote")
    assert (again.state, again.due_at) == ("running", at("2026-03-09 10:05"))
    assert clocks.stop(again, ALWAYS, at("2026-03-09 10:04")).state == "met"


def test_moves_that_do_not_apply_change_nothing() -> None:
    clock = begin(URGENT, at("2026-03-06 10:00"))
    paused = clocks.pause(clock, ALWAYS, at("2026-03-06 10:01"), "snoozed")
    assert clocks.resume(clock, ALWAYS, at("2026-03-06 10:01"), "woken") == clock
    assert clocks.pause(paused, ALWAYS, at("2026-03-06 10:02"), "snoozed") == paused
    done = clocks.stop(clock, ALWAYS, at("2026-03-06 10:02"))
    assert clocks.pause(done, ALWAYS, at("2026-03-06 10:03"), "snoozed") == done
    assert clocks.retarget(done, FIRST, LEVELS) == done


def test_a_breach_is_dated_to_due_and_marked_once() -> None:
    clock = begin(URGENT, at("2026-03-06 10:00"))
    assert clocks.breach(clock, ALWAYS, at("2026-03-06 10:14")) == clock
    late = clocks.breach(clock, ALWAYS, at("2026-03-07 09:00"))
    assert (late.state, late.breached_at) == ("breached", at("2026-03-06 10:15"))
    assert clocks.breach(late, ALWAYS, at("2026-03-08 09:00")) == late
    assert clocks.retarget(late, FIRST, LEVELS) == late
    paused = clocks.pause(late, ALWAYS, at("2026-03-07 10:00"), "pending on legal")
    assert (paused.state, paused.breached_at) == ("breached", late.breached_at)
    assert clocks.resume(paused, ALWAYS, at("2026-03-07 11:00"), "decided").state == "breached"


def test_pausing_after_the_time_was_up_does_not_hide_the_breach() -> None:
    clock = clocks.pause(begin(URGENT, at("2026-03-06 10:00")), ALWAYS, at("2026-03-06 10:30"), "snoozed")
    assert (clock.state, clock.breached_at) == ("breached", at("2026-03-06 10:15"))


def test_another_target_is_worked_out_from_the_same_intervals() -> None:
    clock = replace(begin(FIRST, at("2026-03-06 16:30")), warned_at=at("2026-03-09 10:00"))
    hurried = clocks.retarget(clock, URGENT, LEVELS)
    assert (hurried.due_at, hurried.target_id, hurried.calendar) == (at("2026-03-06 16:45"), "urgent", "wall")
    assert hurried.warned_at is None
    assert clocks.retarget(clock, FIRST, LEVELS) == clock


def test_a_machine_clock_that_jumps_back_makes_no_negative_interval() -> None:
    clock = begin(URGENT, at("2026-03-06 10:00"))
    clock = clocks.pause(clock, ALWAYS, at("2026-03-06 09:00"), "snoozed")
    clock = clocks.resume(clock, ALWAYS, at("2026-03-06 08:00"), "woken")
    assert all(i.end is None or i.start <= i.end for i in clock.intervals)
    assert clock.due_at == at("2026-03-06 10:15")


def test_a_removed_calendar_falls_back_to_wall_time() -> None:
    assert LEVELS.calendar("gone") == ALWAYS


@given(st.lists(st.integers(0, 40), min_size=1, max_size=8), st.booleans())
def test_elapsed_is_the_sum_of_the_running_minutes(minutes: list[int], office: bool) -> None:
    calendar: Calendar = BUSINESS if office else ALWAYS
    target = replace(FIRST, seconds=10**6, calendar=calendar.name)
    moment = datetime(2026, 3, 6, 8, 30, tzinfo=UTC)  # 09:30 in Berlin, so that lunch falls into the longer cases
    clock, counted = begin(target, moment), 0.0
    for number, length in enumerate(minutes):
        later = moment + timedelta(minutes=length)
        if number % 2 == 0:
            counted += sum(_minute_counts(calendar, moment + timedelta(minutes=m)) for m in range(length)) * 60
            clock = clocks.pause(clock, calendar, later, "snoozed")
        else:
            clock = clocks.resume(clock, calendar, later, "woken")
        moment = later
    if not clock.ticking:
        clock = clocks.resume(clock, calendar, moment, "woken")
    assert clocks.elapsed(clock, calendar, moment) == counted
    assert clock.due_at is not None
    assert clocks.elapsed(clock, calendar, clock.due_at) == pytest.approx(target.seconds)


def _minute_counts(calendar: Calendar, moment: datetime) -> bool:
    local = moment.astimezone(at("2026-03-06 00:00").tzinfo)
    minute = local.hour * 60 + local.minute
    return calendar is ALWAYS or any(w.opens <= minute < w.closes for w in calendar.week[local.weekday()])
