"""The ledger: every later change of the log is found and named; an erasure is not one."""

import random
from collections.abc import Iterator
from contextlib import suppress

import pytest
from sqlalchemy import Connection, delete, insert, select, update

from app.actions.erase_customer import erase_customer
from app.actions.import_customers import import_customers
from app.actions.seal_log import BATCH, seal_log
from app.core.asker import DESK
from app.core.errors import Invalid
from app.core.events import SYSTEM, Actor, NewEvent
from app.core.ids import CustomerId
from app.customers.form import read_form
from app.customers.store import by_ref
from app.engine import ledger
from app.engine.ledger import SEAL, Anchor, Verdict, verify
from app.engine.ledger_anchor import anchor_path, parse_anchor, read_anchor
from app.engine.log import EVENT
from app.engine.ports import Ports
from app.engine.workspace import WORKSPACE

EVENTS = 60


@pytest.fixture
def ports(ports: Ports) -> Iterator[Ports]:
    with ports.db.write() as tx:
        tx.conn.execute(delete(EVENT))
        SEAL.create(tx.conn, checkfirst=True)
    return ports


def say(ports: Ports, count: int, **data: object) -> None:
    """Leave events of several kinds, some with words, some of customers."""
    actors = (SYSTEM, Actor("customer", "i1", "Ana"), Actor("agent", "p1", "Mina"))
    with ports.db.write() as tx:
        for i in range(count):
            body = {"score": i, "words": [f"w{i}"], "half": i / 2, **data} if i % 2 else {"score": i, **data}
            tx.append(NewEvent("case.updated", actors[i % 3], body))


def noted_outside(ports: Ports) -> Anchor | None:
    """The head as it was noted outside the database: by the file beside SQLite's, by an auditor's pen with PostgreSQL."""
    path = anchor_path(ports.settings)
    if path is not None:
        return read_anchor(path)
    with ports.db.read() as conn:
        return ledger.head(conn)


def checked(ports: Ports) -> Verdict:
    path = anchor_path(ports.settings)
    noted = read_anchor(path) if path else None
    with ports.db.read() as conn:
        return verify(conn, ports.keys, [noted] if noted else [])


def test_events_are_sealed_in_order_once_and_the_chain_holds(ports: Ports) -> None:
    assert seal_log(ports) == 0
    say(ports, EVENTS)
    assert checked(ports).unsealed == EVENTS
    assert seal_log(ports) == EVENTS
    assert seal_log(ports) == 0
    found = checked(ports)
    assert (found.sealed, found.unsealed, found.broken_at) == (EVENTS, 0, None)
    assert noted_outside(ports) == found.head


def test_more_than_a_batch_is_sealed_and_walked_in_pages(ports: Ports) -> None:
    say(ports, 2 * BATCH + 3)
    assert seal_log(ports) == 2 * BATCH + 3
    assert checked(ports).sealed == 2 * BATCH + 3


def test_two_who_seal_at_once_make_one_chain(ports: Ports) -> None:
    say(ports, 10)
    with ports.db.read() as conn:
        quick, late = ledger.next_links(conn, ports.keys, 4), ledger.next_links(conn, ports.keys)
    with ports.db.write() as tx:
        assert ledger.add_links(tx, quick)
    with ports.db.write() as tx:
        assert not ledger.add_links(tx, late)  # made for an end that is none any more
    assert checked(ports).unsealed == 6
    assert seal_log(ports) == 6
    assert checked(ports).broken_at is None


class _TakenBack(Exception):
    """Ends a tampering so that the next one starts from the whole log."""


