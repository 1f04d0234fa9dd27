"""What a rule comes to: by day, with what people undid, and how long answers took before and after its last change."""

from datetime import timedelta

from app.actions.publish_rules import publish_rules
from app.actions.tag_case import tag_case
from app.core.clock import SetClock
from app.core.ids import CaseId, PersonId, ReplyId
from app.engine.database import Transaction
from app.engine.ports import Ports
from app.measures import store as measures
from app.measures.model import Response
from app.queries.rule_effect import DAYS, FEWEST, RuleEffect, days_of, effect_of
from app.routing import store as routing
from tests.support.databases import scans_a_table
from tests.support.scene import ORDER, Scene


def effect(ports: Ports, rule: str) -> RuleEffect:
    with ports.db.read() as conn:
        return effect_of(conn, rule, ports.clock.now())


def answered(tx: Transaction, case: CaseId, number: int, seconds: float) -> None:
    measures.record_response(
        tx,
        Response(
            at=tx.now, case_id=case, reply_id=ReplyId(f"r{number}"), metric="first_response", queue="care", network="x", band="normal",
            tier="", agent_id=PersonId("p"), wall_seconds=seconds, business_seconds=seconds, clock_seconds=seconds, target_seconds=900,
            within=True,
        ),
    )  # fmt: skip


def test_fires_and_what_people_undid_stand_by_day(scene: Scene, clock: SetClock) -> None:
    case = scene.hear(ORDER, handle="one")
    clock.move(days=1)
    scene.hear(ORDER, handle="two")
    scene.hear(ORDER, handle="three")
    tag_case(scene.ports, scene.ana, case.id, remove=("order",))
    found = effect(scene.ports, "order")
    assert (found.days.fired[-2:], found.days.undone_by_day[-2:]) == ((1, 2), (0, 1))
    assert (found.days.fires, found.days.undone, found.undone_share, len(found.days.fired)) == (3, 1, 33, DAYS)
    assert found.dates[-1] == clock.now().date()
    clock.move(days=DAYS)
    assert effect(scene.ports, "order").days.fires == 0
    assert effect(scene.ports, "order").undone_share is None


def test_answers_before_and_after_the_last_change_of_the_rule(scene: Scene, clock: SetClock) -> None:
    case = scene.hear(ORDER, handle="one")
    other = scene.hear("@acme rain again, boots again", handle="two")
    clock.move(hours=1)
    with scene.ports.db.write() as tx:
        for number in range(FEWEST):
            answered(tx, case.id, number, 600 + number)
            answered(tx, other.id, 100 + number, 9)
    clock.move(hours=1)
    with scene.ports.db.read() as conn:
        text = routing.active(conn)[1]
    publish_rules(scene.ports, scene.sue, text.replace("name: About an order or a delivery", "name: About an order"), reason="shorter")
    clock.move(hours=1)
    with scene.ports.db.write() as tx:
        answered(tx, case.id, 50, 60)
    found = effect(scene.ports, "order")
    assert (found.version, found.before.count, found.before.median_seconds) == (2, FEWEST, 602)
    assert (found.after.count, found.after.median_seconds) == (1, None), "too few to say"
    untouched = effect(scene.ports, "public-reply")
    assert untouched.version == 1


def test_a_rule_that_never_was_comes_to_nothing(scene: Scene) -> None:
    found = effect(scene.ports, "nobody")
    assert (found.changed, found.days.fires, found.before.count, found.after.median_seconds) == (None, 0, 0, None)


def test_no_read_of_it_walks_the_history(scene: Scene) -> None:
    """Pitfall "count queries per socket event": fires are counted when they happen, a row a rule and day."""
    scene.hear(ORDER)
    with scene.ports.db.read() as conn:
        assert days_of(conn, scene.clock.now() + timedelta(minutes=1))["order"].fires == 1
    for sql in (
        "SELECT n FROM tally WHERE name IN ('rule_fired_daily') AND bucket >= '2026-03-01' AND bucket < '2026-03-02'",
        "SELECT case_id FROM response WHERE metric = 'first_response' AND at >= '2026-03-01' AND at < '2026-03-02' ORDER BY at DESC",
        "SELECT outcome FROM decision WHERE case_id = 'x'",
    ):
        with scene.ports.db.write() as tx:
            assert not scans_a_table(tx.conn, sql)
