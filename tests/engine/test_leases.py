"""A duty has one holder, changes hands soon after its holder is gone, and is not held by a clock that was wrong."""

from app.core.clock import SetClock
from app.engine.leases import hold, let_go
from app.engine.ports import Ports

SECONDS = 3.0


def test_a_duty_changes_hands_when_it_is_let_go_or_lapses_and_each_time_its_number_grows(ports: Ports, clock: SetClock) -> None:
    first = hold(ports.db, "watch", "ana", SECONDS)
    assert first is not None
    assert hold(ports.db, "watch", "ben", SECONDS) is None
    assert hold(ports.db, "watch", "ana", SECONDS) == first, "a renewal is no change of hands"
    let_go(ports.db, "watch", "ana")
    second = hold(ports.db, "watch", "ben", SECONDS)
    assert second is not None
    assert second > first
    clock.move(seconds=SECONDS)
    third = hold(ports.db, "watch", "ana", SECONDS)
    assert third is not None
    assert third > second


def test_a_clock_that_is_put_back_gives_nobody_a_longer_lease(ports: Ports, clock: SetClock) -> None:
    assert hold(ports.db, "watch", "ana", SECONDS) is not None
    clock.move(hours=-1)
    assert hold(ports.db, "watch", "ben", SECONDS) is not None, "its holder may be dead, and an hour is long"
    assert hold(ports.db, "watch", "ana", SECONDS) is None
