"""What rules tell people reaches them: the right people, once, in their own time, and theirs alone to read."""

from dataclasses import replace
from datetime import UTC, datetime

from app.actions.read_notices import read_notices
from app.actions.release_case import assign_case
from app.actions.set_presence import set_presence
from app.core.asker import Asker
from app.core.clock import SetClock
from app.jobs.deadlines import fire_due
from app.judgement.desk import desk_of
from app.judgement.notified import people_meant, shown_from
from app.people import store as people
from app.people import store_shifts
from app.people.shifts import ShiftPlan, parse_week
from app.queries.notices import NoticeShown, own_notices
from app.sla import store as sla
from app.sla.calendar import is_open
from tests.support.scene import Scene

NIGHT = datetime(2026, 3, 7, 23, 30, tzinfo=UTC)  # a Saturday
SATURDAY = datetime(2026, 3, 14, 8, 30, tzinfo=UTC)


def shown(scene: Scene, asker: Asker) -> tuple[NoticeShown, ...]:
    with scene.ports.db.read() as conn:
        return own_notices(conn, asker, scene.clock.now()).notices


def test_a_missed_target_is_told_to_who_has_the_case_and_to_the_lead_once(scene: Scene, clock: SetClock) -> None:
    case = scene.hear()
    assign_case(scene.ports, scene.sue, case.id, scene.ana.person())
    scene.pass_time(days=3)
    (told,) = [n for n in shown(scene, scene.ana) if n.title == "A target is missed"]
    assert (told.case, told.who) == (case.id, case.author_handle)
    assert [n.title for n in shown(scene, scene.sue) if n.case == case.id].count("A target is missed") == 1
    assert not shown(scene, scene.ben)
    events = scene.events(case.id, kind="notice.sent")
    assert scene.ana.person() in events[-1].data["people"]
    assert case.author_handle not in str([e.data for e in events])


def test_read_is_read_and_nobody_reads_for_another(scene: Scene, clock: SetClock) -> None:
    case = scene.hear()
    assign_case(scene.ports, scene.sue, case.id, scene.ana.person())
    scene.pass_time(days=3)
    first, *others = shown(scene, scene.ana)
    assert read_notices(scene.ports, scene.ben, first.id) == 0
    assert read_notices(scene.ports, scene.ana, first.id) == 1
    assert read_notices(scene.ports, scene.ana, first.id) == 0
    assert shown(scene, scene.ana) == tuple(others)
    read_notices(scene.ports, scene.ana)
    assert not shown(scene, scene.ana)
    assert shown(scene, scene.sue)


def test_what_can_wait_waits_for_ones_shift_and_a_missed_target_does_not(scene: Scene, clock: SetClock) -> None:
    """Pitfall "Reminders at midnight" (ZA#4432): quiet hours for notices, not for breaches."""
    week = parse_week("Sat 09:00-10:00")
    assert not isinstance(week, str)
    with scene.ports.db.write() as tx:
        store_shifts.set_plan(tx, scene.sue.person(), ShiftPlan("Europe/Berlin", week))
    set_presence(scene.ports, scene.sue, "away", "")
    case = scene.hear("@acme where is my order?")
    assert case.band != "urgent", "what is urgent waits for nobody"
    with scene.ports.db.read() as conn:
        (running,) = [c for c in sla.for_cases(conn, [case.id])[case.id] if c.metric == case.due_metric]
    assert running.warn_at is not None
    assert running.due_at is not None
    clock.set(running.warn_at)
    fire_due(scene.ports)
    assert "clock.warned" in [e.data["about"] for e in scene.events(case.id, kind="notice.sent")]
    assert not shown(scene, scene.sue)
    clock.set(running.due_at)
    fire_due(scene.ports)
    assert {n.title for n in shown(scene, scene.sue)} == {"A target is missed"}
    clock.set(SATURDAY)
    assert "A target is near" in {n.title for n in shown(scene, scene.sue)}


def test_without_shifts_the_desks_own_hours_are_the_quiet_ones(scene: Scene) -> None:
    with scene.ports.db.read() as conn:
        hours = desk_of(scene.ports, conn).levels.calendars[0]
        sue = replace(people.get(conn, scene.sue.person()), presence="away")
    assert hours.zone
    at = shown_from(sue, {}, hours, NIGHT, trigger="clock.warned", band="normal")
    assert at > NIGHT
    assert is_open(hours, at)
    assert shown_from(sue, {}, hours, NIGHT, trigger="clock.warned", band="urgent") == NIGHT
    assert shown_from(sue, {}, hours, NIGHT, trigger="timer.due", band="low") == NIGHT
    assert shown_from(replace(sue, presence="available"), {}, hours, NIGHT, trigger="clock.warned", band="low") == NIGHT


def test_a_lead_is_the_queues_own_and_without_one_the_supervisors(scene: Scene) -> None:
    case = scene.hear()
    with scene.ports.db.read() as conn:
        desk, everyone = desk_of(scene.ports, conn), people.everyone(conn)
    ana = next(p for p in everyone if p.id == scene.ana.person())
    named = [replace(q, lead=ana.email if q.id == case.queue else None) for q in desk.queues]
    assert [p.id for p in people_meant("lead", case, named, everyone)] == [ana.id]
    unled = [replace(q, lead=None) for q in desk.queues]
    assert {p.role for p in people_meant("lead", case, unled, everyone)} == {"supervisor"}
    gone = [replace(p, disabled=True) if p.id == ana.id else p for p in everyone]
    assert ana.id not in [p.id for p in people_meant("lead", case, named, gone)]
    assert {p.role for p in people_meant("legal", case, named, everyone)} == {"legal"}
    assert [p.id for p in people_meant(ana.email.upper(), None, named, everyone)] == [ana.id]
