"""What the clock does by itself: each deadline once, late rather than never, whatever the machine's clock does."""

from collections import Counter
from datetime import datetime, timedelta

import pytest

from app.actions.cancel_reply import cancel_reply
from app.actions.claim_case import claim_case, renew_claim
from app.actions.decide_matter import decide_matter
from app.actions.escalate_case import escalate_case
from app.actions.fire_timer import fire_timer
from app.actions.save_draft import save_draft
from app.actions.set_score import set_score
from app.actions.snooze_case import snooze_case, wake_case
from app.channels.port import Failed, Unknown
from app.core.clock import SetClock
from app.core.ids import CaseId
from app.engine import timers
from app.engine.timers import Timer
from app.jobs.deadlines import fire_due
from app.sla.model import RESPONSE_METRICS, Clock
from tests.support.scene import Network, Scene


def clock_of(scene: Scene, case: CaseId) -> Clock:
    return scene.answer_clocks(case)[-1]


def said(scene: Scene, case: CaseId) -> Counter[str]:
    """What the log says of the clocks of its answers."""
    return Counter(e.kind for e in scene.events(case) if e.kind.startswith("clock.") and e.data["metric"] in RESPONSE_METRICS)


def armed(scene: Scene, until: datetime) -> list[Timer]:
    with scene.ports.db.read() as conn:
        return timers.due(conn, until)


def test_a_clock_warns_then_is_breached_each_once(scene: Scene, clock: SetClock) -> None:
    case = scene.hear().id
    running = clock_of(scene, case)
    assert running.warn_at is not None
    assert running.due_at is not None
    claim_case(scene.ports, scene.ana, case)  # the first touch is a clock of its own
    clock.set(running.warn_at - timedelta(seconds=1))
    fire_due(scene.ports)
    assert not said(scene, case)
    clock.set(running.warn_at)
    fire_due(scene.ports)
    assert said(scene, case) == {"clock.warned": 1}
    assert scene.case(case).due_state == "warned"
    clock.set(running.due_at)
    fire_due(scene.ports)
    assert said(scene, case) == {"clock.warned": 1, "clock.breached": 1}
    assert scene.case(case).due_state == "breached"
    clock.move(days=2)
    fire_due(scene.ports)
    assert said(scene, case) == {"clock.warned": 1, "clock.breached": 1}


def test_one_timer_fired_by_two_fires_once(scene: Scene, clock: SetClock) -> None:
    case = scene.hear().id
    clock.move(days=3)
    due = armed(scene, clock.now())
    assert due
    assert [fire_timer(scene.ports, t) for t in due] == [True] * len(due)
    assert [fire_timer(scene.ports, t) for t in due] == [False] * len(due)
    assert said(scene, case) == {"clock.warned": 1, "clock.breached": 1}


def test_after_downtime_all_is_caught_up_in_order(scene: Scene, clock: SetClock) -> None:
    cases = [scene.hear(handle=f"author{i}").id for i in range(20)]
    clock.move(days=5)
    fire_due(scene.ports)
    for case in cases:
        told = [(e.data["metric"], e.kind) for e in scene.events(case) if e.kind in ("clock.warned", "clock.breached")]
        for metric in ("first_touch", "first_response", "resolution"):
            assert [kind for about, kind in told if about == metric] == ["clock.warned", "clock.breached"]
    assert not armed(scene, clock.now())


def test_a_clock_that_jumps_forward_and_back_fires_nothing_twice(scene: Scene, clock: SetClock) -> None:
    case = scene.hear().id
    start, due = clock.now(), clock_of(scene, case).due_at
    assert due is not None
    clock.set(due + timedelta(seconds=1))
    fire_due(scene.ports)
    clock.set(start)
    assert fire_due(scene.ports) == 0
    clock.set(due + timedelta(hours=1))
    fire_due(scene.ports)
    assert said(scene, case) == {"clock.warned": 1, "clock.breached": 1}


def test_the_clock_rests_while_an_answer_is_on_its_way(scene: Scene, clock: SetClock) -> None:
    case = scene.hear().id
    due = clock_of(scene, case).due_at
    assert due is not None
    clock.set(due - timedelta(seconds=3))
    fire_due(scene.ports)
    scene.send(scene.ana, case)
    clock.move(seconds=scene.ports.settings.earshot_undo_seconds - 1)
    assert fire_due(scene.ports) == 0, "within the undo window no target is missed"
    scene.deliver()
    assert said(scene, case)["clock.breached"] == 0
    assert said(scene, case)["clock.met"] == 1
    assert clock_of(scene, case).state == "met"


def test_an_answer_does_not_swallow_the_breach_before_it(scene: Scene, clock: SetClock) -> None:
    case = scene.hear().id
    due = clock_of(scene, case).due_at
    assert due is not None
    clock.set(due + timedelta(milliseconds=500))  # the tick has not come yet
    scene.send(scene.ana, case)
    fire_due(scene.ports)
    scene.deliver()
    fire_due(scene.ports)
    assert said(scene, case)["clock.breached"] == 1
    assert said(scene, case)["clock.met"] == 0
    assert clock_of(scene, case).state == "breached"


