"""One act on many cases: each as if by itself, exceptions stay with their reason, and the act can be undone as one."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from app.actions.bulk_change import bulk_change, go_on
from app.actions.bulk_steps import AT_ONCE, MOST_CASES, UNDO_FOR
from app.actions.claim_case import claim_case
from app.actions.close_case import close_case, reopen_case
from app.actions.release_case import assign_case, move_case, release_case
from app.actions.save_draft import save_draft
from app.actions.snooze_case import snooze_case
from app.actions.tag_case import tag_case
from app.actions.undo_bulk import undo_bulk
from app.cases import store_bulk as acts
from app.cases.bulk import BulkAct, BulkRow
from app.cases.model import BULK_VERBS, Case, Change
from app.core.errors import Conflict, Forbidden, Invalid
from app.core.events import Event
from app.people import store as people
from app.routing import store as routing
from app.routing.fields import TRIGGERS
from app.routing.store import MadeDecision
from app.sla import store as sla
from tests.support.rule_text import obey
from tests.support.scene import THREAT, Scene


def heard(scene: Scene, count: int) -> list[Case]:
    """So many cases of as many customers."""
    return [scene.hear(f"@acme my order {n} has not arrived", handle=f"customer_{n}") for n in range(count)]


def rows(scene: Scene, act: BulkAct) -> dict[str, BulkRow]:
    """What became of each case."""
    with scene.ports.db.read() as conn:
        return {row.case: row for row in acts.rows(conn, act.id)}


def decisions(scene: Scene, case: str) -> tuple[MadeDecision, ...]:
    """What rules decided about it."""
    with scene.ports.db.read() as conn:
        return routing.for_case(conn, scene.case(case).id)


def ids(cases: list[Case]) -> list[str]:
    """Their ids."""
    return [case.id for case in cases]


def test_cases_are_given_and_given_back_with_an_event_each(scene: Scene) -> None:
    cases = heard(scene, 4)
    assign_case(scene.ports, scene.sue, cases[0].id, scene.ben.person())
    assign_case(scene.ports, scene.sue, cases[1].id, scene.ana.person())
    act = bulk_change(scene.ports, scene.sue, Change("assign", person=scene.ana.person(), reason="flood"), ids(cases))
    assert [scene.case(id).assignee_id for id in ids(cases)] == [scene.ana.person()] * 4
    assert [rows(scene, act)[id].outcome for id in ids(cases)] == ["moved", "same", "moved", "moved"]
    assert [e.data["to"] for e in scene.events(cases[0].id, kind="case.assigned")][-1] == scene.ana.person()
    assert len(scene.events(cases[1].id, kind="case.assigned")) == 1, "what is so already makes no event"
    undone = undo_bulk(scene.ports, scene.sue, act.id)
    assert undone.undone_by == "Sue"
    assert [scene.case(id).assignee_id for id in ids(cases)] == [scene.ben.person(), scene.ana.person(), None, None]
    before = len(scene.events())
    undo_bulk(scene.ports, scene.sue, act.id)
    assert len(scene.events()) == before, "a second undo finds nothing"


def _told(event: Event) -> tuple[str, str, dict[str, object]]:
    """An event without what is its own case's: the clock that it stopped or rested."""
    return event.kind, event.actor.kind, {name: value for name, value in event.data.items() if name != "clock"}


