"""Rules never go round in circles: chains are allowed, three rules long, no rule twice, and so many an hour; what stops is said once."""

import threading

import pytest

from app.actions import rule_guards
from app.actions.add_note import add_note
from app.actions.claim_case import claim_case
from app.actions.close_case import close_case, reopen_case
from app.actions.decide_matter import decide_matter
from app.actions.erase_customer import erase_customer
from app.actions.release_case import release_case
from app.actions.snooze_case import snooze_case, wake_case
from app.core.asker import DESK
from app.core.clock import SetClock
from app.core.events import Event
from app.routing import store as routing
from app.routing.store import MadeDecision
from app.routing.store_repeats import REPEAT
from tests.support.desk import mention, take_in
from tests.support.rule_text import obey
from tests.support.scene import THREAT, Scene

CHAIN = (
    "id: one\non: [case.claimed]\ndo: {note: one}",
    "id: two\non: [note.added]\nwhen: {tags: {contains_none: [two]}}\ndo: {escalate: supervisor, tags: [two]}",
    "id: three\non: [matter.opened]\ndo: {tags: [three]}",
)


def decisions(scene: Scene, case: str) -> tuple[MadeDecision, ...]:
    with scene.ports.db.read() as conn:
        return routing.for_case(conn, scene.case(case).id)


def stopped(scene: Scene, case: str) -> list[Event]:
    return scene.events(case, kind="rules.stopped")


def test_rules_may_follow_one_from_another_with_cause_and_depth_zammad_2035(scene: Scene) -> None:
    """ZA#2035: chained rules were off to avoid loops, then asked for by users."""
    obey(scene.ports, *CHAIN)
    case = scene.hear()
    claim_case(scene.ports, scene.ana, case.id)
    assert {"two", "three"} <= set(scene.case(case.id).tags)
    chain = {d.decision.fired[0]: d.chain for d in decisions(scene, case.id) if d.decision.fired}
    assert [(name, chain[name].depth, chain[name].rules) for name in ("one", "two", "three")] == [
        ("one", 0, ()), ("two", 1, ("one",)), ("three", 2, ("one", "two"))
    ]  # fmt: skip
    events = {e.seq: e for e in scene.events(case.id)}
    leaf = next(e for e in events.values() if e.kind == "case.updated" and "three" in e.data.get("tags", ()))
    path = []
    while leaf.cause is not None:
        path.append((leaf.kind, leaf.actor.id, leaf.depth))
        leaf = events[leaf.cause]
    assert path == [("case.updated", "three", 3), ("matter.opened", "two", 2), ("note.added", "one", 1)]
    assert not stopped(scene, case.id)


def test_the_fourth_in_a_row_is_stopped_and_said_in_words(scene: Scene) -> None:
    obey(
        scene.ports,
        "id: one\non: [case.claimed]\ndo: {note: one}",
        "id: two\non: [note.added]\nwhen: {tags: {contains_none: [two]}}\ndo: {escalate: supervisor, tags: [two]}",
        "id: three\non: [matter.opened]\nwhen: {matter: supervisor}\ndo: {escalate: pr}",
        "id: four\non: [matter.opened]\nwhen: {matter: pr}\ndo: {tags: [four]}",
    )
    case = scene.hear()
    claim_case(scene.ports, scene.ana, case.id)
    assert "four" not in scene.case(case.id).tags
    (told,) = stopped(scene, case.id)
    assert (told.data["guard"], told.data["rules"], told.actor.kind) == ("depth", ["four"], "rule")
    assert told.data["why"] == "The rule four was not asked: 3 rules had already followed one from another."
    kept = next(d for d in decisions(scene, case.id) if d.decision.spent)
    assert (kept.decision.fired, kept.decision.spent, kept.chain.stopped) == ((), ("four",), (told.data["why"],))


def test_a_rule_that_would_wake_itself_fires_once_chatwoot_4071(scene: Scene) -> None:
    """CW#4070, #4071: an endless loop of a rule on its own update."""
    obey(scene.ports, "id: echo\non: [note.added]\ndo: {note: and again}")
    case = scene.hear()
    add_note(scene.ports, scene.ana, case.id, "go")
    assert len(scene.events(case.id, kind="note.added")) == 2
    (told,) = stopped(scene, case.id)
    assert told.data["guard"] == "circle"
    assert "gone round in a circle" in told.data["why"]
    add_note(scene.ports, scene.ana, case.id, "go on")
    assert len(stopped(scene, case.id)) == 1, "the same is said once"


def test_two_rules_that_call_each_other_end_and_the_rest_goes_on(scene: Scene) -> None:
    obey(
        scene.ports,
        "id: asleep\non: [case.closed]\ndo: {note: closed}\nstop: true",
        "id: talk\non: [note.added]\ndo: {note: talk}\nstop: true",
        "id: below\non: [note.added]\ndo: {tags: [below]}",
    )
    case = scene.hear()
    close_case(scene.ports, scene.ana, case.id, "spam")
    assert "below" in scene.case(case.id).tags, "a stopped rule stops nothing below it"
    assert [e.data["rules"] for e in stopped(scene, case.id)] == [["talk"]]


def test_a_case_has_a_budget_an_hour_and_it_is_told_once(scene: Scene, clock: SetClock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rule_guards, "BUDGET", 5)
    obey(scene.ports, "id: count\non: [case.claimed, case.released]\ndo: {term: 1, notify: [lead]}")
    case, other = scene.hear(handle="one"), scene.hear(handle="two")
    for _ in range(4):
        claim_case(scene.ports, scene.ana, case.id)
        release_case(scene.ports, scene.ana, case.id)
        clock.move(seconds=10)
    assert len(scene.events(case.id, kind="notice.sent")) == 5
    (told,) = stopped(scene, case.id)
    assert told.data["guard"] == "budget"
    claim_case(scene.ports, scene.ana, other.id)
    assert len(scene.events(other.id, kind="notice.sent")) == 1, "another case has its own"
    clock.move(hours=1, seconds=1)
    claim_case(scene.ports, scene.ana, case.id)
    assert len(scene.events(case.id, kind="notice.sent")) == 6


