"""Spans as people ask for them, the rules' effect, answers by policy."""

from datetime import UTC, datetime

import pytest

from app.core.clock import SetClock
from app.core.errors import Invalid
from app.engine.ports import Ports
from app.queries.reports import policy_report, response_times, rule_effects, span_of
from app.queries.workload import workload
from tests.support.scene import Scene


@pytest.fixture
def scene(ports: Ports, clock: SetClock) -> Scene:
    """A desk with its people and no case yet."""
    return Scene(ports, clock)


def utc(day: int, hour: int = 0, month: int = 3) -> datetime:
    """A moment of spring 2026."""
    return datetime(2026, month, day, hour, tzinfo=UTC)


@pytest.mark.parametrize(
    ("asked", "since", "until"),
    [
        ({}, utc(23, 23, month=2), utc(2, 23)),  # seven days of Berlin, today included
        ({"tz": "UTC"}, utc(24, month=2), utc(3)),
        ({"from": "2026-03-01", "to": "2026-03-01", "tz": "UTC"}, utc(1), utc(2)),
        # The day on which the clocks go forward is an hour short, and still one day.
        ({"from": "2026-03-29", "to": "2026-03-29", "tz": "Europe/Berlin"}, utc(28, 23), utc(29, 22)),
        ({"from": "2026-03-01T10:00:00Z", "to": "2026-03-01T12:00:00 01:00"}, utc(1, 10), utc(1, 11)),
    ],
)
def test_spans(ports: Ports, asked: dict[str, str], since: datetime, until: datetime) -> None:
    span = span_of(ports, asked)
    assert (span.since, span.until) == (since, until)
    assert (span.by, span.metric, span.calendar) == ("queue", "first_response", "wall")


@pytest.mark.parametrize(
    "asked",
    [
        {"from": "2026-13-01"},
        {"to": "soon"},
        {"from": "2026-03-09"},
        {"by": "agents"},
        {"metric": "x"},
        {"tz": "../etc"},
        {"from": "2026-03-01T10:00:00"},
    ],
)
def test_spans_that_are_none(ports: Ports, asked: dict[str, str]) -> None:
    with pytest.raises(Invalid) as refused:
        span_of(ports, asked)
    assert refused.value.errors[0]["loc"][0] == "query"


def test_groups_have_names_and_days_the_readers_zone(scene: Scene) -> None:
    case = scene.hear().id
    scene.clock.set(datetime(2026, 3, 2, 23, 30, tzinfo=UTC))
    scene.send(scene.ana, case)
    scene.deliver()
    with scene.ports.db.read() as conn:
        by = {
            name: response_times(scene.ports, conn, scene.sue, span_of(scene.ports, {"by": name, "tz": "Asia/Tehran"}))
            for name in ("queue", "network", "agent", "band", "tier", "day")
        }
    assert by["queue"].names[by["queue"].rows[0].key].startswith("Customer care")
    assert by["agent"].names[by["agent"].rows[0].key] == "Ana"
    assert by["tier"].names[""] == "not known"
    assert by["day"].rows[0].key == "2026-03-03"
    assert all(report.overall.count == 1 for report in by.values())


def test_rules_and_policies(scene: Scene) -> None:
    for n in range(3):
        case = scene.hear(handle=f"author{n}").id
    scene.send(scene.ana, case)
    scene.deliver()
    with scene.ports.db.read() as conn:
        span = span_of(scene.ports, {})
        effects = rule_effects(conn, scene.sue, span)
        report = policy_report(conn, scene.sue, span)
        load = workload(scene.ports, conn, scene.sue)
    assert any(e.fires == 3 and e.share == 1 for e in effects)
    assert any(e.fires == 0 and e.known for e in effects)
    assert (report.answered, report.under_policy, report.share) == (1, 1, 1)
    (use,) = report.uses
    assert (use.answers, use.complete, use.version) == (1, 1, 1)
    assert {a.name: a.answered_today for a in load.agents} == {"Ana": 1, "Ben": 0, "Sue": 0, "Tim": 0}


def test_an_empty_span_claims_nothing(scene: Scene) -> None:
    with scene.ports.db.read() as conn:
        span = span_of(scene.ports, {})
        times = response_times(scene.ports, conn, scene.sue, span)
        assert times.rows == ()
        assert (times.overall.count, times.overall.median_seconds, times.overall.within_share) == (0, None, None)
        assert policy_report(conn, scene.sue, span).share is None
        assert all(e.share is None for e in rule_effects(conn, scene.sue, span))