def test_an_act_tells_and_asks_of_each_case_what_the_same_verb_does_on_one(scene: Scene) -> None:
    """A move to another queue and tags ask no rule either way: a person who sorts by hand has the last word (docs/rules.md)."""
    ports, sue, until = scene.ports, scene.sue, scene.clock.now() + timedelta(hours=1)
    verbs: dict[Change, Callable[[str], object]] = {
        Change("assign", person=scene.ana.person(), reason="flood"): lambda id: assign_case(ports, sue, id, scene.ana.person(), "flood"),
        Change("release", reason="flood"): lambda id: release_case(ports, sue, id, why="flood"),
        Change("queue", queue="bulk"): lambda id: move_case(ports, sue, id, "bulk"),
        Change("tag", tags=("storm",)): lambda id: tag_case(ports, sue, id, add=("storm",)),
        Change("untag", tags=("storm",)): lambda id: tag_case(ports, sue, id, remove=("storm",)),
        Change("snooze", until=until): lambda id: snooze_case(ports, sue, id, until),
        Change("close", disposition="spam", reason="flood"): lambda id: close_case(ports, sue, id, "spam", reason="flood"),
    }
    assert {change.verb for change in verbs} == set(BULK_VERBS)
    one, many = ids(heard(scene, 2))
    heard_of = [name for name in TRIGGERS if name.startswith("case.")]
    obey(ports, f"id: hears\non: [{', '.join(heard_of)}]\ndo: {{webhooks: [crm]}}")
    asks = {"assign": 1, "release": 1, "snooze": 1, "close": 1}
    for change, alone in verbs.items():
        seen = {id: len(scene.events(id)) for id in (one, many)}
        asked = {id: len(decisions(scene, id)) for id in (one, many)}
        alone(one)
        bulk_change(ports, sue, change, [many])
        told = [[_told(e) for e in scene.events(id)[seen[id] :]] for id in (one, many)]
        assert told[0] == told[1] != [], change.verb
        fired = [len(decisions(scene, id)) - asked[id] for id in (one, many)]
        assert fired == [asks.get(change.verb, 0)] * 2, change.verb


def test_undo_leaves_alone_what_somebody_touched_since_and_says_so(scene: Scene) -> None:
    cases = heard(scene, 4)
    act = bulk_change(scene.ports, scene.sue, Change("assign", person=scene.ana.person()), ids(cases))
    assign_case(scene.ports, scene.sue, cases[0].id, scene.ben.person())
    close_case(scene.ports, scene.sue, cases[1].id, "spam")
    undo_bulk(scene.ports, scene.sue, act.id)
    after = rows(scene, act)
    assert scene.case(cases[0].id).assignee_id == scene.ben.person()
    assert (after[cases[0].id].undone, after[cases[0].id].undone_why) == (False, "Ben has it since")
    assert (after[cases[1].id].undone, after[cases[1].id].undone_why) == (False, "it is done by now")
    assert [after[c.id].undone for c in cases[2:]] == [True, True]


def test_a_case_somebody_works_on_stays_unless_it_is_meant_too(scene: Scene) -> None:
    """Auto-assign race (Zammad 3156): nothing is taken out of active hands by a list that was ticked a minute ago."""
    case, other = heard(scene, 2)
    claim_case(scene.ports, scene.ben, case.id)
    act = bulk_change(scene.ports, scene.sue, Change("assign", person=scene.ana.person()), [case.id, other.id])
    assert (rows(scene, act)[case.id].outcome, rows(scene, act)[case.id].why) == ("stays", "Ben is working on it")
    assert scene.case(case.id).assignee_id == scene.ben.person()
    act = bulk_change(scene.ports, scene.sue, Change("assign", person=scene.ana.person(), taken_too=True), [case.id, other.id])
    assert [rows(scene, act)[id].outcome for id in (case.id, other.id)] == ["moved", "same"]
    act = bulk_change(scene.ports, scene.ben, Change("release"), [case.id])
    assert rows(scene, act)[case.id].why == "Ana holds it"


