"""The default rules at work: the ladder of a missed target climbs until somebody acts, and what legal has released stays released."""

from app.actions.claim_case import claim_case
from app.actions.decide_matter import decide_matter
from app.actions.release_case import release_case
from app.actions.tag_case import tag_case
from app.core.clock import SetClock
from app.engine import timers
from app.escalation import store as escalation
from app.judgement.clocks_wanted import PRIVATE_TAG
from app.sla import store as sla
from app.sla.model import Clock
from tests.actions.test_notices import shown
from tests.support.scene import THREAT, Scene


def miss(scene: Scene, case: str) -> None:
    with scene.ports.db.read() as conn:
        due_at = next(c.due_at for c in sla.for_cases(conn, [scene.case(case).id])[scene.case(case).id] if c.metric == "first_response")
    assert due_at is not None
    scene.clock.set(due_at)
    scene.pass_time(seconds=1)


def ladder(scene: Scene, case: str) -> set[str]:
    """The rungs that are armed."""
    with scene.ports.db.read() as conn:
        armed = timers.of_subject(conn, case)
    return {t.purpose.removeprefix("rule:") for t in armed if t.purpose.startswith("rule:late")}


def desks(scene: Scene, case: str) -> set[str]:
    with scene.ports.db.read() as conn:
        return {m.kind for m in escalation.for_case(conn, scene.case(case).id)}


def test_the_ladder_climbs_from_the_lead_to_the_supervisor_to_a_desk(scene: Scene, clock: SetClock) -> None:
    case = scene.hear("@acme where is my order?").id
    miss(scene, case)
    assert ladder(scene, case) == {"late-supervisor"}
    scene.pass_time(minutes=31)
    assert "Nobody has acted (late-supervisor)" in {n.title for n in shown(scene, scene.sue)}
    assert ladder(scene, case) == {"late-desk"}
    assert not desks(scene, case)
    scene.pass_time(minutes=61)
    assert desks(scene, case) == {"supervisor"}
    assert not ladder(scene, case)


def test_whoever_takes_the_case_ends_the_ladder_and_giving_it_back_begins_it_again(scene: Scene, clock: SetClock) -> None:
    case = scene.hear("@acme where is my order?").id
    miss(scene, case)
    claim_case(scene.ports, scene.ana, case)
    assert not ladder(scene, case)
    release_case(scene.ports, scene.ana, case, why="not mine")
    assert ladder(scene, case) == {"late-supervisor"}


def test_an_answer_ends_the_ladder(scene: Scene, clock: SetClock) -> None:
    """Pitfall "Escalates though agent answered" (ZA#3140)."""
    case = scene.hear("@acme where is my order?").id
    miss(scene, case)
    scene.send(scene.ana, case)
    scene.deliver()
    assert not ladder(scene, case)
    scene.pass_time(hours=3)
    assert not desks(scene, case)


def test_what_legal_has_released_is_not_held_again_for_the_same_risk(scene: Scene, clock: SetClock) -> None:
    case = scene.hear(THREAT, id="threat").id
    assert scene.case(case).hold
    clock.move(minutes=1)
    decide_matter(scene.ports, scene.leo, scene.matter(case).id, "released", "settled on the phone")
    assert not scene.case(case).hold
    clock.move(minutes=1)
    scene.hear("@acme my lawyer asks where the letter is", id="again", in_reply_to="threat")
    assert not scene.case(case).hold
    clock.move(minutes=1)
    scene.hear("@acme and the stove caught fire, I burnt my hand!", id="fire", in_reply_to="threat")
    assert scene.case(case).hold, "another risk is looked at all the same"


def test_a_phone_number_in_a_public_complaint_starts_the_clock_of_the_move_to_private_once(scene: Scene, clock: SetClock) -> None:
    case = scene.hear("@acme three weeks and nobody calls me back on +44 20 7946 0958!", id="first").id

    def private_clock() -> Clock | None:
        with scene.ports.db.read() as conn:
            return next((c for c in sla.for_cases(conn, [scene.case(case).id])[scene.case(case).id] if c.metric == "move_to_private"), None)

    assert (PRIVATE_TAG in scene.case(case).tags, scene.case(case).policy) == (True, "personal-data")
    running = private_clock()
    assert running is not None
    assert running.state == "running"
    assert running.due_at is not None
    tag_case(scene.ports, scene.ana, case, remove=(PRIVATE_TAG,))
    clock.move(minutes=1)
    scene.hear("@acme hello? +44 20 7946 0958!", id="again", in_reply_to="first")
    assert PRIVATE_TAG not in scene.case(case).tags, "who took the tag off is not asked again"
    ended = private_clock()
    assert ended is not None
    assert ended.state != "running"
    assert PRIVATE_TAG not in scene.hear("@acme is there a shop in London?", handle="other").tags
