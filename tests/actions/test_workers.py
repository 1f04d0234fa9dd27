"""Several workers on one database: each mention is worked once, and what belongs together comes together whoever works on it."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from threading import Barrier

import pytest
from sqlalchemy import func, select

from app.actions.accept_mentions import Delivery, accept_mentions
from app.actions.receive_mentions import receive_waiting
from app.actions.repair_intake import note_failure
from app.cases.tables import CASE
from app.customers.tables import CUSTOMER, IDENTITY
from app.engine import intake_queue, log
from app.engine.database import Database
from app.engine.intake_queue import INTAKE
from app.engine.ports import Ports
from app.mentions.tables import CLUSTER, MENTION
from tests.support.desk import mention
from tests.support.server import until

WORKERS = 4
BATCH = 7  # small, so that every worker meets every author


def accept(ports: Ports, *posts: dict[str, object]) -> None:
    answers = accept_mentions(ports, [Delivery("test", list(posts))])
    assert isinstance(answers[0], tuple)


def work_off(ports: Ports) -> list[int]:
    """Several workers, each with connections of its own, until nothing waits; how many mentions each took up."""
    barrier = Barrier(WORKERS)
    with ExitStack() as stack:
        desks = [replace(ports, db=Database(ports.db.url, ports.clock)) for _ in range(WORKERS)]
        for desk in desks:
            stack.callback(desk.db.close)

        def work(desk: Ports) -> int:
            barrier.wait()
            total = idle = 0
            while idle < 3:  # a row another has in hand may be put back
                taken = receive_waiting(desk, BATCH)
                total, idle = total + taken, 0 if taken else idle + 1
            return total

        with ThreadPoolExecutor(WORKERS) as pool:
            return list(pool.map(work, desks))


def counted(ports: Ports, table: object) -> int:
    with ports.db.read() as conn:
        return conn.execute(select(func.count()).select_from(table)).scalar_one()  # type: ignore[arg-type]  # a table


def test_fifty_posts_of_one_unknown_author_are_one_customer_and_one_case(ports: Ports) -> None:
    accept(ports, *(mention(f"m{i}", f"Where is my bag, part {i}?", handle="nobody_yet") for i in range(50)))
    taken = work_off(ports)
    assert (counted(ports, IDENTITY), counted(ports, CUSTOMER), counted(ports, CASE), counted(ports, MENTION)) == (1, 1, 1, 50)
    assert counted(ports, INTAKE) == 0
    with ports.db.read() as conn:
        case = conn.execute(select(CASE)).one()
    assert (case.mention_count, case.version) == (50, 50)
    if not ports.db.embedded:
        assert sum(taken) == 50  # nobody took up what another had in hand


def test_many_authors_in_one_thread_are_a_case_each_and_every_mention_is_worked_once(ports: Ports) -> None:
    authors, posts = 12, 10
    with ports.db.read() as conn:
        before = log.head(conn)
    accept(
        ports,
        *(
            mention(f"a{a}-{p}", f"We wait here, all of us, number {a} for the {p}th time", handle=f"author_{a}", thread="the-thread")
            for p in range(posts)
            for a in range(authors)
        ),
    )
    work_off(ports)
    assert (counted(ports, CUSTOMER), counted(ports, CASE), counted(ports, MENTION)) == (authors, authors, authors * posts)
    with ports.db.read() as conn:
        assert set(conn.execute(select(CASE.c.mention_count)).scalars()) == {posts}
        heard = [e for e in log.read_since(conn, before, 5_000) if e.kind == "mention.received"]
        opened = [e for e in log.read_since(conn, before, 5_000) if e.kind == "case.opened"]
    assert len({e.mention for e in heard}) == len(heard) == authors * posts
    assert len(opened) == authors


def test_copies_of_one_text_are_one_cluster_of_the_right_size(ports: Ports) -> None:
    copies = 40
    text = "Flight cancelled without a word, terrible service, never again with you"
    accept(ports, *(mention(f"c{i}", text, handle=f"copier_{i}") for i in range(copies)))
    work_off(ports)
    with ports.db.read() as conn:
        assert list(conn.execute(select(CLUSTER.c.size)).scalars()) == [copies]


@pytest.mark.only_on("postgresql", reason="SQLite's writer takes the rows in their order")
def test_a_deletion_waits_for_the_post_that_another_worker_has_in_hand(ports: Ports) -> None:
    accept(ports, mention("m1", "Said in anger"))
    accept(ports, mention("m1", "", deleted=True))
    with ports.db.write() as other:
        assert [row.key.split("\x1f")[2:] for row in intake_queue.claim(other, 1)] == [["m1", ""]]
        assert receive_waiting(ports, 10) == 1
        assert counted(ports, INTAKE) == 2  # put off, not dropped
    clock = ports.clock
    assert receive_waiting(ports, 10) == 1
    clock.move(seconds=1)  # type: ignore[attr-defined]  # the fixture's clock
    assert receive_waiting(ports, 10) == 1
    with ports.db.read() as conn:
        assert conn.execute(select(MENTION.c.deleted_at)).scalar_one() is not None
    assert counted(ports, INTAKE) == 0


@pytest.mark.only_on("postgresql", reason="SQLite's rows are read before the transaction that finishes them")
def test_what_a_worker_held_when_it_died_is_free_at_once(ports: Ports) -> None:
    accept(ports, mention("m1", "Where is my bag?"))
    dying = Database(ports.db.url, ports.clock)
    with dying.writer.connect() as conn:
        assert len(conn.execute(select(INTAKE).with_for_update(skip_locked=True)).all()) == 1
        assert receive_waiting(ports, 10) == 0
        conn.invalidate()  # its connection is cut, as by kill -9
    dying.close()
    assert until(lambda: receive_waiting(ports, 10), "the row") == 1


def test_a_failure_noted_for_a_row_that_is_gone_changes_nothing(ports: Ports) -> None:
    accept(ports, mention("m1", "Where is my bag?"))
    with ports.db.read() as conn:
        (row,) = intake_queue.waiting(conn, ports.clock.now(), 10)
    assert receive_waiting(ports, 10) == 1
    assert not note_failure(ports, row, "too late")
    assert counted(ports, INTAKE) == 0
