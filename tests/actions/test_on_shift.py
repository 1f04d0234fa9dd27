"""Shifts: who is on shift is given cases by the desk, who is not takes them only by hand."""

from app.actions.claim_case import claim_case
from app.cases.assign import choose, not_there
from app.judgement.desk import desk_of
from app.judgement.roster import need_of, roster
from app.people import store_shifts
from app.people.shifts import ShiftPlan, parse_week
from tests.support.queues import only
from tests.support.scene import Scene


def shifts(scene: Scene, text: str) -> None:
    """Ana works these hours of UTC; the test's moment is Monday noon."""
    week = parse_week(text)
    assert not isinstance(week, str)
    with scene.ports.db.write() as tx:
        store_shifts.set_plan(tx, scene.ana.person(), ShiftPlan("UTC", week))


def test_nothing_is_pushed_to_who_is_off_shift(scene: Scene) -> None:
    """Round robin includes members who are not there (our reading of Libredesk): a test of eligibility for shifts too."""
    only(scene, scene.ana.person())
    case = scene.hear()
    for text, who in (("Mon-Fri 09:00-17:00", "Ana"), ("Mon-Fri 13:00-17:00", None), ("Sun 22:00-12:30", "Ana"), ("", "Ana")):
        shifts(scene, text)
        with scene.ports.db.read() as conn:
            desk = desk_of(scene.ports, conn)
            workers = roster(conn, desk, scene.clock.now())
            chosen = choose(workers, need_of(case, desk))
        assert (chosen.worker.name if chosen.worker else None) == who, text
    shifts(scene, "Mon-Fri 13:00-17:00")
    with scene.ports.db.read() as conn:
        ana = next(w for w in roster(conn, desk_of(scene.ports, conn), scene.clock.now()) if w.id == scene.ana.person())
    assert not_there(ana) == "is off shift"
    assert claim_case(scene.ports, scene.ana, case.id).assignee_id == scene.ana.person(), "by hand she may"
