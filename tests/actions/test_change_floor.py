"""A supervisor moves a person and their work in one transaction: what was said before is what happens, and it can be undone."""

import pytest

from app.actions.bulk_steps import UNDO_FOR
from app.actions.change_floor import change_floor
from app.actions.claim_case import claim_case
from app.actions.release_case import assign_case
from app.actions.save_draft import save_draft
from app.actions.set_presence import set_presence
from app.actions.undo_bulk import undo_bulk
from app.cases.model import Case, FloorChange
from app.core.asker import Asker
from app.core.errors import Conflict, Forbidden, Invalid, NotFound
from app.queries.bulk import bulk_result
from app.queries.floor_plan import plan_floor
from tests.support.people import hire, person, signed_in
from tests.support.scene import Scene


def holding(scene: Scene, who: Asker, count: int) -> list[Case]:
    """So many cases that this person works on."""
    found = [scene.hear(f"@acme my order {n} has not arrived", handle=f"customer_{n}") for n in range(count)]
    for case in found:
        claim_case(scene.ports, who, case.id)
    return found


def said(scene: Scene, id: str, change: FloorChange) -> str:
    """What is announced."""
    with scene.ports.db.read() as conn:
        return plan_floor(scene.ports, conn, scene.sue, id, change).sentence


def told(scene: Scene, act: str) -> str:
    """What is said of it afterwards."""
    with scene.ports.db.read() as conn:
        return bulk_result(scene.ports, conn, scene.sue, act).sentence


def test_away_with_the_cases_going_back_says_so_does_so_and_is_undone(scene: Scene) -> None:
    """Work sticks to absent agents (Chatwoot 7204, 4158): it goes back with its draft, and what is being sent stays."""
    plain, drafted, sending = holding(scene, scene.ana, 3)
    save_draft(scene.ports, scene.ana, drafted.id, "Half a sentence")
    scene.send(scene.ana, sending.id)
    change = FloorChange("presence", presence="away", reason="Fire drill", cases="queue")
    assert said(scene, scene.ana.person(), change) == (
        "Ana becomes away (Fire drill). 2 cases go back to care, 1 has a draft that stays offered, 1 is being worked on; "
        "1 stays: its answer is being sent."
    )
    act = change_floor(scene.ports, scene.sue, scene.ana.person(), change)
    assert told(scene, act.id) == (
        "Ana is away (Fire drill). 2 cases went back to care, 1 has a draft that stays offered, 1 was being worked on; "
        "1 stayed: its answer is being sent."
    )
    assert [scene.case(c.id).assignee_id for c in (plain, drafted, sending)] == [None, None, scene.ana.person()]
    assert (person(scene.ports, scene.ana).presence, person(scene.ports, scene.ana).presence_reason) == ("away", "Fire drill")
    assert scene.draft(drafted.id, scene.ana) == "Half a sentence"
    assign_case(scene.ports, scene.sue, plain.id, scene.ben.person())
    undo_bulk(scene.ports, scene.sue, act.id)
    assert [scene.case(c.id).assignee_id for c in (plain, drafted, sending)] == [
        scene.ben.person(), scene.ana.person(), scene.ana.person(),
    ]  # fmt: skip
    assert person(scene.ports, scene.ana).presence == "available"
    with scene.ports.db.read() as conn:
        result = bulk_result(scene.ports, conn, scene.sue, act.id)
    assert [(line.id, line.undone_why) for line in result.kept] == [(plain.id, "Ben has it since")]
    assert (result.given_back, result.may_undo) == (1, False)


def test_what_the_person_says_since_is_not_undone(scene: Scene) -> None:
    act = change_floor(scene.ports, scene.sue, scene.ana.person(), FloorChange("presence", presence="away"))
    set_presence(scene.ports, scene.ana, "busy", "Meeting")
    undone = undo_bulk(scene.ports, scene.sue, act.id)
    assert person(scene.ports, scene.ana).presence == "busy"
    assert undone.undone_said == "Ana is busy since: their presence stays as it is."


def test_all_or_some_cases_go_to_a_colleague_also_those_at_work(scene: Scene) -> None:
    cases = holding(scene, scene.ana, 3)
    change = FloorChange("reassign", cases="person", to=scene.ben.person(), only=(cases[0].id, cases[1].id, "not a case of hers"))
    assert said(scene, scene.ana.person(), change).startswith("2 cases go to Ben, 2 are being worked on.")
    act = change_floor(scene.ports, scene.sue, scene.ana.person(), change)
    assert [scene.case(c.id).assignee_id for c in cases] == [scene.ben.person(), scene.ben.person(), scene.ana.person()]
    assert told(scene, act.id) == "2 cases went to Ben, 2 were being worked on."
    undo_bulk(scene.ports, scene.sue, act.id)
    assert {scene.case(c.id).assignee_id for c in cases} == {scene.ana.person()}


def test_somebody_with_too_much_or_away_is_said_before(scene: Scene) -> None:
    zoe = hire(scene.ports, "Zoe", capacity=1, presence="away")
    holding(scene, scene.ana, 2)
    words = said(scene, scene.ana.person(), FloorChange("reassign", cases="person", to=zoe.person()))
    assert words.endswith("Zoe is away. That is 2 of 1 for Zoe.")


def test_signing_out_ends_every_session_and_says_that_it_cannot_be_undone(scene: Scene) -> None:
    cases = holding(scene, scene.ana, 1)
    browsers = [signed_in(scene.ports, scene.ana) for _ in range(2)]
    change = FloorChange("sign_out", cases="queue")
    assert said(scene, scene.ana.person(), change).startswith("Ana is signed out everywhere and counts as away.")
    act = change_floor(scene.ports, scene.sue, scene.ana.person(), change)
    assert {e.data["session"] for e in scene.events(kind="session.ended")} == {b.visitor.session for b in browsers}
    assert told(scene, act.id).startswith("Ana is signed out of 2 browsers. 1 case went back")
    undone = undo_bulk(scene.ports, scene.sue, act.id)
    assert undone.undone_said.startswith("They stay signed out")
    assert scene.case(cases[0].id).assignee_id == scene.ana.person(), "the work goes back to whom it was taken from"
    assert person(scene.ports, scene.ana).presence == "away"


def test_nobody_moves_those_above_them_and_nothing_unasked_is_done(scene: Scene) -> None:
    boss, away = hire(scene.ports, "Kim", "admin"), FloorChange("presence", presence="away")
    for asker, id in ((scene.sue, boss.person()), (scene.ana, scene.ben.person())):
        with pytest.raises(Forbidden):
            change_floor(scene.ports, asker, id, away)
    with pytest.raises(NotFound):
        change_floor(scene.ports, scene.sue, "nobody", away)
    for wrong in (FloorChange("presence", presence="asleep"), FloorChange("reassign"), FloorChange("reassign", cases="person")):
        with pytest.raises(Invalid):
            change_floor(scene.ports, scene.sue, scene.ana.person(), wrong)
    act = change_floor(scene.ports, scene.sue, scene.ana.person(), away)
    events = len(scene.events())
    change_floor(scene.ports, scene.sue, scene.ana.person(), away)
    assert len(scene.events()) == events, "the second time nothing happens"
    scene.clock.move(seconds=UNDO_FOR.total_seconds())
    with pytest.raises(Conflict, match="too late"):
        undo_bulk(scene.ports, scene.sue, act.id)