def test_what_is_being_sent_or_held_stays_and_drafts_are_never_lost(scene: Scene) -> None:
    """Draft wiped by another's change (Zammad 5953)."""
    sending, drafted, plain = heard(scene, 3)
    held = scene.hear(THREAT, handle="lawyer")
    for case in (sending, drafted):
        claim_case(scene.ports, scene.ana, case.id)
    scene.send(scene.ana, sending.id)
    save_draft(scene.ports, scene.ana, drafted.id, "Half a sentence")
    every = [sending.id, drafted.id, plain.id, held.id]
    act = bulk_change(scene.ports, scene.sue, Change("release", taken_too=True), every)
    found = rows(scene, act)
    assert (found[sending.id].outcome, found[sending.id].why) == ("stays", "its answer is being sent")
    assert (found[drafted.id].outcome, found[drafted.id].why) == ("moved", "has a draft that stays offered")
    assert found[plain.id].outcome == "same"
    assert scene.draft(drafted.id, scene.ana) == "Half a sentence"
    act = bulk_change(scene.ports, scene.sue, Change("close", disposition="spam"), every)
    found = rows(scene, act)
    assert found[held.id].why == "legal holds it"
    assert [scene.case(id).state for id in (drafted.id, plain.id)] == ["done", "done"]


def test_closing_is_undone_with_the_clock_as_it_ran(scene: Scene) -> None:
    cases = heard(scene, 3)
    waited = scene.case(cases[0].id).waiting_since
    until = scene.clock.now() + timedelta(hours=3)
    snooze_case(scene.ports, scene.sue, cases[1].id, until)
    scene.clock.move(minutes=2)
    act = bulk_change(scene.ports, scene.sue, Change("close", disposition="duplicate"), ids(cases))
    assert {scene.case(id).state for id in ids(cases)} == {"done"}
    scene.clock.move(minutes=5)
    reopen_case(scene.ports, scene.sue, cases[2].id)
    undo_bulk(scene.ports, scene.sue, act.id)
    back = scene.case(cases[0].id)
    assert (back.state, back.waiting_since) == ("open", waited)
    with scene.ports.db.read() as conn:
        running = {clock.metric: clock.started_at for clock in sla.running_for(conn, back.id)}
    assert running["first_response"] == waited, "an undo gives no time and takes none"
    assert (scene.case(cases[1].id).state, scene.case(cases[1].id).snoozed_until) == ("snoozed", until)
    assert rows(scene, act)[cases[2].id].undone_why == "it is open since"


def test_queue_tags_and_snooze_go_and_come_back(scene: Scene) -> None:
    cases = heard(scene, 2)
    tag_case(scene.ports, scene.ana, cases[0].id, add=("old", "vip"), remove=tuple(cases[0].tags))
    queue = scene.case(cases[0].id).queue
    moved = bulk_change(scene.ports, scene.sue, Change("queue", queue="bulk"), ids(cases))
    tagged = bulk_change(scene.ports, scene.sue, Change("tag", tags=("vip", "storm")), ids(cases))
    bare = bulk_change(scene.ports, scene.sue, Change("untag", tags=("old",)), ids(cases))
    away = bulk_change(scene.ports, scene.sue, Change("snooze", until=scene.clock.now() + timedelta(hours=1)), ids(cases))
    assert {scene.case(id).state for id in ids(cases)} == {"snoozed"}
    assert scene.case(cases[0].id).tags == ["vip", "storm"]
    tag_case(scene.ports, scene.ana, cases[0].id, add=("mine",))
    assert rows(scene, bare)[cases[1].id].outcome == "same"
    for act in (away, bare, tagged, moved):
        undo_bulk(scene.ports, scene.sue, act.id)
    assert [(c.state, c.queue) for c in map(scene.case, ids(cases))] == [("open", queue)] * 2
    assert sorted(scene.case(cases[0].id).tags) == ["mine", "old", "vip"], "what others tagged meanwhile stays"
    assert scene.case(cases[1].id).tags == cases[1].tags


