"""Cases that the desk gives out by itself: in order, once, to who is there and has room, with the reasons."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

import pytest

from app.actions.claim_case import claim_case, next_case
from app.actions.push_cases import push_cases
from app.actions.release_case import assign_case, release_case
from app.actions.set_presence import set_presence
from app.actions.skip_case import skip_case
from app.cases import store as cases
from app.cases.model import Case
from app.core.asker import Asker
from app.core.errors import Conflict
from app.core.events import Event
from app.people import store as people
from tests.support.people import hire
from tests.support.queues import only, with_queues
from tests.support.scene import ORDER, Scene

POSTS: Final = (
    "@acme the blue lamp that I bought on Friday came without its cable",
    "@acme your shop in Leeds closed an hour early and I stood there in the rain",
    "@acme invoice 7 names the wrong street, who mends that",
    "@acme two of six glasses arrived in pieces",
)
QUEUES: Final = """
queues:
  - {id: care, title: Care, push: least_loaded, sticky: true, weights: {public: 1, direct: 0.5}}
  - {id: care-es, title: Spanish, languages: [es], push: least_loaded}
  - {id: legal, title: Legal, skills: [legal]}
  - {id: vip, title: Vip, skills: [vip]}
  - {id: community, title: Community}
  - {id: bulk, title: Bulk}
  - {id: care-de, title: German}
  - {id: care-fa, title: Persian}
"""


@pytest.fixture
def pushing(scene: Scene, tmp_path: Path) -> Scene:
    """Nobody is there; the queue care gives its cases out."""
    only(scene)
    return with_queues(scene, tmp_path, QUEUES)


def hear(scene: Scene) -> list[Case]:
    """A case of each post, a minute after one another, all of them in the queue that gives out."""
    heard = []
    for n, post in enumerate(POSTS):
        scene.clock.move(minutes=1)
        heard.append(scene.hear(post, handle=f"jo_{n}"))
    with scene.ports.db.write() as tx:
        for case in heard:
            cases.change(tx, case.id, queue="care")
    return [scene.case(case.id) for case in heard]


def there(scene: Scene, *askers: Asker) -> None:
    for asker in askers:
        set_presence(scene.ports, asker, "available")


def change(scene: Scene, asker: Asker, **values: object) -> None:
    with scene.ports.db.write() as tx:
        people.change(tx, asker.person(), **values)


def given(scene: Scene) -> list[Event]:
    return scene.events(kind="case.assigned")


def test_newer_item_never_first_one_queue_drained_from_its_front(pushing: Scene) -> None:
    """CW#10376: a newer item was assigned and an older one left."""
    order = []
    for case in hear(pushing):
        order.append(case.id)
        with pushing.ports.db.write() as tx:
            cases.change(tx, case.id, rank_at=1000.0 + len(order) // 2)  # two and two are equally pressing
    change(pushing, pushing.ana, capacity=2)
    there(pushing, pushing.ana)
    assert push_cases(pushing.ports) == 2
    assert [e.case for e in given(pushing)] == order[:2]
    assert push_cases(pushing.ports) == 0, "she is full, and so they wait"


def test_the_event_says_why_she_got_it_and_why_the_others_did_not(pushing: Scene) -> None:
    case = pushing.hear()
    there(pushing, pushing.ana, pushing.ben)
    change(pushing, pushing.ben, languages=["en"], queues=["bulk"])
    push_cases(pushing.ports)
    (event,) = given(pushing)
    assert (event.case, event.actor.kind, event.data["to"]) == (case.id, "system", pushing.ana.person())
    assert event.data["why"] == "has the most room: 0 of 8"
    reasons = dict(event.data["passed"])
    assert reasons[pushing.ben.person()] == "does not work the queue care"
    assert reasons[pushing.tim.person()] == "is away"


def test_two_workers_never_give_one_case_twice(pushing: Scene) -> None:
    """ZA#3156: the owner flipped within seconds."""
    heard = {case.id for case in hear(pushing)}
    there(pushing, pushing.ana, pushing.ben)
    with ThreadPoolExecutor(5) as pool:
        counts = list(pool.map(lambda turn: push_cases(pushing.ports) if turn < 4 else int(claims(pushing)), range(5)))
    while push_cases(pushing.ports):
        pass
    events = [str(e.case) for e in pushing.events() if e.kind in ("case.assigned", "case.claimed")]
    assert sorted(events) == sorted(heard), (counts, "each case was given or taken once")


def claims(scene: Scene) -> bool:
    return next_case(scene.ports, scene.tim) is not None


def test_never_above_the_hard_capacity_by_whatever_way(pushing: Scene) -> None:
    heard = hear(pushing)
    change(pushing, pushing.ana, capacity=1, hard_capacity=2)
    there(pushing, pushing.ana)
    push_cases(pushing.ports)
    first = claim_case(pushing.ports, pushing.ana, next(c.id for c in heard if pushing.case(c.id).assignee_id is None)).id
    other = next(c.id for c in heard if pushing.case(c.id).assignee_id is None)
    with pytest.raises(Conflict, match="holds 2 of 2, the most they may"):
        claim_case(pushing.ports, pushing.ana, other)
    with pytest.raises(Conflict, match="the most they may"):
        assign_case(pushing.ports, pushing.sue, other, pushing.ana.person())
    release_case(pushing.ports, pushing.ana, first)
    assert claim_case(pushing.ports, pushing.ana, other).assignee_name == "Ana"


def test_two_tabs_at_once_do_not_pass_the_hard_capacity(pushing: Scene) -> None:
    heard = hear(pushing)
    change(pushing, pushing.ana, hard_capacity=1)

    def take(id: str) -> bool:
        try:
            claim_case(pushing.ports, pushing.ana, id)
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(take, [c.id for c in heard])) == 1


