"""service_levels.yaml: what it means, what is refused and where, and that ours makes sense."""

from pathlib import Path

import pytest

from app.core.errors import Invalid
from app.sla import levels
from app.sla.model import METRICS, Metric, Served, Window
from tests.sla.desk import LEVELS, TEXT

SHIPPED = Path(__file__).resolve().parents[2] / "routing_rules" / "service_levels.yaml"


@pytest.mark.parametrize(
    ("metric", "band", "tier", "network", "target"),
    [
        ("first_response", "urgent", "platinum", "x", "urgent/platinum"),
        ("first_response", "urgent", "gold", "mastodon", "urgent"),
        ("first_response", "urgent", None, "x", "urgent"),
        ("first_response", "low", None, "mastodon", "on-mastodon"),
        ("first_response", "low", "platinum", "x", "first"),
        ("next_response", "low", None, "x", "next"),
    ],
)
def test_the_first_target_that_matches_wins(metric: Metric, band: str, tier: str | None, network: str, target: str) -> None:
    found = levels.target_for(LEVELS, metric, Served(band, tier, network))
    assert found is not None
    assert found.id == target


def test_no_target_no_clock() -> None:
    only = levels.parse("targets: [{metric: next_response, within: 1 h, calendar: wall}]")
    assert levels.target_for(only, "first_response", Served("urgent", None, "x")) is None


def test_values_are_read_as_they_are_meant() -> None:
    urgent = LEVELS.targets[1]
    assert (urgent.seconds, urgent.warn_at, urgent.band) == (900, 0.6, ("urgent",))
    assert LEVELS.targets[0].seconds == 450
    assert LEVELS.calendar("business").week[0] == (Window(540, 720), Window(780, 1020))
    assert LEVELS.calendar("business").week[6] == ()


def test_the_version_follows_the_meaning_not_the_comments() -> None:
    assert levels.parse(f"# a note\n{TEXT}").version == LEVELS.version
    assert levels.parse(TEXT.replace("15 min", "16 min")).version != LEVELS.version
    assert levels.parse(TEXT.replace("12:00", "12:30")).version != LEVELS.version


WHOLE = "targets:\n  - {metric: first_response, within: 1 h, calendar: wall}\n"


@pytest.mark.parametrize(
    ("text", "line", "loc", "words"),
    [
        ("", 1, [], "fields are expected"),
        ("- a", 1, [], "fields are expected"),
        ("targets: []", 1, ["targets"], "at least one"),
        ("targets: 5", 1, ["targets"], "at least one"),
        ("a: [", 1, [], "expected"),
        ("targets: []\ntargets: []", 2, [], "duplicate"),
        ("x: 2026-99-99\n" + WHOLE, 1, ["x"], "unknown field"),
        ("[" * 500, 1, [], ""),
        ("calenders: {}\n" + WHOLE, 1, ["calenders"], "did you mean calendars?"),
        ("targets:\n  - {metric: first_response, within: 5 parsecs, calendar: wall}", 2, ["targets", 0, "within"], "15 min"),
        ("targets:\n  - {metric: first_response, within: 0 s, calendar: wall}", 2, ["targets", 0, "within"], "between"),
        ("targets:\n  - metric: first_respons\n    within: 1 h\n    calendar: wall", 2, ["targets", 0, "metric"], "first_response?"),
        ("targets:\n  - metric: first_response\n    within: 1 h\n    calendar: office", 4, ["targets", 0, "calendar"], "wall"),
        ("targets:\n  - metric: first_response\n    within: 1 h", 2, ["targets", 0, "calendar"], "missing"),
        (WHOLE + "    bogus", 3, [], ""),
        (WHOLE + "  - 7", 3, ["targets", 1], "fields are expected"),
        (WHOLE + "  - {metric: first_response, band: low, within: 1 h, calendar: wall}", 3, ["targets", 1], "never reached"),
        ("targets:\n  - {metric: first_response, band: urgnt, within: 1 h, calendar: wall}", 2, ["targets", 0, "band"], "urgent?"),
        ("targets:\n  - {metric: first_response, warn: 0, within: 1 h, calendar: wall}", 2, ["targets", 0, "warn"], "75 %"),
        ("targets:\n  - {metric: first_response, warn: .nan, within: 1 h, calendar: wall}", 2, ["targets", 0, "warn"], "75 %"),
        (
            "targets:\n  - {metric: first_response, faster: {gold: 3}, within: 1 h, calendar: wall}",
            2,
            ["targets", 0, "faster", "gold"],
            "75 %",
        ),
        ("calendars:\n  wall: {}\n" + WHOLE, 2, ["calendars", "wall"], "another name"),
        ("calendars:\n  b: {}\n" + WHOLE, 2, ["calendars", "b", "week"], "open hours are missing"),
        ("calendars:\n  b:\n    week: {mon: 9-5}\n" + WHOLE, 3, ["calendars", "b", "week", "mon"], "09:00-18:00"),
        (
            "calendars:\n  b:\n    week:\n      mon: 09:00-18:00\n      funday: closed\n" + WHOLE,
            5,
            ["calendars", "b", "week", "funday"],
            "unknown day",
        ),
        (
            "calendars:\n  b:\n    week:\n      mon-fri: all day\n      tue: closed\n" + WHOLE,
            5,
            ["calendars", "b", "week", "tue"],
            "named twice",
        ),
        ("calendars:\n  b:\n    week: {mon: closed}\n" + WHOLE, 3, ["calendars", "b", "week"], "never open"),
        ("calendars:\n  b:\n    week: {mon: [09:00-12:00, 11:00-13:00]}\n" + WHOLE, 3, ["calendars", "b", "week"], "overlap"),
        ("calendars:\n  b:\n    zone: Europe/Berln\n    week: {mon: all day}\n" + WHOLE, 3, ["calendars", "b", "zone"], "Europe/Berlin?"),
        ("calendars:\n  b:\n    holidays: XX\n    week: {mon: all day}\n" + WHOLE, 3, ["calendars", "b", "holidays"], "DE"),
        (
            "calendars:\n  b:\n    week: {mon: all day}\n    days:\n      2026-02-30: closed\n" + WHOLE,
            5,
            ["calendars", "b", "days", "2026-02-30"],
            "no date",
        ),
    ],
)
def test_faults_name_their_line_and_field(text: str, line: int, loc: list[str | int], words: str) -> None:
    with pytest.raises(Invalid) as caught:
        levels.parse(text)
    first = caught.value.errors[0]
    assert (first["line"], first["loc"]) == (line, loc)
    assert words in first["msg"]
    assert f"line {line}" in caught.value.detail


