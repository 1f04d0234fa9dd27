"""Shifts: when a person works on the wall clock of their zone, over midnight, over the change of the clocks, and how a week is written."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.people.shifts import ShiftPlan, next_change, on_shift, parse_week, week_text
from app.sla.calendar import is_open
from app.sla.model import Calendar, Window


def plan(text: str, zone: str = "Europe/Berlin") -> ShiftPlan:
    """A plan as it is written on the page."""
    week = parse_week(text)
    assert not isinstance(week, str), week
    return ShiftPlan(zone, week)


def at(text: str, zone: str = "Europe/Berlin") -> datetime:
    """A moment on the zone's wall clock."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


OFFICE = plan("Mon-Fri 09:00-12:30, 13:00-17:00; Sat 10:00-14:00")
NIGHT = plan("Fri-Sun 22:00-06:00")


@pytest.mark.parametrize(
    ("where", "when", "works"),
    [
        (OFFICE, "2026-03-02T08:59:59", False),
        (OFFICE, "2026-03-02T09:00:00", True),
        (OFFICE, "2026-03-02T12:45:00", False),  # at lunch: one window a day counted it (Chatwoot 14009, Frappe 2212)
        (OFFICE, "2026-03-02T13:00:00", True),
        (OFFICE, "2026-03-02T17:00:00", False),
        (OFFICE, "2026-03-07T13:59:00", True),
        (OFFICE, "2026-03-08T11:00:00", False),
        (NIGHT, "2026-03-06T23:00:00", True),
        (NIGHT, "2026-03-07T05:59:00", True),
        (NIGHT, "2026-03-09T05:00:00", True),  # Sunday's night runs into Monday
        (NIGHT, "2026-03-09T06:00:00", False),
        (NIGHT, "2026-03-06T05:00:00", False),
    ],
)
def test_a_shift_goes_by_the_wall_clock(where: ShiftPlan, when: str, works: bool) -> None:
    assert on_shift(where, at(when)) is works


def test_who_has_no_plan_always_works() -> None:
    assert on_shift(None, at("2026-03-08T03:00:00"))
    assert on_shift(plan(""), at("2026-03-08T03:00:00"))
    assert next_change(None, at("2026-03-08T03:00:00")) is None


def test_a_zone_is_the_persons_own() -> None:
    tehran = plan("Sat-Wed 09:00-17:00", "Asia/Tehran")
    assert on_shift(tehran, datetime(2026, 3, 2, 5, 30, tzinfo=UTC))  # 09:00 on a Monday in Tehran
    assert not on_shift(tehran, datetime(2026, 3, 6, 8, 0, tzinfo=UTC))  # a Friday


def test_when_the_shift_changes_is_said_over_lunch_nights_and_the_change_of_the_clocks() -> None:
    assert next_change(OFFICE, at("2026-03-02T10:00:00")) == at("2026-03-02T12:30:00")
    assert next_change(OFFICE, at("2026-03-02T12:30:00")) == at("2026-03-02T13:00:00")
    assert next_change(OFFICE, at("2026-03-07T14:00:00")) == at("2026-03-09T09:00:00")
    assert next_change(NIGHT, at("2026-03-28T23:00:00")) == at("2026-03-29T06:00:00")  # the night of seven hours
    assert next_change(plan("Mon-Sun 00:00-24:00"), at("2026-03-02T10:00:00")) is None


_TIMES = st.datetimes(datetime(2025, 1, 1), datetime(2027, 12, 31))  # noqa: DTZ001  # hypothesis wants naive bounds and adds the zone
_ZONES = st.sampled_from(["Europe/Berlin", "America/New_York", "Asia/Tehran", "Australia/Lord_Howe", "UTC"])


@given(_TIMES, _ZONES, st.sampled_from([OFFICE.week, NIGHT.week]))
def test_it_agrees_with_the_calendar_of_the_service_levels(
    naive: datetime, zone: str, week: tuple[tuple[tuple[int, int], ...], ...]
) -> None:
    moment = naive.replace(tzinfo=UTC)
    calendar = Calendar("shift", zone, tuple(tuple(Window(*span) for span in day) for day in week))
    assert on_shift(ShiftPlan(zone, week), moment) is is_open(calendar, moment)


@given(_TIMES, _ZONES)
def test_the_next_change_is_the_first_moment_at_which_it_changes(naive: datetime, zone: str) -> None:
    moment, where = naive.replace(tzinfo=UTC), ShiftPlan(zone, NIGHT.week)
    change = next_change(where, moment)
    assert change is not None
    assert on_shift(where, change) is not on_shift(where, moment)
    assert on_shift(where, change - timedelta(minutes=1)) is on_shift(where, moment) or change - timedelta(minutes=1) < moment


@pytest.mark.parametrize(
    "text",
    ["Mon-Fri 09:00-12:30, 13:00-17:00; Sat 10:00-14:00", "Fri-Sun 22:00-06:00", "Mon 00:00-24:00", "", "Tue 08:00-09:00; Thu 09:00-10:00"],
)
def test_a_week_is_read_as_it_is_written(text: str) -> None:
    assert week_text(plan(text).week) == text


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("Monday to Friday 9-5", "no time of a shift"),
        ("Mon", "not understood"),
        ("Nonday 09:00-17:00", "not understood"),
        ("Mon 09:00-25:00", "no time of a shift"),
        ("Mon 09:00-17:00, 12:00-13:00", "overlap"),
        ("Mon " + ", ".join(f"{h:02d}:00-{h:02d}:30" for h in range(7)), "more than 6"),
    ],
)
def test_what_is_not_understood_is_said(text: str, word: str) -> None:
    said = parse_week(text)
    assert isinstance(said, str)
    assert word in said
