"""Work of whoever is not there goes back: after a grace, with its history and draft, and a case that opens again asks first."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from app.actions.claim_case import claim_case
from app.actions.close_case import close_case, reopen_case
from app.actions.disable_person import disable_person
from app.actions.release_case import assign_case
from app.actions.return_cases import return_absent, return_cases
from app.actions.save_draft import save_draft
from app.actions.set_presence import set_presence
from app.actions.snooze_case import snooze_case, wake_case
from app.core.errors import Forbidden
from app.judgement.desk import reasons_of
from app.people import store as people
from app.routing import store as routing
from tests.support.people import hire, person
from tests.support.rule_text import obey_too
from tests.support.scene import Scene


def seen(scene: Scene, *askers: object) -> None:
    with scene.ports.db.write() as tx:
        people.note_seen(tx, [a.person() for a in askers if hasattr(a, "person")])


def held(scene: Scene) -> str:
    """A case that Ana has in hand."""
    case = scene.hear()
    claim_case(scene.ports, scene.ana, case.id)
    return case.id


def test_what_somebody_away_holds_goes_back_after_the_grace_with_its_history_and_draft(scene: Scene) -> None:
    case = held(scene)
    save_draft(scene.ports, scene.ana, case, "Dear Jo, I have just")
    set_presence(scene.ports, scene.ana, "away", "dentist")
    assert return_absent(scene.ports) == (), "a coffee costs nobody their cases"
    scene.clock.move(minutes=scene.ports.settings.earshot_return_minutes)
    assert return_absent(scene.ports) == (case,)
    now = scene.case(case)
    assert (now.assignee_id, now.queue) == (None, "care")
    (event,) = scene.events(case, kind="case.released")
    assert (event.actor.kind, event.data["why"]) == ("system", "Ana is away (dentist)")
    assert scene.draft(case, scene.ana) == "Dear Jo, I have just"
    assert return_absent(scene.ports) == (), "a second time there is nothing to give back"
    assert person(scene.ports, scene.ana).presence_reason == "dentist", "what she says of herself is hers to change"


def test_who_takes_a_case_while_away_keeps_it_for_the_grace_at_least(scene: Scene) -> None:
    set_presence(scene.ports, scene.ana, "away")
    scene.clock.move(hours=1)
    case = held(scene)
    assert return_absent(scene.ports) == ()
    scene.clock.move(minutes=scene.ports.settings.earshot_return_minutes)
    assert return_absent(scene.ports) == (case,)


def test_each_reason_keeps_the_work_as_long_as_it_says(scene: Scene) -> None:
    case = held(scene)
    lunch = next(r for r in reasons_of(scene.ports).presence if r.title == "Lunch")
    assert lunch.keep_minutes is not None
    set_presence(scene.ports, scene.ana, lunch.presence, lunch.title)
    scene.clock.move(minutes=lunch.keep_minutes - 1)
    assert return_absent(scene.ports) == ()
    scene.clock.move(minutes=1)
    assert return_absent(scene.ports) == (case,)


def test_who_says_available_and_fell_silent_keeps_their_work_for_a_while_and_their_status_for_good(scene: Scene) -> None:
    case = held(scene)
    wait = timedelta(minutes=scene.ports.settings.earshot_silent_minutes + scene.ports.settings.earshot_return_minutes)
    scene.clock.move(seconds=wait.total_seconds())
    assert return_absent(scene.ports) == ()
    seen(scene, scene.ana)
    scene.clock.move(seconds=wait.total_seconds())
    assert return_absent(scene.ports) == (), "any tab or phone that is open, and any request, is a sign of life"
    scene.clock.move(seconds=1)
    assert return_absent(scene.ports) == (case,)
    assert scene.events(case, kind="case.released")[0].data["why"] == "no sign of life of Ana"
    assert person(scene.ports, scene.ana).presence == "available"


def test_whoever_is_busy_keeps_what_they_hold(scene: Scene) -> None:
    held(scene)
    set_presence(scene.ports, scene.ana, "busy", "Meeting")
    for _ in range(3):
        scene.clock.move(minutes=scene.ports.settings.earshot_silent_minutes)
        seen(scene, scene.ana)
        assert return_absent(scene.ports) == ()


def test_what_waits_on_the_customer_stays_with_its_agent_however_long_they_are_away(scene: Scene) -> None:
    case = held(scene)
    scene.send(scene.ana, case)
    scene.deliver()
    assert scene.case(case).state == "waiting"
    set_presence(scene.ports, scene.ana, "away")
    scene.clock.move(days=1)
    assert return_absent(scene.ports) == ()
    assert scene.case(case).assignee_name == "Ana"


def answered(scene: Scene, case: str) -> None:
    scene.send(scene.ana, case)
    scene.deliver()
    scene.clock.move(minutes=1)


def answered_and_closed(scene: Scene, case: str) -> None:
    answered(scene, case)
    close_case(scene.ports, scene.ana, case, "answered")


def by_the_customer(scene: Scene, case: str) -> None:
    scene.hear("@acme it is STILL not here and I am really angry now, where is it?", in_reply_to="post1")


def by_hand(scene: Scene, case: str) -> None:
    reopen_case(scene.ports, scene.sue, case)


def woken(scene: Scene, case: str) -> None:
    wake_case(scene.ports, scene.sue, case)


def by_the_clock(scene: Scene, case: str) -> None:
    assert scene.pass_time(minutes=5, seconds=1)


@pytest.mark.parametrize(
    ("put_away", "opened"),
    [
        (answered, by_the_customer),
        (answered_and_closed, by_the_customer),
        (lambda s, c: close_case(s.ports, s.ana, c, "spam"), by_hand),
        (lambda s, c: snooze_case(s.ports, s.ana, c, s.clock.now() + timedelta(hours=1)), woken),
        (lambda s, c: snooze_case(s.ports, s.ana, c, s.clock.now() + timedelta(minutes=5)), by_the_clock),
        (lambda s, c: snooze_case(s.ports, s.ana, c, s.clock.now() + timedelta(hours=1)), by_the_customer),
    ],
    ids=["answered", "closed", "closed, by hand", "snoozed, by hand", "snoozed, by the clock", "snoozed, by the customer"],
)
@pytest.mark.parametrize("there", [True, False])
def test_a_reopened_case_checks_that_its_assignee_is_there(
    scene: Scene, put_away: Callable[[Scene, str], object], opened: Callable[[Scene, str], None], there: bool
) -> None:
    """CW#7204, #4158, #9587: reassigned to an agent who was offline, and left until the next shift."""
    case = held(scene)
    put_away(scene, case)
    if there:
        seen(scene, scene.ana)
    else:
        set_presence(scene.ports, scene.ana, "away", "End of shift")
    before = len(scene.events(case, kind="case.released"))
    opened(scene, case)
    now = scene.case(case)
    assert (now.state, now.assignee_name) == ("open", "Ana" if there else None)
    released = scene.events(case, kind="case.released")[before:]
    assert [e.data["why"] for e in released] == ([] if there else ["Ana is away (End of shift)"])