def test_all_faults_are_named_at_once() -> None:
    with pytest.raises(Invalid) as caught:
        levels.parse("targets:\n  - {metric: nonsense, within: soon, calendar: moon}\n  - {metric: first_response}\n")
    assert [(e["line"], e["loc"][-1]) for e in caught.value.errors] == [
        (2, "metric"),
        (2, "within"),
        (2, "calendar"),
        (3, "within"),
        (3, "calendar"),
    ]


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match=r"service_levels\.yaml cannot be read"):
        levels.load(tmp_path / "service_levels.yaml")


def test_a_target_for_a_risk_takes_cases_that_have_it_among_others() -> None:
    def found(*risk: str) -> str:
        target = levels.target_for(LEVELS, "escalation_ack", Served("low", None, "x", risk))
        assert target is not None
        return target.id

    assert (found("press", "safety"), found("press"), found()) == ("seen-safety", "seen", "seen")
    with pytest.raises(Invalid, match="safety"):
        levels.parse(WHOLE + "  - {metric: resolution, risk: safty, within: 1 h, calendar: wall}")


def test_the_shipped_levels_give_every_case_a_clock_and_the_worst_the_least_time() -> None:
    shipped = levels.load(SHIPPED)
    bands = ("urgent", "high", "normal", "low")
    for metric in METRICS:
        for tier in ("platinum", "gold", "silver", "standard", None):
            found = [levels.target_for(shipped, metric, Served(band, tier, "x", private=True)) for band in bands]
            # What comes with every case, for every band; first looks and resolutions only of what presses.
            assert [t is not None for t in found] == [True, True, *[metric not in ("first_touch", "resolution")] * 2]
            seconds = [target.seconds for target in found if target]
            assert seconds == sorted(seconds)
    urgent = levels.target_for(shipped, "first_response", Served("urgent", "platinum", "x"))
    assert urgent is not None
    assert (urgent.seconds, urgent.calendar) == (450, "wall")
    safe, any_risk = (levels.target_for(shipped, "legal_answer", Served("low", None, "x", risk)) for risk in (("safety",), ()))
    assert safe is not None
    assert any_risk is not None
    assert safe.seconds < any_risk.seconds
    assert levels.target_for(shipped, "move_to_private", Served("high", None, "x")) is None, "only what is to move has a clock for it"
