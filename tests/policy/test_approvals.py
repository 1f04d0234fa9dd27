"""Approvals in the real database: asked once, decided once, never by the one who asked."""

import threading

import pytest

from app.core.errors import Conflict, DeskError, NotFound
from app.core.ids import CaseId, PersonId, ReplyId
from app.engine.database import Database
from app.policy import approvals
from app.policy.model import Approval

ANN, LEA, LEO = PersonId("ann"), PersonId("lea"), PersonId("leo")
REPLY, CASE = ReplyId("reply"), CaseId("case")


def ask(db: Database, reply: ReplyId = REPLY, text: str = "Sorry.") -> Approval:
    with db.write() as tx:
        return approvals.ask_approval(tx, reply, CASE, "legal", ANN, "Ann", text)


def test_asking_twice_is_asking_once(db: Database) -> None:
    assert ask(db) == ask(db)


def test_approved_as_it_stands(db: Database) -> None:
    asked = ask(db)
    with db.write() as tx:
        got = approvals.decide_approval(tx, asked.id, "approved", LEA, "Lea", reason="fine")
    assert (got.state, got.decided_by, got.decided_by_name, got.decided_at, got.text_after, got.reason) == (
        "approved", LEA, "Lea", asked.asked_at, "Sorry.", "fine",
    )  # fmt: skip


def test_approved_with_changes_keeps_both_texts(db: Database) -> None:
    asked = ask(db)
    with db.write() as tx:
        with pytest.raises(Conflict, match="needs the changed text"):
            approvals.decide_approval(tx, asked.id, "changed", LEA, "Lea")
        got = approvals.decide_approval(tx, asked.id, "changed", LEA, "Lea", text="We are looking into it.")
    assert (got.state, got.text_before, got.text_after) == ("changed", "Sorry.", "We are looking into it.")


def test_the_second_decider_is_told_who_was_first(db: Database) -> None:
    asked = ask(db)
    with db.write() as tx:
        approvals.decide_approval(tx, asked.id, "rejected", LEA, "Lea", reason="too much")
        with pytest.raises(Conflict, match="Lea decided this already: it is rejected"):
            approvals.decide_approval(tx, asked.id, "approved", LEO, "Leo")


def test_the_author_decides_nothing(db: Database) -> None:
    asked = ask(db)
    with db.write() as tx, pytest.raises(Conflict, match="another person"):
        approvals.decide_approval(tx, asked.id, "approved", ANN, "Ann")
    with db.write() as tx, pytest.raises(NotFound):
        approvals.decide_approval(tx, "none", "approved", LEA, "Lea")


def test_a_changed_text_expires_what_was_asked_and_given(db: Database) -> None:
    asked = ask(db)
    with db.write() as tx:
        assert approvals.expire_approvals(tx, REPLY) == 1
        with pytest.raises(Conflict, match="expired"):
            approvals.decide_approval(tx, asked.id, "approved", LEA, "Lea")
    db.clock.move(seconds=1)  # type: ignore[attr-defined]  # the fixture's clock is one that can be moved
    second = ask(db, text="Very sorry.")
    assert second.id != asked.id
    with db.read() as conn:
        assert [a.state for a in approvals.approvals_of_reply(conn, REPLY)] == ["expired", "asked"]
        assert len(approvals.approvals_of_case(conn, CASE)) == 2


def test_waiting_is_read_by_pages_the_longest_first(db: Database) -> None:
    for n in range(5):
        db.clock.move(seconds=1)  # type: ignore[attr-defined]  # the fixture's clock is one that can be moved
        ask(db, ReplyId(f"r{n}"))
    with db.read() as conn:
        first = approvals.waiting(conn, ["legal"], limit=3)
        second = approvals.waiting(conn, ["legal"], limit=3, cursor=first.next)
        assert [a.reply_id for a in (*first.items, *second.items)] == [f"r{n}" for n in range(5)]
        assert second.next is None
        assert approvals.waiting(conn, ["supervisor"]).items == ()
        assert approvals.waiting_count(conn, ["legal", "supervisor"]) == 5


def test_of_two_deciders_one_wins(db: Database) -> None:
    for round_ in range(20):
        asked = ask(db, ReplyId(f"r{round_}"))
        start = threading.Barrier(2)
        outcomes: list[str] = []

        def decide(person: PersonId, start: threading.Barrier = start, id: str = asked.id, outcomes: list[str] = outcomes) -> None:
            start.wait()
            try:
                with db.write() as tx:
                    approvals.decide_approval(tx, id, "approved", person, person.title())
                outcomes.append(person)
            except DeskError as lost:
                outcomes.append(lost.detail)

        deciders = [threading.Thread(target=decide, args=(p,)) for p in (LEA, LEO)]
        for decider in deciders:
            decider.start()
        for decider in deciders:
            decider.join()
        assert sum(o in (LEA, LEO) for o in outcomes) == 1
        assert any("decided this already" in o for o in outcomes)