def _edit(conn: Connection, chance: random.Random) -> int:
    seq = chance.randint(1, EVENTS)
    column, value = chance.choice(
        [
            ("actor_id", "someone"), ("actor_name", "Eve"), ("kind", "case.closed"), ("case_id", "another"), ("customer_id", "another"),
            ("mention_id", "m"), ("cause", 1_000), ("depth", 7), ("data", {"score": -1}), ("data", {"score": seq, "words": ["other"]}),
            ("data", {}), ("at", None),
        ]
    )  # fmt: skip
    if column == "at":
        at = conn.execute(select(EVENT.c.at).where(EVENT.c.seq == seq)).scalar_one()
        value = at.replace(microsecond=(at.microsecond + 1) % 1_000_000)
    conn.execute(update(EVENT).where(EVENT.c.seq == seq).values({column: value}))
    return seq


def _delete(conn: Connection, chance: random.Random) -> int:
    seq = chance.randint(1, EVENTS)
    conn.execute(delete(EVENT).where(EVENT.c.seq == seq))
    if chance.random() < 0.5:
        conn.execute(delete(SEAL).where(SEAL.c.seq == seq))
    return seq


def _swap(conn: Connection, chance: random.Random) -> int:
    one, other = sorted(chance.sample(range(1, EVENTS + 1), 2))
    for table in (EVENT, SEAL) if chance.random() < 0.5 else (EVENT,):
        for old, new in ((one, -1), (other, one), (-1, other)):
            conn.execute(update(table).where(table.c.seq == old).values(seq=new))
    return one


def _cut(conn: Connection, chance: random.Random) -> int:
    seq = chance.randint(1, EVENTS)
    conn.execute(delete(EVENT).where(EVENT.c.seq >= seq))
    if chance.random() < 0.8:
        conn.execute(delete(SEAL).where(SEAL.c.seq >= seq))
    if chance.random() < 0.5:  # and who also knows of the workspace's note
        last = conn.execute(select(SEAL.c.seq, SEAL.c.hash).order_by(SEAL.c.seq.desc()).limit(1)).first()
        value = {"seq": last.seq, "hash": last.hash} if last else {}
        conn.execute(update(WORKSPACE).where(WORKSPACE.c.name == ledger.ANCHOR_NAME).values(value=value))
    return seq


@pytest.mark.parametrize("kind", [_edit, _delete, _swap, _cut])
def test_a_hundred_tamperings_are_all_found_and_named(ports: Ports, kind: object) -> None:
    say(ports, EVENTS)
    seal_log(ports)
    noted = noted_outside(ports)
    assert noted is not None
    chance = random.Random(20260302)
    for _ in range(100):
        with suppress(_TakenBack), ports.db.write() as tx:
            before = tx.conn.execute(select(EVENT)).all()
            seq = kind(tx.conn, chance)  # type: ignore[operator]  # pytest hands parameters over as objects
            if tx.conn.execute(select(EVENT)).all() != before:
                assert verify(tx.conn, ports.keys, [noted]).broken_at == seq
            raise _TakenBack
    assert checked(ports).broken_at is None


def test_a_forged_seal_without_the_key_is_found(ports: Ports) -> None:
    say(ports, 5)
    seal_log(ports)
    with ports.db.write() as tx:
        tx.conn.execute(update(SEAL).where(SEAL.c.seq == 3).values(hash="0" * 64))
    assert checked(ports).broken_at == 3


def test_sealing_over_a_cut_tail_does_not_hide_it(ports: Ports) -> None:
    say(ports, 10)
    seal_log(ports)
    with ports.db.write() as tx:
        tx.conn.execute(delete(EVENT).where(EVENT.c.seq > 6))
        tx.conn.execute(delete(SEAL).where(SEAL.c.seq > 6))
    say(ports, 8, other=True)
    assert seal_log(ports) == 8
    found = checked(ports)
    assert found.broken_at == 10
    assert "replaced" in found.why


def test_an_unsealed_event_that_vanished_is_found(ports: Ports) -> None:
    say(ports, 4)
    seal_log(ports)
    say(ports, 3)
    with ports.db.write() as tx:
        tx.conn.execute(delete(EVENT).where(EVENT.c.seq == 5))
    assert checked(ports).broken_at == 5


