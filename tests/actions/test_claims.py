"""Taking cases: the second is told who was first, and the next best case is the best one that suits."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from app.actions.claim_case import claim_case, next_case, renew_claim
from app.actions.close_case import close_case
from app.actions.release_case import assign_case, release_case
from app.core.errors import Claimed, Conflict, Forbidden, NotFound
from app.engine.timers import next_due
from tests.support.people import hire
from tests.support.scene import ORDER, Scene


def test_the_second_is_told_who_was_first(scene: Scene) -> None:
    case = scene.hear()
    assert claim_case(scene.ports, scene.ana, case.id).assignee_name == "Ana"
    with pytest.raises(Claimed, match="Ana took this case first") as refused:
        claim_case(scene.ports, scene.ben, case.id)
    assert refused.value.status == 409
    assert refused.value.extra["by"] == {"id": scene.ana.person(), "name": "Ana"}
    assert [e.actor.name for e in scene.events(case.id, kind="case.claimed")] == ["Ana"]


def test_taking_it_twice_renews_and_is_no_second_news(scene: Scene) -> None:
    case = scene.hear()
    first = claim_case(scene.ports, scene.ana, case.id)
    scene.clock.move(minutes=5)
    again = claim_case(scene.ports, scene.ana, case.id)
    assert first.claim_until is not None
    assert again.claim_until is not None
    assert again.claim_until > first.claim_until
    assert len(scene.events(case.id, kind="case.claimed")) == 1
    assert again.version == case.version, "who holds a case is nothing an answering agent must have read"


def test_a_sign_of_life_renews_only_ones_own_claim(scene: Scene) -> None:
    case = scene.hear()
    taken = claim_case(scene.ports, scene.ana, case.id)
    scene.clock.move(minutes=5)
    renew_claim(scene.ports, scene.ben, case.id)
    assert scene.case(case.id).claim_until == taken.claim_until
    renew_claim(scene.ports, scene.ana, case.id)
    assert scene.case(case.id).claim_until != taken.claim_until


@pytest.mark.parametrize("who", ["leo", "auditor"])
def test_those_who_only_read_take_nothing(scene: Scene, who: str) -> None:
    asker = scene.leo if who == "leo" else hire(scene.ports, "Aud", "auditor")
    with pytest.raises(Forbidden):
        claim_case(scene.ports, asker, scene.hear().id)


def test_what_is_not_there_or_done_cannot_be_taken(scene: Scene) -> None:
    with pytest.raises(NotFound):
        claim_case(scene.ports, scene.ana, "0" * 20)
    case = scene.hear()
    close_case(scene.ports, scene.ana, case.id, "spam")
    with pytest.raises(Conflict, match="Reopen it first"):
        claim_case(scene.ports, scene.ana, case.id)


def test_only_its_holder_or_a_supervisor_gives_a_case_back(scene: Scene) -> None:
    case = scene.hear()
    claim_case(scene.ports, scene.ana, case.id)
    with pytest.raises(Claimed, match="Ana holds this case"):
        release_case(scene.ports, scene.ben, case.id)
    assert release_case(scene.ports, scene.sue, case.id).assignee_id is None
    release_case(scene.ports, scene.sue, case.id)
    assert len(scene.events(case.id, kind="case.released")) == 1, "the second time nothing happens"


def test_an_agent_gives_to_nobody_but_herself(scene: Scene) -> None:
    case = scene.hear()
    with pytest.raises(Forbidden):
        assign_case(scene.ports, scene.ana, case.id, scene.ben.person())
    assert assign_case(scene.ports, scene.ana, case.id, scene.ana.person()).assignee_name == "Ana"
    assert assign_case(scene.ports, scene.sue, case.id, scene.ben.person()).assignee_name == "Ben"


def test_next_gives_the_best_first_and_never_the_same_twice(scene: Scene) -> None:
    mild = scene.hear("@acme what are your opening hours?", handle="mild")
    bad = scene.hear("@acme I am stranded at the airport with my child, flight cancelled, need help right NOW!!", handle="bad")
    assert bad.rank_at < mild.rank_at
    taken = [next_case(scene.ports, scene.ana), next_case(scene.ports, scene.ben)]
    assert [c.id for c in taken if c] == [bad.id, mild.id]
    assert next_case(scene.ports, scene.sue) is None


def test_many_who_ask_at_once_get_a_case_each(scene: Scene) -> None:
    heard = {scene.hear(f"{ORDER} Order {n}.", handle=f"jo_{n}").id for n in range(6)}
    people = [hire(scene.ports, f"Agent {n}") for n in range(9)]
    with ThreadPoolExecutor(len(people)) as pool:
        taken = [case.id for case in pool.map(lambda asker: next_case(scene.ports, asker), people) if case is not None]
    assert sorted(taken) == sorted(heard), "each case once, and nobody left with nothing while one was there"
    assert len(scene.events(kind="case.claimed")) == len(heard)


def test_next_keeps_to_queue_language_and_skill(scene: Scene) -> None:
    spanish = scene.hear("@acme mi pedido no ha llegado y nadie me contesta, estoy muy enfadado, quiero mi dinero ya", handle="luis")
    assert spanish.language == "es"
    english_only = hire(scene.ports, "Eve", languages=["en"])
    elsewhere = hire(scene.ports, "Kim", queues=["legal"])
    assert next_case(scene.ports, english_only) is None
    assert next_case(scene.ports, elsewhere) is None
    fitting = hire(scene.ports, "Rosa", languages=["en", "es"], queues=[spanish.queue])
    assert (found := next_case(scene.ports, fitting)) is not None
    assert found.id == spanish.id


def test_next_asks_for_the_skill_of_the_queue(scene: Scene) -> None:
    threat = scene.hear("@acme I will sue you, my lawyer will write to you", handle="angry")
    assert threat.queue == "legal"
    assert next_case(scene.ports, scene.ana) is None
    lawyerly = hire(scene.ports, "Pia", skills=["legal"])
    assert (found := next_case(scene.ports, lawyerly)) is not None
    assert found.id == threat.id


def test_what_was_given_to_me_comes_to_me_and_to_nobody_else(scene: Scene) -> None:
    case = scene.hear("@acme mi pedido no ha llegado y nadie me contesta, estoy muy enfadado", handle="luis")
    given_to = hire(scene.ports, "Eve", languages=["en"], queues=["care"])
    assign_case(scene.ports, scene.sue, case.id, given_to.person())
    assert next_case(scene.ports, scene.ana) is None
    assert (found := next_case(scene.ports, given_to)) is not None
    assert found.id == case.id
    assert next_case(scene.ports, given_to) is None, "once opened it is in work, not next again"


def test_a_claim_has_a_timer_and_a_release_takes_it_away(scene: Scene) -> None:
    case = scene.hear("@acme love it, thank you!")
    with scene.ports.db.read() as conn:
        before = next_due(conn)
    claim_case(scene.ports, scene.ana, case.id)
    with scene.ports.db.read() as conn:
        assert next_due(conn) == scene.case(case.id).claim_until
    release_case(scene.ports, scene.ana, case.id)
    with scene.ports.db.read() as conn:
        assert next_due(conn) == before
