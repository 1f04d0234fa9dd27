"""The tick: in one process at a time, and in another soon after the first is gone."""

from datetime import timedelta

from structlog.testing import capture_logs

from app.core.clock import SetClock
from app.engine import timers
from app.engine.ports import Ports
from app.jobs.deadlines import LEASE_SECONDS, PUT_OFF_SECONDS, fire_due, tick
from tests.support.scene import Scene


def breaches(scene: Scene) -> int:
    return len(scene.events(kind="clock.breached"))


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
    assert [e.case for e in scene.events(kind="clock.breached")] == [fine]
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
