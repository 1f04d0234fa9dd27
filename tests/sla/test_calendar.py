"""Business time against a slow oracle that looks at the wall clock minute by minute, and against cases done by hand."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.sla import calendar as business
from app.sla.model import ALWAYS, DAY_MINUTES, Calendar, Window

NINE_TO_SIX = (Window(540, 1080),)
LUNCH = (Window(540, 720), Window(780, 1080))
NIGHT = (Window(1320, 1800),)
OFFICE = Calendar("office", "Europe/Berlin", (NINE_TO_SIX,) * 5 + ((), ()))
LUNCHED = Calendar("lunched", "Europe/Berlin", (LUNCH,) * 5 + ((), ()))
NIGHTS = Calendar("nights", "Europe/Berlin", (NIGHT,) * 7)
BERLIN = ZoneInfo("Europe/Berlin")

ZONES = [
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "America/Sao_Paulo",
    "Asia/Tehran",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Africa/Casablanca",
    "Pacific/Apia",
    "America/St_Johns",
    "Antarctica/Troll",
    "Asia/Gaza",
]


def berlin(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN)


@pytest.mark.parametrize(
    ("calendar", "a", "b", "minutes"),
    [
        (OFFICE, "2026-03-06 16:30", "2026-03-06 17:30", 60),
        (OFFICE, "2026-03-06 16:30", "2026-03-09 09:30", 120),  # Friday to Monday, chatwoot 13392
        (OFFICE, "2026-03-07 10:00", "2026-03-08 23:00", 0),  # the weekend
        (LUNCHED, "2026-03-03 11:30", "2026-03-03 13:30", 60),  # lunch is not counted, chatwoot 14009, frappe 2212
        (NIGHTS, "2026-03-03 23:00", "2026-03-04 07:00", 420),
        (NIGHTS, "2026-03-28 22:00", "2026-03-29 06:00", 420),  # the clock springs forward in this night
        (NIGHTS, "2026-10-24 22:00", "2026-10-25 06:00", 540),  # and falls back in this one
        (OFFICE, "2028-02-28 09:00", "2028-03-01 18:00", 3 * 540),  # a leap day
        (OFFICE, "2026-03-06 17:30", "2026-03-06 16:30", 0),
    ],
)
def test_elapsed_by_hand(calendar: Calendar, a: str, b: str, minutes: int) -> None:
    assert business.elapsed(calendar, berlin(a), berlin(b)) == minutes * 60


@pytest.mark.parametrize(
    ("calendar", "at", "minutes", "due"),
    [
        (OFFICE, "2026-03-06 16:30", 60, "2026-03-06 17:30"),
        (OFFICE, "2026-03-06 17:50", 15, "2026-03-09 09:05"),
        (OFFICE, "2026-03-06 17:00", 60, "2026-03-06 18:00"),  # spent at closing is due at closing
        (OFFICE, "2026-03-07 12:00", 30, "2026-03-09 09:30"),
        (LUNCHED, "2026-03-03 11:50", 20, "2026-03-03 13:10"),
        (NIGHTS, "2026-03-28 23:00", 240, "2026-03-29 04:00"),
        (OFFICE, "2026-03-06 16:30", 0, "2026-03-06 16:30"),
        (OFFICE, "2026-01-05 09:00", 52 * 5 * 540, "2027-01-01 18:00"),
    ],
)
def test_add_by_hand(calendar: Calendar, at: str, minutes: int, due: str) -> None:
    assert business.add(calendar, berlin(at), minutes * 60) == berlin(due)


def test_a_public_holiday_and_own_days() -> None:
    plain = Calendar("c", "Europe/Berlin", (NINE_TO_SIX,) * 7, country="DE")
    own = Calendar("c", "Europe/Berlin", (NINE_TO_SIX,) * 7, days=((date(2026, 12, 24), (Window(540, 720),)),), country="DE")
    assert business.elapsed(plain, berlin("2026-12-25 00:00"), berlin("2026-12-27 00:00")) == 0
    assert business.elapsed(own, berlin("2026-12-24 00:00"), berlin("2026-12-27 00:00")) == 3 * 3600
    assert business.add(own, berlin("2026-12-24 11:00"), 2 * 3600) == berlin("2026-12-27 10:00")
    assert [day.isoformat() for day, _ in business.closed_days(own, berlin("2026-12-24 11:00"), berlin("2026-12-27 10:00"))] == [
        "2026-12-24",
        "2026-12-25",
        "2026-12-26",
    ]


def test_a_holiday_leaves_the_end_of_the_night_before() -> None:
    nights = Calendar("n", "Europe/Berlin", (NIGHT,) * 7, days=((date(2026, 5, 13), ()),))
    assert business.elapsed(nights, berlin("2026-05-13 00:00"), berlin("2026-05-14 00:00")) == 6 * 3600
    assert business.elapsed(nights, berlin("2026-05-14 00:00"), berlin("2026-05-15 00:00")) == 2 * 3600


def test_far_dates_cost_little_and_agree_with_their_parts() -> None:
    calendar = Calendar("c", "Europe/Berlin", (NIGHT,) * 5 + ((), ()), country="DE")
    a, b, c = (datetime(y, 1, 1, tzinfo=UTC) for y in (1970, 2026, 2100))
    assert business.elapsed(calendar, a, c) == business.elapsed(calendar, a, b) + business.elapsed(calendar, b, c)
    assert len(list(business._even_stretches("Europe/Berlin", business._micros(a), business._micros(c)))) < 300
    whole = business.elapsed(calendar, a, c)
    assert business.elapsed(calendar, a, business.add(calendar, a, whole)) == whole
    first, last = datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)
    assert business.elapsed(calendar, first, last) > whole
    with pytest.raises(OverflowError):
        business.add(calendar, datetime(9999, 1, 1, tzinfo=UTC), 10**9)


def test_always_open_is_wall_time() -> None:
    a = datetime(2026, 3, 28, 23, tzinfo=UTC)
    assert ALWAYS.always_open
    assert business.elapsed(ALWAYS, a, a + timedelta(hours=5)) == 5 * 3600
    assert business.add(ALWAYS, a, 90) == a + timedelta(seconds=90)
    assert business.is_open(ALWAYS, a)


@pytest.mark.parametrize(
    "week",
    [
        ((),) * 7,
        (NINE_TO_SIX,) * 6,
        ((Window(0, 600), Window(599, 700)),) + ((),) * 6,
        (NINE_TO_SIX, *((),) * 5, (Window(1200, 1200 + DAY_MINUTES),)),  # Sunday runs into Monday 09:00
    ],
)
def test_calendars_that_make_no_sense_are_refused(week: tuple[tuple[Window, ...], ...]) -> None:
    with pytest.raises(ValueError, match=r"\w+"):
        Calendar("c", "UTC", week)


def test_an_own_day_may_not_overlap_the_night_before() -> None:
    with pytest.raises(ValueError, match="2026-05-13"):
        Calendar("c", "UTC", (NIGHT,) * 7, days=((date(2026, 5, 13), (Window(300, 400),)),))


# --- the oracle ---------------------------------------------------------------------------------------------------------


def open_by_the_wall_clock(calendar: Calendar, at: datetime) -> bool:
    local = at.astimezone(ZoneInfo(calendar.zone))
    minute = local.hour * 60 + local.minute
    own = dict(calendar.days)
    for back in (0, 1):
        day = local.date() - timedelta(days=back)
        windows = own.get(day, calendar.week[day.weekday()])
        if any(w.opens <= minute + back * DAY_MINUTES < w.closes for w in windows):
            return True
    return False


def slow_elapsed(calendar: Calendar, a: datetime, minutes: int) -> int:
    return 60 * sum(open_by_the_wall_clock(calendar, a + timedelta(minutes=m)) for m in range(minutes))


@st.composite
def day_windows(draw: st.DrawFn) -> tuple[Window, ...]:
    # Cuts in order, the last may fall into the next morning; days start at 06:00 so that no night meets the next day.
    cuts = sorted(draw(st.lists(st.integers(360, 1799), max_size=6, unique=True)))
    pairs = [(a, b) for a, b in zip(cuts[::2], cuts[1::2], strict=False) if a < DAY_MINUTES]
    return tuple(Window(a, b) for a, b in pairs)


@st.composite
def calendars(draw: st.DrawFn, around: date) -> Calendar:
    week = tuple(draw(day_windows()) for _ in range(7))
    if not any(week):
        week = (NINE_TO_SIX, *week[1:])
    if draw(st.booleans()):
        # Small hours, where the offset changes are, in place of nights.
        week = tuple((Window(0, draw(st.integers(61, 240))),) for _ in range(7))
    near = st.integers(-3, 9).map(lambda n: around + timedelta(days=n))
    closed = draw(st.lists(near, max_size=2, unique=True))
    return Calendar("any", draw(st.sampled_from(ZONES)), week, days=tuple((day, ()) for day in closed))


@st.composite
def questions(draw: st.DrawFn) -> tuple[Calendar, datetime, int]:
    special = [berlin(day) for day in ("2026-03-28", "2026-10-24", "2028-02-28", "2011-12-29", "2026-04-04", "2018-02-17")]
    anywhere = st.datetimes(datetime(1974, 1, 1), datetime(2099, 12, 1), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis wants bounds without
    start = draw(st.one_of(st.sampled_from(special), anywhere)).astimezone(UTC).replace(second=0, microsecond=0)
    start += timedelta(minutes=draw(st.integers(-600, 600)))
    return draw(calendars(start.date())), start, draw(st.integers(0, 5 * DAY_MINUTES))


@settings(max_examples=120, deadline=None)
@given(questions())
def test_elapsed_agrees_with_the_wall_clock(question: tuple[Calendar, datetime, int]) -> None:
    calendar, start, minutes = question
    assert business.elapsed(calendar, start, start + timedelta(minutes=minutes)) == slow_elapsed(calendar, start, minutes)


@settings(max_examples=120, deadline=None)
@given(questions(), st.integers(1, 200 * 3600))
def test_add_is_the_first_moment_at_which_the_time_has_passed(question: tuple[Calendar, datetime, int], seconds: int) -> None:
    calendar, start, _ = question
    due = business.add(calendar, start, seconds)
    assert business.elapsed(calendar, start, due) == seconds
    assert business.elapsed(calendar, start, due - timedelta(microseconds=1)) < seconds
    assert open_by_the_wall_clock(calendar, due - timedelta(microseconds=1))


@settings(max_examples=60, deadline=None)
@given(questions())
def test_the_open_spans_add_up_and_are_open(question: tuple[Calendar, datetime, int]) -> None:
    calendar, start, minutes = question
    end = start + timedelta(minutes=minutes)
    spans = list(business.open_spans(calendar, start, end))
    assert sum((b - a).total_seconds() for a, b in spans) == business.elapsed(calendar, start, end)
    assert all(business.is_open(calendar, a) for a, _ in spans)
    assert all(a < b for a, b in spans)


@settings(max_examples=60, deadline=None)
@given(st.integers(-5 * 366, 140 * 365), st.lists(st.integers(0, 60 * 366 * 86400), min_size=2, max_size=2))
def test_elapsed_is_additive_over_any_distance(days_from_1970: int, steps: list[int]) -> None:
    calendar = Calendar("far", "America/New_York", (NIGHT,) * 6 + ((),), country="US")
    a = datetime(1970, 1, 1, 3, 7, tzinfo=UTC) + timedelta(days=days_from_1970)
    b = a + timedelta(seconds=steps[0])
    c = b + timedelta(seconds=steps[1])
    parts = business.elapsed(calendar, a, b) + business.elapsed(calendar, b, c)
    assert business.elapsed(calendar, a, c) == pytest.approx(parts, rel=0, abs=1e-5)
