"""The tick: in one process at a time, and in another soon after the first is gone."""

import threading
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from app.core.asker import Asker
from app.core.clock import SetClock, SystemClock
from app.core.events import Actor
from app.core.ids import PersonId
from app.engine import timers
from app.engine.ports import Ports
from app.engine.telemetry import REGISTRY
from app.engine.timers import Timer
from app.jobs import deadlines
from app.jobs.deadlines import LEASE_SECONDS, PUT_OFF_SECONDS, batches, fire_due, tick, tick_exactly
from app.measures import store as measures
from app.queries.health import health
from tests.support.scene import Scene


def breaches(scene: Scene) -> int:
    """Of first answers: each case has other clocks besides."""
    return len([e for e in scene.events(kind="clock.breached") if e.data["metric"] == "first_response"])


def test_only_the_holder_of_the_duty_fires(ports: Ports, clock: SetClock) -> None:
    scene = Scene(ports, clock)
    tick(ports, "first")
    scene.hear()
    clock.move(days=2)
    tick(ports, "first")
    assert breaches(scene) == 1
    scene.hear(handle="other")
    clock.move(seconds=LEASE_SECONDS / 2)
    tick(ports, "second")
    clock.move(seconds=LEASE_SECONDS / 2 + 0.1)
    tick(ports, "second")
    clock.move(days=2)
    tick(ports, "first")
    assert breaches(scene) == 2


def test_a_tick_without_the_duty_leaves_what_is_due(ports: Ports, clock: SetClock) -> None:
    scene = Scene(ports, clock)
    scene.hear()
    clock.move(days=2)
    tick(ports, "first")
    scene.hear(handle="other")
    with_a_lease = breaches(scene)
    tick(ports, "second")
    assert breaches(scene) == with_a_lease == 1


def test_one_timer_that_fails_stops_none_and_is_tried_later(ports: Ports, clock: SetClock) -> None:
    scene = Scene(ports, clock)
    broken, fine = scene.hear().id, scene.hear(handle="other").id
    with ports.db.write() as tx:
        ill = [t for t in timers.due(tx.conn, clock.now() + timedelta(days=2)) if t.data.get("case") == broken]
        for timer in ill:
            timers.arm(tx, timer.subject, timer.purpose, clock.now(), {})  # what a clock's timer cannot do without is its case
    clock.move(days=2)
    with capture_logs() as said:
        fire_due(ports)
    assert {e.case for e in scene.events(kind="clock.breached")} == {fine}
    assert len([s for s in said if s["log_level"] == "error"]) == len(ill)
    with ports.db.read() as conn:
        assert {t.due_at for t in timers.due(conn, clock.now() + timedelta(hours=1)) if not t.data} == {
            clock.now() + timedelta(seconds=PUT_OFF_SECONDS)
        }


def test_a_process_that_ends_leaves_the_rest_to_the_next(ports: Ports, clock: SetClock) -> None:
    scene = Scene(ports, clock)
    scene.hear()
    clock.move(days=2)
    ports.stopping.close()
    assert fire_due(ports) == 0
    assert breaches(scene) == 0
    with ports.db.read() as conn:
        assert timers.due(conn, clock.now())


def test_hundreds_fire_in_a_few_transactions_and_a_bad_one_among_them_stops_none(ports: Ports, clock: SetClock) -> None:
    scene = Scene(ports, clock)
    cases = [scene.hear(handle=f"author{n}").id for n in range(12)]
    with ports.db.write() as tx:
        ill = next(t for t in timers.due(tx.conn, clock.now() + timedelta(days=2)) if t.data.get("case") == cases[5])
        timers.arm(tx, ill.subject, ill.purpose, ill.due_at, {})
    clock.move(days=2)
    with capture_logs() as said:
        fire_due(ports)
    told = Counter((e.kind, e.case, e.data["metric"]) for e in scene.events() if e.kind in ("clock.warned", "clock.breached"))
    assert set(told.values()) == {1}
    assert len(told) == 2 * 3 * len(cases) - 1
    assert len([s for s in said if s["log_level"] == "error"]) == 1


def test_a_case_is_in_a_batch_once_and_its_timers_stay_in_their_order(clock: SetClock) -> None:
    due = [Timer(f"{case}{n}", "warn", clock.now() + timedelta(seconds=n), {"case": case}) for n, case in enumerate("aabacabbdd")]
    due.append(Timer("broken", "warn", clock.now(), {}))
    made = batches(due, 3)
    assert [[t.subject for t in batch] for batch in made] == [["a0", "b2", "c4"], ["a1", "b6", "d8"], ["a3", "b7", "d9"], ["a5", "broken"]]
    assert batches([], 3) == []


def test_side_by_side_each_fires_once_and_those_of_a_case_in_their_order(
    ports: Ports, clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On PostgreSQL more than a batch is fired by two threads."""
    monkeypatch.setattr(deadlines, "AT_ONCE", 4)
    scene = Scene(ports, clock)
    cases = [scene.hear(handle=f"author{n}").id for n in range(8)]
    clock.move(days=2)
    fired = fire_due(ports)
    told = [e for e in scene.events() if e.kind in ("clock.warned", "clock.breached")]
    assert fired >= len(told) == 2 * 3 * len(cases)
    assert set(Counter((e.kind, e.case, e.data["metric"]) for e in told).values()) == {1}
    for case in cases:
        for metric in {e.data["metric"] for e in told}:
            assert [e.kind for e in told if (e.case, e.data["metric"]) == (case, metric)] == ["clock.warned", "clock.breached"]
    with ports.db.read() as conn:
        counted = measures.totals(conn, ["breached"], clock.now() - timedelta(days=3), clock.now() + timedelta(minutes=5))
    assert sum(counted.values()) == 3 * len(cases)


def test_the_tick_tells_how_late_the_oldest_timer_was(ports: Ports, clock: SetClock) -> None:
    """Pitfall "Time rules never ran": a scheduler that keeps silent is seen by its heartbeat and by what is late."""
    scene = Scene(ports, clock)
    scene.hear()
    clock.move(days=2)
    with ports.db.read() as conn:
        page = health(ports, conn, Asker(Actor("agent", "a", "Ada"), frozenset({"settings.edit"}), "admin", PersonId("a")))
    assert page.timers_late
    assert page.timers > 0
    tick(ports, "first")
    assert (REGISTRY.get_sample_value("earshot_timers_late_seconds") or 0) > 0
    assert REGISTRY.get_sample_value("earshot_tick_timestamp_seconds") == clock.now().timestamp()
    tick(ports, "first")
    assert REGISTRY.get_sample_value("earshot_timers_late_seconds") == 0


def test_a_timer_that_is_due_before_the_next_tick_fires_at_its_moment(ports: Ports) -> None:
    real = replace(ports, clock=SystemClock())
    real.db.clock = real.clock
    with real.db.write() as tx:
        timers.arm(tx, "0" * 20, "claim", tx.now + timedelta(milliseconds=60))
    tick_exactly(real, "first", threading.Event())
    with real.db.read() as conn:
        assert timers.next_due(conn) is None
