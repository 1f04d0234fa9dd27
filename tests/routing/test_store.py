"""Versions and decisions in a real database, and the compiled rules by hash."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlmodel import SQLModel

from app.core.clock import SetClock
from app.core.errors import Conflict, Invalid, NotFound
from app.core.events import Actor
from app.core.facts import Facts
from app.core.ids import CaseId, MentionId
from app.engine.columns import table_of
from app.engine.database import Database
from app.routing import store
from app.routing.decide import decide
from app.routing.kept_rules import KeptRules, hash_of
from app.routing.tables import DecisionRow, RuleRepeatRow, RuleVersionRow

ANA = Actor("agent", "p1", "Ana")
ONE = "rules:\n  - id: one\n    do: {queue: care}\n"
TWO = "rules:\n  - id: two\n    do: {queue: vip}\n"


@pytest.fixture
def clock() -> SetClock:
    return SetClock(datetime(2026, 3, 6, 12, tzinfo=UTC))


@pytest.fixture
def db(blank_url: str, clock: SetClock) -> Iterator[Database]:
    database = Database(blank_url, clock)
    with database.writer.begin() as conn:
        SQLModel.metadata.create_all(conn, tables=[table_of(RuleVersionRow), table_of(DecisionRow), table_of(RuleRepeatRow)])
    yield database
    database.close()


def test_before_anything_is_published_there_are_no_rules(db: Database) -> None:
    with db.read() as conn:
        assert store.active(conn) == (0, "")
        assert store.active_rules(conn).rules == ()


def test_the_newest_version_is_active_and_old_ones_stay(db: Database, clock: SetClock) -> None:
    with db.write() as tx:
        assert store.publish(tx, ONE, "first", ANA) == 1
    clock.move(minutes=1)
    with db.write() as tx:
        assert store.publish(tx, TWO, "second", ANA, expected=1) == 2
    with db.read() as conn:
        assert store.active(conn) == (2, TWO)
        assert (store.active_rules(conn).version, store.active_rules(conn).rules[0].id) == (2, "two")
        assert (store.rules_of(conn, 1).version, store.rules_of(conn, 1).rules[0].id) == (1, "one")
        newest, oldest = store.versions(conn)
        assert (newest.version, newest.reason, newest.by_name, newest.text, newest.at) == (2, "second", "Ana", "", clock.now())
        assert store.version(conn, oldest.version).text == ONE
        assert [one.version for one in store.versions(conn, before=2)] == [1]


def test_a_version_keeps_which_rules_it_changed(db: Database) -> None:
    with db.write() as tx:
        store.publish(tx, ONE, "first", ANA)
        store.publish(tx, ONE + TWO.removeprefix("rules:\n"), "second", ANA)
        store.publish(tx, ONE, "third", ANA)
    with db.read() as conn:
        assert [one.changes for one in store.versions(conn)] == [["two"], ["two"], ["one"]]
        found = store.last_change(conn, "one", 10)
        assert found is not None
        assert found.version == 1
        assert store.last_change(conn, "one", 2) is None, "no further back than is looked"


def test_going_back_publishes_a_copy(db: Database) -> None:
    with db.write() as tx:
        store.publish(tx, ONE, "first", ANA)
        store.publish(tx, TWO, "second", ANA)
        assert store.publish(tx, store.version(tx.conn, 1).text, "two was wrong", ANA, copy_of=1) == 3
    with db.read() as conn:
        assert store.active(conn) == (3, ONE)
        assert store.active_rules(conn).version == 3
        assert store.version(conn, 3).copy_of == 1


def test_an_editor_who_started_from_an_older_version_is_told(db: Database) -> None:
    with db.write() as tx:
        store.publish(tx, ONE, "first", ANA)
    with pytest.raises(Conflict, match="Version 1 was published"), db.write() as tx:
        store.publish(tx, TWO, "second", ANA, expected=0)


def test_a_broken_text_is_not_stored(db: Database) -> None:
    with pytest.raises(Invalid, match="line 1"), db.write() as tx:
        store.publish(tx, "rules: 5", "oops", ANA)
    with db.read() as conn:
        assert store.active_version(conn) == 0


def test_a_version_that_never_was(db: Database) -> None:
    with pytest.raises(NotFound), db.read() as conn:
        store.version(conn, 9)


def test_what_is_written_out_once_is_of_that_very_decision(db: Database, clock: SetClock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "TRACES_KEPT", 2)
    with db.write() as tx:
        store.publish(tx, "rules:\n  - id: one\n    when: {score: {at_least: 0}}\n    do: {queue: care}\n", "", ANA)
        made = [decide(store.active_rules(tx.conn), Facts(score=score)) for score in (1, 2, 3, 1)]
        made.append(replace(made[-1], trace=(), queue="vip"))
        store.record_decisions(tx, [(Facts(), decision, None, CaseId("c")) for decision in made])
    with db.read() as conn:
        stored = [one.decision for one in reversed(store.for_case(conn, CaseId("c")))]
    assert [(one, one.trace) for one in stored] == [(one, one.trace) for one in made]


def test_decisions_come_back_as_they_were_made_newest_first(db: Database, clock: SetClock) -> None:
    made = []
    for number in range(3):
        clock.move(seconds=1)
        with db.write() as tx:
            facts = Facts(text=f"mention\n {number}", risk=("legal",), custom={"plan": "pro"})
            store.publish(tx, ONE, "", ANA)
            decision = decide(store.active_rules(tx.conn), facts)
            made.append((facts, decision))
            store.record_decision(tx, facts, decision, mention=MentionId(f"m{number}"), case=CaseId("c1" if number else "c0"))
    clock.move(seconds=1)
    with db.write() as tx:
        store.record_decision(tx, Facts(trigger="clock.warned"), made[0][1], case=CaseId("c1"))
        assert store.record_decisions(tx, []) == []
    with db.read() as conn:
        newest = store.last_decisions(conn, 2, trigger="mention.received")
        assert [one.mention for one in newest] == ["m2", "m1"]
        assert (newest[0].facts, newest[0].decision) == made[2]
        assert newest[0].decision.trace == made[2][1].trace
        assert newest[0].version == 3
        assert [one.trigger for one in store.for_case(conn, CaseId("c1"))] == ["clock.warned", "mention.received", "mention.received"]
        assert [(case, fired) for case, _, fired in store.fired_lately(conn, 2)] == [("c1", ("one",)), ("c1", ("one",))]
        assert store.cases_fired_on(conn, "one", [CaseId("c0"), CaseId("c2")]) == {"c0"}
        assert store.cases_fired_on(conn, "two", [CaseId("c0")]) == frozenset()


def test_an_erased_customers_words_leave_the_decisions(db: Database) -> None:
    with db.write() as tx:
        rules = store.active_rules(tx.conn)
        for case in ("c1", "c1", "c2"):
            store.record_decision(tx, Facts(), decide(rules, Facts()), case=CaseId(case))
        assert store.forget_case(tx, CaseId("c1")) == 2
    with db.read() as conn:
        assert [one.case for one in store.last_decisions(conn, 9)] == ["c2"]


def test_a_text_is_compiled_once_and_the_bound_lets_the_oldest_go() -> None:
    kept = KeptRules(bound=2)
    first = kept.of_text(ONE)
    assert kept.of_text(ONE) is first
    kept.of_text(TWO)
    kept.of_text(ONE)
    kept.of_text("")
    assert kept.get(hash_of(TWO)) is None
    assert kept.get(hash_of(ONE)) is first


def test_a_broken_text_is_loud_each_time() -> None:
    kept = KeptRules()
    for _ in range(2):
        with pytest.raises(Invalid) as caught:
            kept.of_text("rules:\n  - id: a\n    do: {que: x}\n")
        assert caught.value.errors[0]["line"] == 3
