"""Which clock a row shows."""

from dataclasses import replace

from app.core.ids import CaseId, ClockId
from app.sla import clock as clocks
from app.sla.model import ALWAYS, Clock, Metric, Target
from app.sla.nearest import NOTHING, Shown, nearer, shown
from tests.sla.desk import LEVELS, at

NINE = at("2026-03-06 09:00")


def clock(metric: Metric, minutes: int) -> Clock:
    return clocks.start(ClockId(metric), CaseId("c"), 1, Target(metric, metric, minutes * 60, "wall"), LEVELS, NINE)


def test_za_5177_the_nearest_of_several_is_shown_whichever_it_is() -> None:
    touch, first, done = clock("first_touch", 5), clock("first_response", 15), clock("resolution", 480)
    assert shown([done, first, touch]) == Shown(at("2026-03-06 09:05"), "first_touch", "running")
    assert shown([done, first]) == Shown(at("2026-03-06 09:15"), "first_response", "running")
    assert shown([]) == NOTHING


def test_a_missed_target_is_shown_until_it_stops_but_a_missed_resolution_gives_way() -> None:
    late = clocks.breach(clock("first_touch", 5), ALWAYS, at("2026-03-06 09:06"))
    assert shown([clock("first_response", 15), late]).state == "breached"
    gone = clocks.breach(clock("resolution", 5), ALWAYS, at("2026-03-06 09:06"))
    assert shown([gone, clock("next_response", 15)]).metric == "next_response"
    assert shown([gone]) == Shown(at("2026-03-06 09:05"), "resolution", "breached")


def test_a_paused_clock_comes_after_those_that_run_and_a_warned_one_says_so() -> None:
    paused = clocks.pause(clock("first_response", 5), ALWAYS, NINE, "snoozed")
    warned = replace(clock("legal_answer", 60), warned_at=NINE)
    assert shown([paused, warned]) == Shown(at("2026-03-06 10:00"), "legal_answer", "warned")
    assert shown([paused]) == Shown(None, "first_response", "paused")


def test_of_clocks_that_rest_since_the_same_moment_the_same_is_shown_in_whatever_order_they_were_read() -> None:
    resting = [clocks.pause(clock(m, 5), ALWAYS, NINE, "snoozed") for m in ("resolution", "first_response", "first_touch")]
    assert shown(resting) == shown(resting[::-1]) == Shown(None, "first_touch", "paused")


def test_of_two_rows_the_nearer() -> None:
    soon, later, resting = shown([clock("first_response", 5)]), shown([clock("escalation_ack", 30)]), Shown(None, "resolution", "paused")
    assert nearer(soon, later) == nearer(later, soon) == soon
    assert nearer(NOTHING, resting) == nearer(resting, NOTHING) == resting
    assert nearer(resting, later) == later
