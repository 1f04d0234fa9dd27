"""The tick: in one process at a time, and in another soon after the first is gone."""

from app.core.clock import SetClock
from app.engine.ports import Ports
from app.jobs.deadlines import LEASE_SECONDS, tick
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