def test_a_private_case_weighs_half(pushing: Scene) -> None:
    for case in hear(pushing):
        with pushing.ports.db.write() as tx:
            cases.change(tx, case.id, visibility="direct")
    change(pushing, pushing.ana, capacity=1)
    there(pushing, pushing.ana)
    assert push_cases(pushing.ports) == 2


def test_a_customer_comes_back_to_whom_they_know_while_there(pushing: Scene) -> None:
    first = pushing.hear(handle="lea")
    pushing.send(pushing.ana, first.id)
    pushing.deliver()
    pushing.clock.move(days=3)
    there(pushing, pushing.ana, pushing.ben)
    change(pushing, pushing.ana, capacity=4)
    again = pushing.hear(f"{ORDER} And again.", handle="lea", network="mastodon")
    assert again.id != first.id
    with pushing.ports.db.write() as tx:  # the same customer by another identity
        cases.change(tx, again.id, customer_id=first.customer_id)
    for case in hear(pushing)[:2]:  # Ben has more room
        assign_case(pushing.ports, pushing.sue, case.id, pushing.ana.person())
    push_cases(pushing.ports)
    assert pushing.case(again.id).assignee_name == "Ana"


def test_languages_and_skills_are_kept_and_nobody_stands_before_who_could_be_served(pushing: Scene) -> None:
    spanish = pushing.hear("@acme mi pedido no ha llegado y nadie me contesta, estoy muy enfadado, quiero mi dinero ya", handle="luis")
    english = pushing.hear(handle="jo")
    assert spanish.language == "es"
    change(pushing, pushing.ana, languages=["en"])
    there(pushing, pushing.ana)
    assert push_cases(pushing.ports) == 1, "the older one speaks another language and waits for who speaks it"
    assert pushing.case(english.id).assignee_name == "Ana"
    hire(pushing.ports, "Rosa", languages=["es"], queues=[spanish.queue])
    push_cases(pushing.ports)
    assert pushing.case(spanish.id).assignee_name == "Rosa"


def test_what_she_passed_on_goes_to_the_others_only(pushing: Scene) -> None:
    case = pushing.hear()
    there(pushing, pushing.ana)
    push_cases(pushing.ports)
    skip_case(pushing.ports, pushing.ana, case.id, "I do not know this product")
    assert push_cases(pushing.ports) == 0
    there(pushing, pushing.ben)
    assert push_cases(pushing.ports) == 1
    assert pushing.case(case.id).assignee_name == "Ben"


def test_explicit_status_wins_over_the_socket(pushing: Scene) -> None:
    """CW#5436: a phone in the background counted as gone, and all work went to the others."""
    pushing.hear()
    there(pushing, pushing.ana)
    with pushing.ports.db.write() as tx:
        people.note_seen(tx, [pushing.ana.person(), pushing.ben.person()])
    pushing.clock.move(minutes=pushing.ports.settings.earshot_silent_minutes - 1)  # no open page all this while
    assert push_cases(pushing.ports) == 1, "she says available; a socket that closed says nothing against it yet"
    pushing.hear(f"{ORDER} Two.", handle="two")
    set_presence(pushing.ports, pushing.ana, "away", "Lunch")
    with pushing.ports.db.write() as tx:
        people.note_seen(tx, [pushing.ana.person()])  # her pages are all open
    assert push_cases(pushing.ports) == 0, "open pages do not make her available"


def test_who_fell_silent_gets_nothing_until_seen_again(pushing: Scene) -> None:
    pushing.hear()
    there(pushing, pushing.ana)
    pushing.clock.move(minutes=pushing.ports.settings.earshot_silent_minutes + 1)
    assert push_cases(pushing.ports) == 0
    with pushing.ports.db.write() as tx:
        people.note_seen(tx, [pushing.ana.person()])
    assert push_cases(pushing.ports) == 1
    with pushing.ports.db.read() as conn:
        assert people.get(conn, pushing.ana.person()).presence == "available"


def test_a_queue_that_does_not_push_keeps_its_cases(scene: Scene) -> None:
    scene.hear()
    assert push_cases(scene.ports) == 0
    assert not given(scene)
