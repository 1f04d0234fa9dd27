"""Seven metrics over a span: what was met, what was missed, what fell away, and how long it took; on both databases."""

from datetime import timedelta

import pytest

from app.actions.claim_case import claim_case
from app.actions.close_case import close_case
from app.actions.decide_matter import acknowledge_matter
from app.actions.escalate_case import escalate_case
from app.core.clock import SetClock
from app.core.errors import Forbidden
from app.engine.ports import Ports
from app.queries.clock_report import ClockLine, clock_report
from app.sla.model import METRICS
from tests.support.scene import Scene

_DAY = timedelta(days=1)


@pytest.fixture
def scene(ports: Ports, clock: SetClock) -> Scene:
    """A desk with its people and no case yet."""
    return Scene(ports, clock)


def report(scene: Scene, *, days_ago: int = 0) -> dict[str, ClockLine]:
    """The last 24 hours, or those that ended so many days ago."""
    until = scene.clock.now() + timedelta(seconds=1) - days_ago * _DAY
    with scene.ports.db.read() as conn:
        return {line.metric: line for line in clock_report(conn, scene.sue, until - _DAY, until)}


def test_every_metric_has_a_line_and_an_empty_span_claims_nothing(scene: Scene) -> None:
    scene.hear()
    found = report(scene)
    assert tuple(found) == METRICS
    assert all((one.met, one.missed, one.fell_away) == (0, 0, 0) for one in found.values())
    assert all(one.kept_share is one.median_seconds is one.p90_seconds is None for one in found.values())
    with scene.ports.db.read() as conn, pytest.raises(Forbidden):
        clock_report(conn, scene.tim, scene.clock.now() - _DAY, scene.clock.now())


def test_what_is_done_in_time_is_met_with_the_time_it_took(scene: Scene) -> None:
    for minutes in (2, 4, 9):
        case = scene.hear(handle=f"author{minutes}").id
        scene.clock.move(minutes=minutes)
        claim_case(scene.ports, scene.ana, case)
        scene.send(scene.ana, case)
        scene.deliver()
    found = report(scene)
    for metric in ("first_touch", "first_response"):
        one = found[metric]
        assert (one.met, one.missed, one.kept_share, one.fell_away) == (3, 0, 1.0, 0), metric
        assert one.median_seconds == pytest.approx(4 * 60, abs=15), metric
        assert one.p90_seconds == pytest.approx(8 * 60, abs=15), metric
    assert found["resolution"].met == 0, "nothing is closed yet"
    assert all((one.met, one.missed) == (0, 0) for one in report(scene, days_ago=1).values()), "nor is the day before concerned"


def test_a_late_answer_stays_missed_and_still_tells_how_long_it_took(scene: Scene) -> None:
    case = scene.hear().id
    scene.pass_time(hours=3)
    assert (report(scene)["first_response"].missed, report(scene)["first_response"].median_seconds) == (1, None)
    scene.send(scene.ana, case)
    scene.deliver()
    late = report(scene)["first_response"]
    assert (late.met, late.missed, late.kept_share) == (0, 1, 0.0)
    assert late.median_seconds is not None
    assert late.median_seconds >= 3 * 3600


def test_closing_is_a_touch_and_a_resolution_and_nothing_else(scene: Scene) -> None:
    close_case(scene.ports, scene.ana, scene.hear().id, "no_response_needed")
    found = report(scene)
    assert (found["first_touch"].met, found["resolution"].met) == (1, 1)
    assert (found["first_response"].met, found["first_response"].fell_away, found["first_response"].kept_share) == (0, 1, None)
    assert found["first_response"].median_seconds is None


def test_what_a_rule_closes_is_nobodys_merit(scene: Scene) -> None:
    scene.hear("@acme where is my order?", handle="bot", id="first")
    scene.clock.move(minutes=1)
    case = scene.hear("@acme FREE followers!! check my profile", handle="bot", in_reply_to="first")
    assert case.state == "done"
    found = report(scene)
    assert [(one.met, one.missed, one.median_seconds) for one in found.values()] == [(0, 0, None)] * len(METRICS)
    assert (found["first_response"].fell_away, found["resolution"].kept_share) == (1, None)


def test_a_matter_is_seen_and_decided(scene: Scene) -> None:
    case = scene.hear().id
    escalate_case(scene.ports, scene.ana, case, to="legal", reason="they speak of a lawyer")
    scene.clock.move(minutes=5)
    acknowledge_matter(scene.ports, scene.leo, scene.matter(case).id)
    found = report(scene)
    assert (found["escalation_ack"].met, found["escalation_ack"].median_seconds) == (1, 300)
    assert found["legal_answer"].met == 0