def test_an_agent_takes_for_herself_and_gives_to_nobody_else(scene: Scene) -> None:
    cases = heard(scene, 2)
    act = bulk_change(scene.ports, scene.ana, Change("assign", person=scene.ana.person()), ids(cases))
    assert {scene.case(id).assignee_id for id in ids(cases)} == {scene.ana.person()}
    for change in (Change("assign", person=scene.ben.person()), Change("queue", queue="bulk")):
        with pytest.raises(Forbidden):
            bulk_change(scene.ports, scene.ana, change, ids(cases))
    with pytest.raises(Forbidden, match="an act of Ana"):
        undo_bulk(scene.ports, scene.ben, act.id)
    with pytest.raises(Forbidden):
        bulk_change(scene.ports, scene.leo, Change("release"), ids(cases))


def test_what_no_case_could_do_is_refused_before_anything_is_kept(scene: Scene) -> None:
    cases, now = heard(scene, 1), scene.clock.now()
    wrong = [
        Change("assign"), Change("queue", queue="nowhere"), Change("tag"), Change("tag", tags=("#?",)), Change("snooze"),
        Change("snooze", until=now - timedelta(minutes=1)),
    ]  # fmt: skip
    for change in wrong:
        with pytest.raises(Invalid):
            bulk_change(scene.ports, scene.sue, change, ids(cases))
    with pytest.raises(Invalid, match="1 to 500"):
        bulk_change(scene.ports, scene.sue, Change("release"), [])
    with pytest.raises(Invalid, match="1 to 500"):
        bulk_change(scene.ports, scene.sue, Change("release"), [f"{n:020d}" for n in range(MOST_CASES + 1)])
    with scene.ports.db.write() as tx:
        people.change(tx, scene.ben.person(), disabled=True)
    with pytest.raises(Conflict):
        bulk_change(scene.ports, scene.sue, Change("assign", person=scene.ben.person()), ids(cases))
    with scene.ports.db.read() as conn:
        assert acts.recent(conn) == ()


def test_a_long_act_goes_in_steps_and_an_unknown_case_stops_none(scene: Scene) -> None:
    cases = heard(scene, 3)
    many = [*ids(cases), *(f"{n:020d}" for n in range(AT_ONCE))]
    act = bulk_change(scene.ports, scene.sue, Change("tag", tags=("storm",)), many)
    assert [row.outcome for row in rows(scene, act).values()].count("waits") == len(many) - AT_ONCE
    assert not go_on(scene.ports, scene.sue, act.id)
    assert {row.outcome for row in rows(scene, act).values()} == {"moved", "stays"}
    assert not go_on(scene.ports, scene.sue, act.id)
    whole = bulk_change(scene.ports, scene.sue, Change("untag", tags=("storm",)), many, whole=True)
    assert "waits" not in {row.outcome for row in rows(scene, whole).values()}


def test_after_half_an_hour_it_is_too_late_to_undo_and_a_week_later_it_is_forgotten(scene: Scene) -> None:
    cases = heard(scene, 1)
    act = bulk_change(scene.ports, scene.sue, Change("tag", tags=("storm",)), ids(cases))
    scene.clock.move(seconds=UNDO_FOR.total_seconds())
    with pytest.raises(Conflict, match="too late"):
        undo_bulk(scene.ports, scene.sue, act.id)
    scene.clock.move(days=8)
    new = bulk_change(scene.ports, scene.sue, Change("untag", tags=("storm",)), ids(cases))
    with scene.ports.db.read() as conn:
        assert [a.id for a in acts.recent(conn)] == [new.id]


def test_a_verb_that_refuses_in_the_middle_leaves_no_trace(scene: Scene) -> None:
    cases = heard(scene, 2)
    tag_case(scene.ports, scene.ana, cases[0].id, add=tuple(f"t{n}" for n in range(30)), remove=tuple(cases[0].tags))
    told = len(scene.events(cases[0].id))
    act = bulk_change(scene.ports, scene.sue, Change("tag", tags=("storm",)), ids(cases))
    assert rows(scene, act)[cases[0].id].why.startswith("A case carries at most 30 tags")
    assert len(scene.events(cases[0].id)) == told
    assert "storm" in scene.case(cases[1].id).tags