def test_an_unknown_outcome_is_not_an_answer(scene: Scene, clock: SetClock) -> None:
    case = scene.hear().id
    scene.send(scene.ana, case)
    scene.deliver(Network(lambda _: Unknown("?")))
    assert said(scene, case)["clock.met"] == 0


def test_a_claim_without_a_sign_of_life_goes_back_with_its_draft(scene: Scene, clock: SetClock) -> None:
    case = scene.hear().id
    claim_case(scene.ports, scene.ana, case)
    save_draft(scene.ports, scene.ana, case, "half a sen")
    lease = timedelta(minutes=scene.ports.settings.earshot_lease_minutes)
    scene.pass_time(seconds=lease.total_seconds() - 1)
    renew_claim(scene.ports, scene.ana, case)
    scene.pass_time(seconds=lease.total_seconds() - 1)
    assert scene.case(case).assignee_name == "Ana"
    scene.pass_time(seconds=1)
    assert scene.case(case).assignee_id is None
    (told,) = scene.events(case, kind="case.released")
    assert (told.actor.kind, told.data["was"]) == ("timer", "Ana")
    assert scene.draft(case, scene.ana) == "half a sen"
    assert claim_case(scene.ports, scene.ben, case).assignee_name == "Ben"


def test_a_snooze_ends_on_time_with_the_time_that_was_left(scene: Scene, clock: SetClock) -> None:
    case = scene.hear().id
    before = clock_of(scene, case).due_at
    assert before is not None
    clock.move(minutes=1)
    snooze_case(scene.ports, scene.ana, case, clock.now() + timedelta(hours=2))
    scene.pass_time(hours=2, seconds=-1)
    assert scene.case(case).state == "snoozed"
    scene.pass_time(seconds=1)
    assert scene.case(case).state == "open"
    (told,) = scene.events(case, kind="case.woken")
    assert told.actor.kind == "timer"
    after = clock_of(scene, case)
    assert after.state == "running"
    assert said(scene, case)["clock.breached"] == 0
    assert after.due_at == before + timedelta(hours=2)


def test_woken_by_hand_its_timer_does_nothing_more(scene: Scene, clock: SetClock) -> None:
    case = scene.hear().id
    snooze_case(scene.ports, scene.ana, case, clock.now() + timedelta(hours=1))
    wake_case(scene.ports, scene.ana, case)
    scene.pass_time(hours=1, seconds=1)
    assert len(scene.events(case, kind="case.woken")) == 1


def test_the_customer_who_writes_wakes_a_snoozed_case_for_good(scene: Scene, clock: SetClock) -> None:
    case = scene.hear(id="post1").id
    snooze_case(scene.ports, scene.ana, case, clock.now() + timedelta(hours=3))
    clock.move(minutes=10)
    scene.hear("@acme hello? where is my order?", in_reply_to="post1")
    assert scene.case(case).state == "open"
    assert clock_of(scene, case).state == "running", "a case that needs us has a clock that runs"
    scene.pass_time(hours=3)
    assert scene.case(case).state == "open"
    assert not scene.events(case, kind="case.woken")


@pytest.mark.parametrize("way", ["taken back", "failed", "held"])
def test_the_customer_writes_while_an_answer_is_on_its_way_that_never_arrives(scene: Scene, clock: SetClock, way: str) -> None:
    case = scene.hear(id="post1").id
    reply = scene.send(scene.ana, case)
    clock.move(seconds=2)
    scene.hear("@acme anyone there?", in_reply_to="post1")
    if way == "taken back":
        cancel_reply(scene.ports, scene.ana, reply.id)
    elif way == "held":
        escalate_case(scene.ports, scene.ana, case, to="legal", reason="wait")
        scene.deliver()
    else:
        scene.deliver(Network(lambda _: Failed("no", fixable=False)))
    assert scene.case(case).state == "open"
    if way == "held":
        assert clock_of(scene, case).intervals[-1].why == "pending on legal"
        (matter,) = scene.events(case, kind="matter.opened")
        decide_matter(scene.ports, scene.leo, matter.data["matter"], "released", "nothing of it")
    assert clock_of(scene, case).state == "running"
    scene.pass_time(days=3)
    assert said(scene, case)["clock.breached"] == 1


def test_a_score_set_by_hand_ends_by_itself(scene: Scene, clock: SetClock) -> None:
    before = scene.hear()
    other = 5 if before.score > 50 else 95
    set_score(scene.ports, scene.ana, before.id, other, hours=1, reason="they called")
    assert scene.case(before.id).score == other
    scene.pass_time(hours=1, seconds=-1)
    assert scene.case(before.id).score == other
    scene.pass_time(seconds=1)
    after = scene.case(before.id)
    assert (after.override_score, after.override_by) == (None, None)
    assert after.score == before.score
    assert scene.events(before.id, kind="priority.changed")[-1].actor.kind == "timer"


@pytest.mark.parametrize("twice", [False, True])
def test_a_timer_of_an_erased_case_is_nobodys_trouble(scene: Scene, clock: SetClock, twice: bool) -> None:
    with scene.ports.db.write() as tx:
        timers.arm(tx, "0" * 20, "claim", clock.now())
        if twice:
            timers.arm(tx, "0" * 20, "wake", clock.now())
    assert fire_due(scene.ports) == 1 + twice
    assert fire_due(scene.ports) == 0