def test_an_earlier_head_given_from_outside_is_held_against_the_chain(ports: Ports) -> None:
    say(ports, 4)
    seal_log(ports)
    early = checked(ports).head
    assert early is not None
    say(ports, 4)
    seal_log(ports)
    with ports.db.read() as conn:
        assert verify(conn, ports.keys, [early]).broken_at is None
        assert verify(conn, ports.keys, [Anchor(early.seq, "f" * 64)]).broken_at == 4
        assert verify(conn, ports.keys, [Anchor(99, early.hash)]).broken_at == 9


def _customer(ports: Ports, ref: str) -> CustomerId:
    import_customers(ports, DESK, [read_form({"ref": ref, "name": "Ana", "tier": "gold"}, row=2, today=ports.clock.now().date())])
    with ports.db.read() as conn:
        record = by_ref(conn, ref)
    assert record is not None
    with ports.db.write() as tx:
        tx.append(NewEvent("mention.received", Actor("customer", "i", "Ana"), {"text": "hello", "n": 1}, customer=record.id))
    return record.id


def test_erasing_a_customer_leaves_the_chain_whole(ports: Ports) -> None:
    first, _ = _customer(ports, "K1"), _customer(ports, "K2")
    seal_log(ports)
    erase_customer(ports, DESK, first)
    seal_log(ports)
    found = checked(ports)
    assert found.broken_at is None
    assert found.erased >= 1


def test_emptied_words_without_an_erasure_are_a_change(ports: Ports) -> None:
    first, second = _customer(ports, "K1"), _customer(ports, "K2")
    seal_log(ports)
    erase_customer(ports, DESK, first)
    seal_log(ports)
    with ports.db.write() as tx:
        mine = (EVENT.c.customer_id == second) & (EVENT.c.kind == "mention.received")
        seq = tx.conn.execute(select(EVENT.c.seq).where(mine)).scalar_one()
        tx.conn.execute(update(EVENT).where(mine).values(data={"n": 1}, actor_name=""))
    found = checked(ports)
    assert found.broken_at == seq
    assert "no erasure" in found.why


def test_other_words_in_an_erased_event_are_a_change(ports: Ports) -> None:
    first = _customer(ports, "K1")
    seal_log(ports)
    erase_customer(ports, DESK, first)
    seal_log(ports)
    with ports.db.write() as tx:
        mine = EVENT.c.kind == "mention.received"
        tx.conn.execute(update(EVENT).where(mine).values(data={"n": 1, "text": "what she never said"}))
    assert checked(ports).broken_at is not None


@pytest.mark.only_on("sqlite", reason="PostgreSQL has no file beside it that could hold an anchor")
def test_an_anchor_that_is_none_is_refused_with_its_place(ports: Ports) -> None:
    with pytest.raises(Invalid, match=r"desk\.db\.ledger_head is no head"):
        parse_anchor("12:xyz", "desk.db.ledger_head")
    path = anchor_path(ports.settings)
    assert path is not None
    path.write_text("nonsense")
    say(ports, 1)
    assert seal_log(ports) == 1
    assert path.read_text() == "nonsense"
    with ports.db.write() as tx:
        tx.conn.execute(insert(SEAL).values(seq=2, hash="0" * 64, hidden=[], personal=""))
    with ports.db.read() as conn:
        assert verify(conn, ports.keys).broken_at == 2


def test_an_event_put_in_before_the_first_is_found(ports: Ports) -> None:
    say(ports, 5)
    seal_log(ports)
    with ports.db.write() as tx:
        row = dict(tx.conn.execute(select(EVENT).where(EVENT.c.seq == 3)).mappings().one())
        tx.conn.execute(insert(EVENT), [row | {"seq": 0}])
    with ports.db.read() as conn:
        found = verify(conn, ports.keys)
    assert (found.broken_at, found.why) == (0, "an event stands before the first")
