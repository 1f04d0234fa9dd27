"""Timers that rules start: exact, by name, once; caught up after downtime, and looked at again when the rules have changed."""

from datetime import UTC, datetime, timedelta

from app.actions.add_note import add_note
from app.actions.close_case import close_case
from app.core.clock import SetClock
from app.engine import timers
from app.engine.timers import Timer
from app.judgement.desk import desk_of
from app.routing import store as routing
from app.sla import calendar
from tests.support.rule_text import obey
from tests.support.scene import Scene

CHASE = "id: chase\ndo: {start_timers: [{name: chase, minutes: 30}]}"
DUE = "id: due\non: [timer.due]\nwhen: {timer: chase}\ndo: {tags: [chased]}"
NEXT = "id: again\non: [note.added]\ndo: {start_timers: [{name: chase, minutes: 60}]}"
STOP = "id: quiet\non: [note.added]\ndo: {stop_timers: [chase]}"


def armed(scene: Scene, case: str) -> list[Timer]:
    with scene.ports.db.read() as conn:
        return [t for t in timers.due(conn, datetime(2030, 1, 1, tzinfo=UTC)) if t.subject == case and t.purpose.startswith("rule:")]


def test_a_timer_fires_once_when_it_is_due_and_the_rules_are_asked_by_its_name(scene: Scene) -> None:
    obey(scene.ports, CHASE, DUE, "id: other\non: [timer.due]\nwhen: {timer: another}\ndo: {tags: [wrong]}")
    case = scene.hear()
    (started,) = scene.events(case.id, kind="timer.started")
    assert (started.data["timer"], started.data["rule"], started.actor.kind) == ("chase", "chase", "rule")
    scene.pass_time(minutes=30, seconds=-1)
    assert "chased" not in scene.case(case.id).tags
    scene.pass_time(seconds=1)
    assert scene.case(case.id).tags == ["chased"]
    scene.pass_time(days=2)
    (due,) = scene.events(case.id, kind="timer.due")
    assert (due.actor.kind, due.data["timer"]) == ("timer", "chase")
    told = next(e for e in scene.events(case.id, kind="case.updated") if e.data.get("tags") == ["chased"])
    assert (told.cause, told.depth) == (due.seq, 1)
    with scene.ports.db.read() as conn:
        made = next(d for d in routing.for_case(conn, case.id) if d.trigger == "timer.due")
    assert (made.facts.timer, made.facts.actor) == ("chase", "timer")


def test_the_same_name_the_same_day_is_moved_not_lost_zammad_5655(scene: Scene) -> None:
    """ZA#5655: a time event ran once a day for each ticket, so the second reminder of the day was lost."""
    obey(scene.ports, CHASE, DUE.replace("{tags: [chased]}", "{note: chased}"), NEXT)
    case = scene.hear()
    scene.pass_time(minutes=30)
    assert len(scene.events(case.id, kind="timer.due")) == 1, "and its note, which a rule wrote, starts it anew"
    assert len(armed(scene, case.id)) == 1
    scene.pass_time(minutes=60)
    assert len(scene.events(case.id, kind="timer.due")) == 2


def test_a_timer_is_stopped_by_name_and_what_does_not_run_is_not_said(scene: Scene) -> None:
    obey(scene.ports, CHASE, DUE, STOP)
    case = scene.hear()
    add_note(scene.ports, scene.ana, case.id, "they called")
    add_note(scene.ports, scene.ana, case.id, "and again")
    assert len(scene.events(case.id, kind="timer.stopped")) == 1
    scene.pass_time(days=1)
    assert not scene.events(case.id, kind="timer.due")


def test_business_minutes_are_counted_in_open_hours(scene: Scene, clock: SetClock) -> None:
    clock.set(datetime(2026, 3, 6, 15, 30, tzinfo=UTC))  # a Friday, half an hour before the first calendar closes, wherever that is
    obey(scene.ports, "id: slow\ndo: {start_timers: [{name: slow, minutes: 600, business: true}, {name: wall, minutes: 600}]}")
    case = scene.hear()
    due = {t.purpose: t.due_at for t in armed(scene, case.id)}
    assert due["rule:wall"] == clock.now() + timedelta(minutes=600)
    with scene.ports.db.read() as conn:
        office = desk_of(scene.ports, conn).levels.calendars[0]
    assert due["rule:slow"] == calendar.add(office, clock.now(), 600 * 60) > due["rule:wall"]


def test_after_downtime_what_was_due_is_caught_up(scene: Scene) -> None:
    obey(scene.ports, CHASE, DUE)
    cases = [scene.hear(handle=f"author{n}").id for n in range(5)]
    scene.pass_time(days=14)
    assert all(scene.case(case).tags == ["chased"] for case in cases)


def test_an_edited_rule_leaves_no_armed_row_behind_chatwoot_15022(scene: Scene) -> None:
    """CW PR#15022: edited rules left armed rows. A timer whose rule says something else does nothing, and its case's history says so."""
    obey(scene.ports, CHASE, DUE)
    case = scene.hear()
    obey(scene.ports, CHASE.replace("30", "45"), DUE)
    scene.pass_time(minutes=30)
    assert scene.case(case.id).tags == []
    (told,) = scene.events(case.id, kind="rules.stopped")
    assert told.data["why"] == "The timer chase did nothing: the rule chase that started it has been changed."
    assert not scene.events(case.id, kind="timer.due")
    assert not armed(scene, case.id)


def test_a_rule_that_is_gone_or_off_is_told_apart(scene: Scene) -> None:
    obey(scene.ports, CHASE, CHASE.replace("chase", "other"), DUE)
    case = scene.hear()
    obey(scene.ports, CHASE.replace("id: chase", "id: chase\nenabled: false"), DUE)
    scene.pass_time(minutes=30)
    assert {e.data["why"] for e in scene.events(case.id, kind="rules.stopped")} == {
        "The timer chase did nothing: the rule chase that started it is off.",
        "The timer other did nothing: the rule other that started it is gone.",
    }


def test_a_new_version_that_leaves_the_rule_as_it_was_changes_nothing(scene: Scene) -> None:
    obey(scene.ports, CHASE, DUE)
    case = scene.hear()
    obey(scene.ports, "id: new\ndo: {tags: [new]}", "# moved down, with another name\n" + CHASE.replace("do:", "name: Chase\ndo:"), DUE)
    scene.pass_time(minutes=30)
    assert scene.case(case.id).tags == ["chased"]


def test_the_rules_in_force_are_asked_not_those_that_started_it(scene: Scene) -> None:
    obey(scene.ports, CHASE, DUE)
    case = scene.hear()
    obey(scene.ports, CHASE, DUE.replace("chased", "newly-chased"))
    scene.pass_time(minutes=30)
    assert scene.case(case.id).tags == ["newly-chased"]


def test_a_closed_case_has_no_timers(scene: Scene) -> None:
    obey(scene.ports, CHASE, DUE, "id: shut\non: [timer.due]\nwhen: {timer: chase}\ndo: {close: spam}")
    case, other = scene.hear(handle="one"), scene.hear(handle="two")
    close_case(scene.ports, scene.ana, case.id, "spam")
    assert not armed(scene, case.id)
    scene.pass_time(minutes=30)
    assert not armed(scene, other.id)
    assert scene.case(other.id).disposition == "spam"