def test_arrivals_use_no_budget(scene: Scene, clock: SetClock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rule_guards, "BUDGET", 2)
    obey(scene.ports, "id: every\ndo: {tags: [seen]}", "id: note\non: [note.added]\ndo: {tags: [noted]}")
    case = scene.hear(id="post1")
    for _ in range(4):
        clock.move(seconds=5)
        scene.hear("@acme hello? where is it?", in_reply_to="post1")
    add_note(scene.ports, scene.ana, case.id, "go")
    assert "noted" in scene.case(case.id).tags


def test_once_is_once_a_case_for_ever_and_another_case_has_its_own(scene: Scene, clock: SetClock) -> None:
    obey(scene.ports, "id: greet\nrepeat: once\ndo: {note: hello}", "id: once-too\non: [case.reopened]\nrepeat: once\ndo: {note: back}")
    case = scene.hear(id="post1")
    scene.hear("@acme hello? where is it?", in_reply_to="post1")
    for _ in range(2):
        clock.move(minutes=1)
        close_case(scene.ports, scene.ana, case.id, "no_response_needed")
        reopen_case(scene.ports, scene.ana, case.id)
    assert [e.actor.id for e in scene.events(case.id, kind="note.added")] == ["greet", "once-too"]
    assert decisions(scene, case.id)[0].decision.spent == ("once-too",)
    other = scene.hear(handle="other")
    assert len(scene.events(other.id, kind="note.added")) == 1


def test_once_holds_within_one_batch_of_mentions(scene: Scene) -> None:
    obey(scene.ports, "id: greet\nrepeat: once\ndo: {note: hello}")
    take_in(scene.ports, *(mention(f"p{i}", f"@acme hello {i}, where is it?", in_reply_to="p0" if i else None) for i in range(5)))
    assert len(scene.events(kind="note.added")) == 1


def test_once_per_state_fires_again_when_the_state_has_changed(scene: Scene, clock: SetClock) -> None:
    obey(scene.ports, "id: nudge\non: [case.claimed]\nrepeat: once_per_state\ndo: {note: nudge}")
    case = scene.hear()

    def claimed_twice() -> int:
        for _ in range(2):
            clock.move(seconds=5)
            claim_case(scene.ports, scene.ana, case.id)
            release_case(scene.ports, scene.ana, case.id)
        return len(scene.events(case.id, kind="note.added"))

    assert claimed_twice() == 1
    snooze_case(scene.ports, scene.ana, case.id, clock.now().replace(hour=23))
    assert claimed_twice() == 2, "asleep it may once more"
    wake_case(scene.ports, scene.ana, case.id)
    assert claimed_twice() == 3, "and open again once more, though it was open before"


def test_once_per_state_on_arrivals_reads_the_state_the_mention_made(scene: Scene, clock: SetClock) -> None:
    obey(scene.ports, "id: again\nwhen: {state: open}\nrepeat: once_per_state\ndo: {note: open}")
    case = scene.hear(id="post1")
    clock.move(minutes=1)
    scene.hear("@acme hello? where is it?", in_reply_to="post1")
    assert len(scene.events(case.id, kind="note.added")) == 1
    scene.send(scene.ana, case.id)
    scene.deliver()
    assert scene.case(case.id).state == "waiting"
    clock.move(minutes=1)
    scene.hear("@acme still nothing! where is it?", in_reply_to="post1")
    clock.move(minutes=1)
    scene.hear("@acme anyone? where is it?", in_reply_to="post1")
    assert len(scene.events(case.id, kind="note.added")) == 2


def test_a_rule_held_once_does_not_hold_again_what_legal_released(scene: Scene, clock: SetClock) -> None:
    obey(scene.ports, "id: threat\nwhen: {risk: legal}\nrepeat: once\ndo: {hold: it is a threat, escalate: legal}")
    case = scene.hear(THREAT, id="post1")
    assert scene.case(case.id).hold
    decide_matter(scene.ports, scene.leo, scene.matter(case.id).id, "released", "only words")
    clock.move(minutes=1)
    scene.hear("@acme my lawyer says hello, I will sue", in_reply_to="post1")
    assert not scene.case(case.id).hold


def test_two_at_once_fire_a_once_rule_once(scene: Scene) -> None:
    """The case's row is held while a rule is asked (decision 0013), so that the second sees what the first has fired."""
    obey(scene.ports, "id: greet\non: [note.added]\nwhen: {actor: agent}\nrepeat: once\ndo: {tags: [greeted], escalate: supervisor}")
    case = scene.hear()
    ready = threading.Barrier(4)

    def write(n: int) -> None:
        ready.wait()
        add_note(scene.ports, scene.ana if n % 2 else scene.ben, case.id, f"note {n}")

    threads = [threading.Thread(target=write, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(scene.events(case.id, kind="note.added")) == 4
    fired = [d for d in decisions(scene, case.id) if "greet" in d.decision.fired]
    assert len(fired) == 1


def test_what_fired_is_forgotten_with_the_customer(scene: Scene) -> None:
    obey(scene.ports, "id: greet\nrepeat: once\ndo: {tags: [hello]}")
    case = scene.hear()
    with scene.ports.db.read() as conn:
        assert conn.execute(REPEAT.select()).all()
    erase_customer(scene.ports, DESK, case.customer_id)
    with scene.ports.db.read() as conn:
        assert not conn.execute(REPEAT.select()).all()