@pytest.mark.parametrize("opened", [by_the_customer, by_hand, by_the_clock])
def test_rules_hear_that_it_went_back_to_its_queue_as_it_opened(scene: Scene, opened: Callable[[Scene, str], None]) -> None:
    obey_too(scene.ports, "id: left\non: [case.released]\nwhen: {assignee: {changed: true}, actor: system}\ndo: {tags: [left-alone]}")
    case = held(scene)
    if opened is by_hand:
        close_case(scene.ports, scene.ana, case, "spam")
    else:
        snooze_case(scene.ports, scene.ana, case, scene.clock.now() + timedelta(minutes=5))
    set_presence(scene.ports, scene.ana, "away")
    opened(scene, case)
    assert "left-alone" in scene.case(case).tags
    with scene.ports.db.read() as conn:
        (chained,) = [d for d in routing.for_case(conn, scene.case(case).id) if d.facts.trigger == "case.released"]
    assert chained.facts.actor == "system"


def test_whoever_opens_it_again_by_hand_is_there(scene: Scene) -> None:
    case = held(scene)
    close_case(scene.ports, scene.ana, case, "spam")
    set_presence(scene.ports, scene.ana, "away")
    reopen_case(scene.ports, scene.ana, case)
    assert scene.case(case).assignee_name == "Ana"


def test_a_thank_you_after_the_end_wakes_nothing_and_asks_for_nobody(scene: Scene) -> None:
    case = held(scene)
    answered(scene, case)
    set_presence(scene.ports, scene.ana, "away")
    scene.hear("thank you so much!")
    assert scene.case(case).assignee_name == "Ana"


def test_who_is_shut_out_leaves_nothing_in_their_hands(scene: Scene) -> None:
    claimed, given = held(scene), scene.hear("@acme invoice 7 is wrong", handle="b").id
    assign_case(scene.ports, scene.sue, given, scene.ana.person())
    disable_person(scene.ports, scene.sue, "ana@desk.example")
    assert {scene.case(id).assignee_id for id in (claimed, given)} == {None}


def test_a_supervisor_gives_back_what_another_holds_an_agent_only_her_own(scene: Scene) -> None:
    case = held(scene)
    with pytest.raises(Forbidden):
        return_cases(scene.ports, scene.ben, scene.ana.person())
    assert return_cases(scene.ports, scene.sue, scene.ana.person(), "moved to another team") == (case,)
    assert scene.events(case, kind="case.released")[0].data["why"] == "moved to another team"
    claim_case(scene.ports, scene.ana, case)
    assert return_cases(scene.ports, scene.ana, scene.ana.person()) == (case,)


def test_a_new_agent_has_shown_no_life_and_is_not_silent_for_it(scene: Scene) -> None:
    new = hire(scene.ports, "Nia")
    case = scene.hear()
    assign_case(scene.ports, scene.sue, case.id, new.person())
    scene.clock.move(minutes=5)
    assert return_absent(scene.ports) == ()
