"""What rests which clock, and that the time left is kept."""

import pytest

from app.core.ids import CaseId, ClockId
from app.sla import clock as clocks
from app.sla.model import ALWAYS, METRICS, Clock, Metric, Target
from app.sla.rests import RESTED_BY, RESTS, WORDS, Rest, rest_of, settled
from tests.sla.desk import LEVELS, at

HOUR = {m: Target(m, m, 3600, "wall") for m in METRICS}
NINE = at("2026-03-06 09:00")


def begin(metric: Metric) -> Clock:
    return clocks.start(ClockId("k"), CaseId("c"), 1, HOUR[metric], LEVELS, NINE)


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("rest", RESTS)
def test_za_manual_pending_time_is_credited_not_lost(metric: Metric, rest: Rest) -> None:
    """Zammad froze a clock while pending, and breached it at once on reopening: the time left must be kept."""
    clock = settled(begin(metric), ALWAYS, {rest: WORDS[rest]}, at("2026-03-06 09:50"), "")
    if rest not in RESTED_BY[metric]:
        assert clock == begin(metric)
        return
    assert (clock.state, clock.due_at, clock.intervals[-1].why) == ("paused", None, WORDS[rest])
    again = settled(clock, ALWAYS, {}, at("2026-03-09 12:00"), "back")
    assert again.due_at == at("2026-03-09 12:10")


def test_legals_own_clock_rests_on_nothing() -> None:
    assert all(rest_of(metric, dict(WORDS)) is None for metric in ("escalation_ack", "legal_answer"))


def test_za_3140_what_the_customer_takes_is_not_our_time() -> None:
    """The owner of a clock is who must act: while the customer must, the resolution waits, and no answer is due."""
    assert rest_of("resolution", {"customer": "waiting"}) == "customer"
    assert rest_of("next_response", {"customer": "waiting"}) is None


def test_a_pause_for_another_reason_is_another_stretch() -> None:
    clock = settled(begin("resolution"), ALWAYS, {"answer": WORDS["answer"]}, at("2026-03-06 09:10"), "")
    clock = settled(clock, ALWAYS, {"customer": WORDS["customer"]}, at("2026-03-06 09:11"), "")
    assert [i.why for i in clock.intervals] == ["started", WORDS["answer"], WORDS["customer"]]
    assert settled(clock, ALWAYS, {"customer": WORDS["customer"]}, at("2026-03-06 09:12"), "") == clock
    assert settled(clock, ALWAYS, {}, at("2026-03-06 10:11"), "back").due_at == at("2026-03-06 11:01")


def test_of_several_reasons_the_longest_is_told() -> None:
    assert rest_of("first_response", {"answer": "", "snoozed": "", "customer": ""}) == "snoozed"
