"""Mentions through the whole pipeline, on a real database."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from app.actions.accept_mentions import Delivery, accept_mentions
from app.actions.receive_mentions import Received
from app.actions.upsert_customer import upsert_customer
from app.cases.model import Case
from app.cases.store import case_of
from app.cases.tables import CASE
from app.core.asker import DESK
from app.core.clock import SetClock, rfc3339
from app.engine import intake_queue, log
from app.engine.columns import table_of
from app.engine.intake_queue import Arrival
from app.engine.ports import Ports
from app.engine.timers import next_due
from app.mentions.tables import MENTION
from app.routing.tables import DecisionRow
from tests.support.databases import statements
from tests.support.desk import mention, take_in

DECISION = table_of(DecisionRow)


def all_cases(ports: Ports) -> list[Case]:
    with ports.db.read() as conn:
        return [case_of(r) for r in conn.execute(CASE.select().order_by(CASE.c.opened_at, CASE.c.id))]


def test_a_mention_becomes_a_scored_case_with_a_clock(ports: Ports) -> None:
    take_in(ports, mention("1", "@acme my order 4471 has not arrived and nobody answers. I am furious!"))
    (case,) = all_cases(ports)
    assert case.state == "open"
    assert case.queue
    assert case.score > 0
    assert sum(t["points"] for t in case.terms) == case.score
    assert case.due_metric == "first_touch"
    with ports.db.read() as conn:
        assert next_due(conn) is not None


def test_five_posts_of_one_author_are_one_case(ports: Ports, clock: SetClock) -> None:
    for i in range(5):
        take_in(ports, mention(str(i), f"@acme still nothing, post number {i}, this is awful"))
        clock.move(minutes=2)
    (case,) = all_cases(ports)
    assert case.mention_count == 5


def test_other_authors_in_the_thread_get_their_own_linked_cases(ports: Ports) -> None:
    take_in(
        ports,
        mention("root", "@acme checkout is broken", handle="ana"),
        mention("r1", "same here, broken since noon", handle="ben", in_reply_to="root"),
        mention("r2", "me too @acme what is going on?", handle="cy", in_reply_to="r1"),
    )
    cases = all_cases(ports)
    assert len(cases) == 3
    assert {c.thread_key for c in cases} == {"root"}


def test_mentions_of_one_batch_come_to_what_they_come_to_one_by_one(ports: Ports) -> None:
    copied = "The seats are broken and nobody answers at the gate"

    def posts(account: str) -> list[dict[str, Any]]:
        said = [
            ("a1", "ana", copied, None), ("b1", "ben", "the checkout shows an empty page", None),
            ("a2", "ana", "and nobody told us why", "b1"), ("c1", "cy", copied, "a2"),
            ("b2", "ben", copied, None), ("a3", "ana", "thank you, all is well, great crew", "a2"), ("b3", "ben", "same page again", "c1"),
        ]  # fmt: skip
        return [
            mention(f"{account}{id}", text, handle=f"{who}_{account}", account=account, in_reply_to=to and f"{account}{to}")
            for id, who, text, to in said
        ]

    take_in(ports, *posts("@together"))
    for post in posts("@apart"):
        take_in(ports, post)
    with ports.db.read() as conn:
        made = conn.execute(
            select(DECISION, MENTION.c.external_id).join_from(DECISION, MENTION, MENTION.c.id == DECISION.c.mention_id)
        ).all()

    def seen(account: str) -> dict[str, Any]:
        # Clocks are started when the batch is worked, and of a thread the posts of the batch and their parents are counted.
        own = {"account", "handle", "clock", "minutes_to_due", "thread_size"}
        return {
            row.external_id.removeprefix(account): (
                {name: value for name, value in row.facts.items() if name not in own}, row.outcome, row.trace,
            )
            for row in made
            if row.facts["account"] == account and row.trigger == "mention.received"
        }  # fmt: skip

    assert len(seen("@together")) == 7
    assert seen("@together") == seen("@apart")
    kept = {
        account: sorted(
            repr((c.state, c.mention_count, c.score, c.terms, c.cluster_size, c.queue, c.tags, c.due_metric))
            for c in all_cases(ports)
            if c.account == account
        )
        for account in ("@together", "@apart")
    }
    assert kept["@together"] == kept["@apart"]


def test_matters_of_one_batch_share_their_statements_and_every_history_keeps_its_order(ports: Ports) -> None:
    def threats(*handles: str) -> list[dict[str, Any]]:
        return [mention(f"{who}{n}", f"my lawyer will sue you over order {n}", handle=who) for n, who in enumerate(handles)]

    def told(*handles: str) -> int:
        with statements(ports) as ran:
            take_in(ports, *threats(*handles))
        return len(ran)

    told("first")  # which makes what is made once
    some = 12  # tables of which more rows are written than SQLite takes in one statement; twelve statements a matter would be a hundred
    assert told(*(f"many{n}" for n in range(9))) <= told("one") + some
    take_in(ports, *threats("ana", "ben", "ana"))
    case = next(c for c in all_cases(ports) if c.author_handle == "ana")
    with ports.db.read() as conn:
        kinds = [event.kind for event in reversed(log.of_case(conn, case.id))]
    again = kinds.index("mention.received", 1)
    assert kinds[:again].count("matter.opened") == 1
    assert kinds[:3] == ["mention.received", "case.opened", "case.held"]


def test_redelivery_changes_nothing(ports: Ports) -> None:
    post = mention("1", "@acme where is my refund?")
    take_in(ports, post)
    before = all_cases(ports)
    answers = accept_mentions(ports, [Delivery("test", [post, post])])
    assert [r.status for r in answers[0]] == ["duplicate", "duplicate"]  # type: ignore[union-attr]  # not TooMany: the intake is empty
    assert all_cases(ports) == before


def test_an_edit_is_a_revision_and_raises_the_version(ports: Ports, clock: SetClock) -> None:
    take_in(ports, mention("1", "@acme all good"))
    (before,) = all_cases(ports)
    clock.move(minutes=1)
    result = take_in(ports, mention("1", "@acme I will sue you, talk to my lawyer", edited_at=rfc3339(clock.now())))
    assert result == Received(0, 1, 0, 0)
    (after,) = all_cases(ports)
    assert after.version == before.version + 1
    assert after.hold
    assert "legal" in after.risk


def test_a_deletion_is_marked_once(ports: Ports) -> None:
    take_in(ports, mention("1", "@acme where is my refund?"))
    assert take_in(ports, mention("1", "", deleted=True)) == Received(0, 0, 1, 0)
    assert take_in(ports, mention("1", "", deleted=True)) is None


def test_a_courtesy_after_our_answer_reopens_nothing(ports: Ports, clock: SetClock) -> None:
    take_in(ports, mention("1", "@acme where is my refund?"))
    (case,) = all_cases(ports)
    with ports.db.write() as tx:
        tx.conn.execute(
            CASE.update().where(CASE.c.id == case.id).values(state="done", disposition="answered", waiting_since=None, due_metric=None)
        )
    clock.move(minutes=3)
    take_in(ports, mention("2", "thanks!", in_reply_to="1"))
    (after,) = all_cases(ports)
    assert after.state == "done"


def test_a_late_stream_counts_from_when_it_was_written_but_an_old_import_does_not(ports: Ports, clock: SetClock) -> None:
    late, old = clock.now() - timedelta(minutes=10), clock.now() - timedelta(days=400)
    take_in(ports, mention("1", "@acme help please", handle="late", created_at=rfc3339(late)))
    take_in(ports, mention("2", "@acme help please", handle="old", created_at=rfc3339(old)))
    waiting = {c.author_handle: c.waiting_since for c in all_cases(ports)}
    assert waiting == {"late": late, "old": clock.now()}


def test_a_full_intake_takes_nothing_of_the_call(ports: Ports) -> None:
    bound = ports.settings.earshot_intake_bound
    posts: Sequence[dict[str, Any]] = [mention(str(i), "hello") for i in range(3)]
    with ports.db.write() as tx:
        intake_queue.put(tx, [Arrival(f"k{i}", "test", {}) for i in range(bound - 2)])
    (answer,) = accept_mentions(ports, [Delivery("test", posts)])
    assert not isinstance(answer, tuple)
    assert answer.status == 429
    with ports.db.read() as conn:
        assert intake_queue.depth(conn, bound) == bound - 2


def test_new_words_end_the_alarm_of_the_words_before(ports: Ports, clock: SetClock) -> None:
    upsert_customer(ports, DESK, "C1", {"name": "Jo", "tier": "gold", "handles": [{"network": "x", "handle": "jo_harker"}]})
    take_in(ports, mention("1", "@acme my tent never came, this is awful, I am furious"))
    (angry,) = all_cases(ports)
    assert angry.floor == 70
    clock.move(minutes=1)
    take_in(ports, mention("2", "@acme found it next door, thank you, love the tent!"))
    (calm,) = all_cases(ports)
    assert (calm.floor or 0) < 70
    assert calm.score < angry.score


def test_new_words_do_not_end_a_hold(ports: Ports, clock: SetClock) -> None:
    take_in(ports, mention("1", "@acme you will hear from my lawyer"))
    (held,) = all_cases(ports)
    clock.move(minutes=1)
    take_in(ports, mention("2", "@acme have a nice day"))
    (still,) = all_cases(ports)
    assert still.hold
    assert still.floor == held.floor
