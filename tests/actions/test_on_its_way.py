"""What random histories found, told one by one: answers on their way, and what customers, rules and people do meanwhile."""

from datetime import timedelta

import pytest

from app.actions.cancel_reply import cancel_reply
from app.actions.close_case import close_case
from app.actions.decide_matter import decide_matter
from app.actions.decide_reply import Word, decide_reply
from app.actions.settle_reply import drop_reply, retry_reply
from app.actions.snooze_case import snooze_case, wake_case
from app.channels.port import Failed
from app.core.clock import rfc3339
from app.core.errors import Conflict, Forbidden
from app.engine import timers
from app.sla.model import Clock
from tests.support.desk import mention, take_in
from tests.support.scene import ANSWER, THREAT, Network, Scene

SPAM = "@acme free followers for everyone who writes to me today, and double as many for all of your friends"
REFUSES = Network(lambda _: Failed("the post is gone", fixable=False))


def clocks(scene: Scene, case: str) -> tuple[Clock, ...]:
    """The clocks of the case's answers that still last."""
    return tuple(c for c in scene.answer_clocks(case) if not c.stopped)


def wakes(scene: Scene) -> int:
    """How many timers would wake a case some day."""
    with scene.ports.db.read() as conn:
        return sum(t.purpose == "wake" for t in timers.due(conn, scene.clock.now() + timedelta(days=100)))


def test_words_written_while_an_approval_waited_are_not_taken_for_answered(scene: Scene) -> None:
    case = scene.hear(id="post1").id
    reply = scene.send(scene.tim, case)
    scene.clock.move(minutes=1)
    scene.hear("@acme and now my card was charged twice, what will you do about it?", in_reply_to="post1")
    decide_reply(scene.ports, scene.sue, reply.id, Word("approve"))
    assert scene.case(case).state == "open", "somebody has to read the new words"
    scene.deliver()
    now = scene.case(case)
    assert (now.state, now.waiting_since is not None, now.reply_count) == ("open", True, 1)
    assert [c.state for c in clocks(scene, case)] == ["running"]


def test_thanks_for_an_answer_on_its_way_keep_nothing_open(scene: Scene) -> None:
    case = scene.hear(id="post1").id
    scene.send(scene.ana, case)
    scene.clock.move(seconds=2)
    scene.hear("@acme thank you!", in_reply_to="post1")
    scene.deliver()
    now = scene.case(case)
    assert (now.state, now.waiting_since) == ("waiting", None)
    assert clocks(scene, case) == ()


@pytest.mark.parametrize(("author", "state"), [("ana", "waiting"), ("tim", "pending")])
def test_a_woken_case_stands_where_its_answer_has_it(scene: Scene, author: str, state: str) -> None:
    case = scene.hear().id
    scene.send(getattr(scene, author), case)
    snooze_case(scene.ports, scene.ana, case, scene.clock.now() + timedelta(hours=1))
    assert wake_case(scene.ports, scene.ana, case).state == state
    assert [c.state for c in clocks(scene, case)] == ["paused" if state == "waiting" else "running"]
    snooze_case(scene.ports, scene.ana, case, scene.clock.now() + timedelta(hours=1))
    scene.pass_time(hours=1)
    assert scene.case(case).state == state, "by its timer as by hand"


@pytest.mark.parametrize("author", ["ana", "tim"])
def test_answering_a_snoozed_case_ends_its_snooze(scene: Scene, author: str) -> None:
    case = scene.hear().id
    snooze_case(scene.ports, scene.ana, case, scene.clock.now() + timedelta(hours=1))
    reply = scene.send(getattr(scene, author), case)
    assert (scene.case(case).snoozed_until, wakes(scene)) == (None, 0)
    assert [c.state for c in clocks(scene, case)] == ["paused" if reply.state == "queued" else "running"]


def test_an_answer_sent_back_brings_its_snoozed_case_to_the_agent(scene: Scene) -> None:
    case = scene.hear().id
    reply = scene.send(scene.tim, case)
    snooze_case(scene.ports, scene.ana, case, scene.clock.now() + timedelta(hours=1))
    decide_reply(scene.ports, scene.sue, reply.id, Word("reject", "kinder, please"))
    now = scene.case(case)
    assert (now.state, now.snoozed_until, wakes(scene)) == ("open", None, 0)
    assert [c.state for c in clocks(scene, case)] == ["running"]


@pytest.mark.parametrize("verb", [cancel_reply, drop_reply])
def test_putting_a_failed_answer_aside_touches_nothing_that_came_after(scene: Scene, verb: object) -> None:
    case = scene.hear().id
    failed = scene.send(scene.ana, case)
    scene.deliver(REFUSES)
    scene.send(scene.ana, case, ANSWER + " With the right link.")
    before, draft = scene.case(case), scene.draft(case, scene.ana)
    assert callable(verb)
    verb(scene.ports, scene.ana, failed.id)
    assert (scene.case(case), scene.draft(case, scene.ana)) == (before, draft)
    assert [c.state for c in clocks(scene, case)] == ["paused"]


def test_trying_again_rests_the_clock_and_leaves_a_closed_case_closed(scene: Scene) -> None:
    case = scene.hear().id
    reply = scene.send(scene.ana, case)
    scene.deliver(REFUSES)
    retry_reply(scene.ports, scene.ana, reply.id)
    assert [c.state for c in clocks(scene, case)] == ["paused"]
    scene.deliver(REFUSES)
    close_case(scene.ports, scene.ana, case, "spam")
    with pytest.raises(Conflict, match="reopen"):
        retry_reply(scene.ports, scene.ana, reply.id)
    assert scene.case(case).state == "done"


def test_a_rule_that_closes_a_case_ends_its_clock(scene: Scene) -> None:
    case = scene.hear(id="post1").id
    scene.clock.move(seconds=1)
    assert scene.hear(SPAM, in_reply_to="post1").id == case
    assert scene.case(case).state == "done"
    assert clocks(scene, case) == ()
    assert scene.pass_time(days=3) == 0, "nothing is late on a closed case"


def test_a_rule_closes_nothing_while_an_answer_is_on_its_way(scene: Scene) -> None:
    case = scene.hear(id="post1").id
    scene.send(scene.ana, case)
    scene.clock.move(seconds=1)
    scene.hear(SPAM, in_reply_to="post1")
    assert scene.case(case).state == "open"


def test_what_the_rules_do_after_an_edit_names_the_edit_as_its_cause(scene: Scene) -> None:
    case = scene.hear(id="post1").id
    scene.clock.move(seconds=1)
    take_in(scene.ports, mention("post1", THREAT, edited_at=rfc3339(scene.clock.now())))
    (edited,) = scene.events(case, kind="mention.edited")
    (held,) = scene.events(case, kind="case.held")
    (scored,) = scene.events(case, kind="priority.changed")
    assert (held.cause, held.depth) == (scored.cause, scored.depth) == (edited.seq, 1)
    assert all(e.depth == 0 for e in scene.events() if e.cause is None)


def test_who_may_not_decide_is_told_so_whatever_was_decided(scene: Scene) -> None:
    case = scene.hear(THREAT).id
    matter = scene.matter(case).id
    decide_matter(scene.ports, scene.leo, matter, "kept", "wait for their letter")
    with pytest.raises(Forbidden):
        decide_matter(scene.ports, scene.sue, matter, "released", "so what")
