"""A pushed case that its agent does not open goes back and to somebody else; whatever they did with it keeps it theirs."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from app.actions.add_note import add_note
from app.actions.claim_case import renew_claim
from app.actions.push_cases import push_cases
from app.actions.release_case import assign_case, release_case
from app.actions.save_draft import save_draft
from app.actions.set_presence import set_presence
from app.cases.model import Case
from app.engine import timers
from app.people import store as people
from app.queries.case_thread import thread_of
from app.queries.workload import workload
from tests.support.queues import only, with_queues
from tests.support.rule_text import obey_too
from tests.support.scene import Scene

QUEUES = "queues:\n  - {id: care, title: Care, push: least_loaded}\n" + "".join(
    f"  - {{id: {id}, title: {id}}}\n" for id in ("care-es", "legal", "vip", "community", "bulk", "care-de", "care-fa")
)


@pytest.fixture
def pushing(scene: Scene, tmp_path: Path) -> Scene:
    """Ana alone is there; the queue care gives its cases out."""
    only(scene)
    set_presence(scene.ports, scene.ana, "available")
    return with_queues(scene, tmp_path, QUEUES)


def pushed(scene: Scene) -> Case:
    case = scene.hear()
    assert push_cases(scene.ports) == 1
    assert scene.case(case.id).assignee_name == "Ana"
    return case


def wait(scene: Scene, minutes: float | None = None) -> None:
    scene.pass_time(minutes=scene.ports.settings.earshot_pick_up_minutes if minutes is None else minutes)
    with scene.ports.db.write() as tx:
        people.note_seen(tx, [scene.ana.person(), scene.ben.person()])


def test_a_pushed_case_that_nobody_opens_goes_to_another_and_not_at_once_to_the_same(pushing: Scene) -> None:
    obey_too(pushing.ports, "id: lay\non: [case.released]\nwhen: {actor: timer}\ndo: {tags: [lay-unopened]}")
    case = pushed(pushing)
    wait(pushing, 4)
    assert pushing.case(case.id).assignee_name == "Ana"
    wait(pushing, 1)
    now = pushing.case(case.id)
    assert (now.assignee_id, now.rank_at, now.tags) == (None, case.rank_at, [*case.tags, "lay-unopened"])
    with pushing.ports.db.read() as conn:
        told = [i.text for i in thread_of(conn, now) if i.kind == "event"]
        loads = {a.name: (a.pushed, a.unopened) for a in workload(pushing.ports, conn, pushing.sue).agents}
    assert any("Ana had it: not opened within 5 min" in text for text in told), told
    assert loads["Ana"] == (1, 1)
    assert push_cases(pushing.ports) == 0, "not to her again at once"
    set_presence(pushing.ports, pushing.ben, "available")
    assert push_cases(pushing.ports) == 1
    assert pushing.case(case.id).assignee_name == "Ben"
    wait(pushing)
    assert push_cases(pushing.ports) == 1, "and when nobody else opens it either, it is her turn again"
    assert pushing.case(case.id).assignee_name == "Ana"


def wrote_and_closed_the_page(scene: Scene, case: str) -> None:
    save_draft(scene.ports, scene.ana, case, "Dear Jo, I")


def given_back_and_to_her_by_hand(scene: Scene, case: str) -> None:
    release_case(scene.ports, scene.sue, case)
    assign_case(scene.ports, scene.sue, case, scene.ana.person())


@pytest.mark.parametrize(
    "touch",
    [
        lambda s, c: renew_claim(s.ports, s.ana, c),
        lambda s, c: add_note(s.ports, s.ana, c, "they rang"),
        wrote_and_closed_the_page,
        given_back_and_to_her_by_hand,
    ],
    ids=["opened", "a note", "a draft", "given by a person"],
)
def test_what_she_touched_or_was_given_by_hand_stays_hers(pushing: Scene, touch: Callable[[Scene, str], object]) -> None:
    case = pushed(pushing)
    wait(pushing, 1)
    touch(pushing, case.id)
    wait(pushing, 4)
    assert pushing.case(case.id).assignee_name == "Ana"
    assert not [e for e in pushing.events(case.id, kind="case.released") if e.actor.kind == "timer"]


def test_the_customers_words_are_no_touch_of_hers_and_an_old_draft_is_none(pushing: Scene) -> None:
    case = pushing.hear(id="post1")
    save_draft(pushing.ports, pushing.ana, case.id, "begun on another day")
    pushing.clock.move(minutes=10)
    with pushing.ports.db.write() as tx:
        people.note_seen(tx, [pushing.ana.person()])
    assert push_cases(pushing.ports) == 1
    wait(pushing, 1)
    pushing.hear("@acme hello? are you there?", in_reply_to="post1")
    wait(pushing, 4)
    assert pushing.case(case.id).assignee_id is None
    assert pushing.draft(case.id, pushing.ana) == "begun on another day"


def test_late_after_a_stop_it_goes_back_once(pushing: Scene) -> None:
    case = pushed(pushing)
    wait(pushing, timedelta(hours=3) / timedelta(minutes=1))
    assert pushing.case(case.id).assignee_id is None
    wait(pushing, 60)
    assert len(pushing.events(case.id, kind="case.released")) == 1
    with pushing.ports.db.read() as conn:
        assert all(t.purpose != "pick_up" for t in timers.of_subject(conn, case.id))


def test_a_desk_may_leave_them_where_they_are(pushing: Scene) -> None:
    object.__setattr__(pushing.ports, "settings", pushing.ports.settings.model_copy(update={"earshot_pick_up_minutes": 0}))
    case = pushed(pushing)
    wait(pushing, 60)
    assert pushing.case(case.id).assignee_name == "Ana"
