"""Passing a case on, and taking one while a better one waits: both are counted, neither is forbidden."""

from collections import Counter
from datetime import timedelta

import pytest

from app.actions.claim_case import claim_case, next_case
from app.actions.erase_customer import erase_customer
from app.actions.release_case import release_case
from app.actions.skip_case import LONGEST_REASON, skip_case
from app.cases import store as cases
from app.cases import store_skips as skips
from app.cases import store_waiting as waiting
from app.core.errors import Claimed, Forbidden, Invalid
from app.measures import store as measures
from tests.support.people import hire
from tests.support.scene import Scene

WHY = "I do not know this product"


def tallies(scene: Scene) -> Counter[tuple[str, str]]:
    names = ("claimed_by_hand", "rank_inversions", "skipped")
    now = scene.clock.now()
    with scene.ports.db.read() as conn:
        return Counter(measures.totals(conn, names, now - timedelta(days=1), now + timedelta(minutes=5)))


def two(scene: Scene) -> tuple[str, str]:
    """Two cases in one queue, the first the better one."""
    ids = [scene.hear("@acme the blue lamp came without its cable", handle="a").id, scene.hear("@acme invoice 7 is wrong", handle="b").id]
    with scene.ports.db.write() as tx:
        for rank, id in enumerate(ids):
            cases.change(tx, scene.case(id).id, queue="care", rank_at=1000.0 + rank)
    return ids[0], ids[1]


def test_it_goes_back_to_its_place_and_is_not_offered_to_her_again_for_a_while(scene: Scene) -> None:
    best, second = two(scene)
    assert (taken := next_case(scene.ports, scene.ana)) is not None
    assert taken.id == best
    back = skip_case(scene.ports, scene.ana, best, f"  {WHY} \n")
    assert (back.assignee_id, back.rank_at) == (None, taken.rank_at)
    assert (other := next_case(scene.ports, scene.ana)) is not None
    assert other.id == second
    assert next_case(scene.ports, scene.ana) is None
    assert (for_ben := next_case(scene.ports, scene.ben)) is not None
    assert for_ben.id == best, "for the others it stands where it stood"
    release_case(scene.ports, scene.ben, best)
    scene.clock.move(minutes=scene.ports.settings.earshot_skip_minutes + 1)
    assert (again := next_case(scene.ports, scene.ana)) is not None
    assert again.id == best


def test_the_reason_stands_in_the_history_and_the_count_rises(scene: Scene) -> None:
    case = scene.hear()
    claim_case(scene.ports, scene.ana, case.id)
    skip_case(scene.ports, scene.ana, case.id, WHY)
    skipped, released = scene.events(case.id, kind="case.skipped"), scene.events(case.id, kind="case.released")
    assert [e.data["reason"] for e in skipped] == [WHY]
    assert [e.cause for e in released] == [skipped[0].seq]
    skip_case(scene.ports, scene.ana, case.id, "again")
    assert len(scene.events(case.id, kind="case.skipped")) == 1, "a second time the while only runs anew"
    assert tallies(scene)["skipped", scene.ana.person()] == 1


@pytest.mark.parametrize("reason", ["", "  \n ", "x" * (LONGEST_REASON + 1)])
def test_a_skip_needs_a_reason(scene: Scene, reason: str) -> None:
    case = scene.hear()
    claim_case(scene.ports, scene.ana, case.id)
    with pytest.raises(Invalid, match="why you pass this case on"):
        skip_case(scene.ports, scene.ana, case.id, reason)
    assert scene.case(case.id).assignee_name == "Ana"


def test_nobody_passes_on_what_another_holds(scene: Scene) -> None:
    case = scene.hear()
    claim_case(scene.ports, scene.ben, case.id)
    with pytest.raises(Claimed, match="Ben holds this case"):
        skip_case(scene.ports, scene.ana, case.id, WHY)
    with pytest.raises(Forbidden):
        skip_case(scene.ports, scene.leo, case.id, WHY)


def test_her_words_go_with_the_customer_when_it_is_erased(scene: Scene) -> None:
    case = scene.hear()
    skip_case(scene.ports, scene.ana, case.id, "Mr Harker of 7 Elm Street shouted at me")
    with scene.ports.db.read() as conn:
        assert skips.passed_on_by(conn, [case.id], scene.clock.now())
    erase_customer(scene.ports, hire(scene.ports, "Adm", "admin"), case.customer_id)
    with scene.ports.db.read() as conn:
        assert not skips.passed_on_by(conn, [case.id], scene.clock.now())
    assert "Elm" not in str([e.data for e in scene.events(case.id)])


def test_taking_a_worse_one_by_hand_counts_as_an_inversion_once(scene: Scene) -> None:
    best, second = two(scene)
    claim_case(scene.ports, scene.ana, second)
    claim_case(scene.ports, scene.ana, second)
    claim_case(scene.ports, scene.ben, best)
    assert tallies(scene) == {
        ("claimed_by_hand", scene.ana.person()): 1, ("rank_inversions", scene.ana.person()): 1, ("claimed_by_hand", scene.ben.person()): 1,
    }  # fmt: skip


def test_next_best_is_no_choice_and_counts_as_none(scene: Scene) -> None:
    two(scene)
    next_case(scene.ports, scene.ana)
    assert not tallies(scene)


def test_what_she_could_not_take_or_passed_on_is_no_better_one(scene: Scene) -> None:
    best, second = two(scene)
    with scene.ports.db.write() as tx:
        cases.change(tx, scene.case(best).id, language="fa")
    english = hire(scene.ports, "Eve", languages=["en"])
    claim_case(scene.ports, english, second)
    release_case(scene.ports, english, second)
    elsewhere = hire(scene.ports, "Kim", queues=["bulk"])
    claim_case(scene.ports, elsewhere, second)
    release_case(scene.ports, elsewhere, second)
    skip_case(scene.ports, scene.ana, best, WHY)
    claim_case(scene.ports, scene.ana, second)
    assert not [key for key in tallies(scene) if key[0] == "rank_inversions"]


def test_the_question_for_a_better_one_is_answered_by_an_index(scene: Scene) -> None:
    values = {"queue_0": "care", "queue_1": "vip", "languages": ["en"], "me": scene.ana.person(), "now": scene.clock.now()}
    statement = waiting._better(2, spoken=True).params(**values)
    with scene.ports.db.read() as conn:
        sql = str(statement.compile(conn.engine, compile_kwargs={"literal_binds": True}))
        if conn.dialect.name == "postgresql":
            conn.exec_driver_sql("SET LOCAL enable_seqscan = off")  # it would read a table so small whole
        explain = "EXPLAIN" if conn.dialect.name == "postgresql" else "EXPLAIN QUERY PLAN"
        plan = "\n".join(str(row) for row in conn.exec_driver_sql(f"{explain} {sql}"))
    assert plan.count("ix_case_free") + plan.count("ix_case_state_queue_rank") == 2, plan
