"""One bad mention stops none: it is tried again, then parked with its error, and the others go on."""

from app.actions.accept_mentions import Delivery, accept_mentions
from app.cases.tables import CASE
from app.core.clock import SetClock
from app.engine import intake_queue, log
from app.engine.intake_queue import MAX_ATTEMPTS, Arrival
from app.engine.ports import Ports
from app.jobs.intake import BATCH, one_batch
from tests.support.desk import mention


def cases(ports: Ports) -> int:
    with ports.db.read() as conn:
        return len(conn.execute(CASE.select()).all())


def test_a_poisoned_mention_is_parked_and_the_others_go_on(ports: Ports, clock: SetClock) -> None:
    with ports.db.write() as tx:
        intake_queue.put(tx, [Arrival("bad", "test", {"network": 7})])
    accept_mentions(ports, [Delivery("test", [mention(str(i), "@acme where is it?", handle=f"a{i}") for i in range(5)])])
    assert one_batch(ports) == 6
    assert cases(ports) == 5
    for _ in range(MAX_ATTEMPTS - 1):
        clock.move(minutes=10)
        one_batch(ports)
    clock.move(days=1)
    assert one_batch(ports) == 0, "it is parked, not tried for ever"
    with ports.db.read() as conn:
        assert [e.kind for e in log.read_since(conn, 0) if e.kind.startswith("intake.")] == ["intake.parked"]
        assert intake_queue.depth(conn, 10) == 0


def test_what_failed_before_is_tried_by_itself(ports: Ports, clock: SetClock) -> None:
    with ports.db.write() as tx:
        intake_queue.put(tx, [Arrival("bad", "test", {"network": 7})])
    one_batch(ports)
    accept_mentions(ports, [Delivery("test", [mention(str(i), "@acme where is it?", handle=f"a{i}") for i in range(5)])])
    clock.move(minutes=10)
    assert [one_batch(ports), one_batch(ports)] == [1, 5], "the others are no part of the attempt that fails"
    assert cases(ports) == 5


def test_what_waits_is_taken_in_batches_and_in_order(ports: Ports) -> None:
    accept_mentions(ports, [Delivery("test", [mention(str(i), "@acme where is it?", handle=f"a{i}") for i in range(BATCH + 5)])])
    assert [one_batch(ports), one_batch(ports), one_batch(ports)] == [BATCH, 5, 0]
    assert cases(ports) == BATCH + 5
