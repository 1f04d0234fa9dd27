"""Merging shows both sides, moves the history, and can be taken back."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from sqlalchemy import select

from app.actions.merge_customers import Merged, merge_customers
from app.actions.unmerge_customer import unmerge_customer
from app.actions.upsert_customer import upsert_customer
from app.cases.tables import CASE
from app.core.errors import Conflict, NotFound
from app.core.ids import CustomerId
from app.customers import lookup, store
from app.customers.model import CustomerRecord
from app.engine.ports import Ports
from app.mentions.tables import MENTION
from tests.customers.desk import AGENT, events, said

A = {"name": "Ana", "tier": "gold", "consent": True, "segments": ["vip", "both"], "city": "Bonn", "handles": {"x": "ana"}}
B = {
    "name": "Ana Souza", "email": "a@example.com", "lifetime_value": 9000, "currency": "EUR", "consent": False,
    "segments": ["both", "press"], "city": "Ulm", "floor": "2", "handles": {"mastodon": "ana_m"},
}  # fmt: skip


def both(ports: Ports) -> tuple[CustomerId, CustomerId]:
    return upsert_customer(ports, AGENT, "A", A).customer_id, upsert_customer(ports, AGENT, "B", B).customer_id


def record(ports: Ports, id: str) -> CustomerRecord:
    with ports.db.read() as conn:
        found = store.get(conn, id)
    assert found is not None
    return found


def owners(ports: Ports) -> list[tuple[str, str | None]]:
    with ports.db.read() as conn:
        assert conn.execute(select(CASE.c.customer_id).order_by(CASE.c.id)).scalars().all() == (
            conn.execute(select(MENTION.c.customer_id).order_by(MENTION.c.case_id)).scalars().all()
        )
        return [(r.customer_id, r.customer_name) for r in conn.execute(select(CASE).order_by(CASE.c.excerpt))]


def test_the_targets_fields_win_and_its_empty_ones_are_filled(ports: Ports) -> None:
    a, b = both(ports)
    merged = merge_customers(ports, AGENT, source_id=b, target_id=a)
    assert merged.source.merged_into == a
    t = merged.target
    assert (t.name, t.email, t.lifetime_value, t.currency, t.value_tier) == ("Ana", "a@example.com", 9000.0, "EUR", "gold")
    assert t.consent is False
    assert (t.segments, t.custom) == (("vip", "both", "press"), {"city": "Bonn", "floor": "2"})
    assert set(merged.filled) == {"email", "lifetime_value", "currency", "consent", "segments", "custom"}
    assert len(merged.moved) == 1
    with ports.db.read() as conn:
        assert len(store.identities_of(conn, a)) == 2
        assert [r.id for r in lookup.search(conn, "souza", limit=5).items] == [a]
        assert [r.id for r in lookup.search(conn, "a@ex", limit=5).items] == [a]
    assert "example.com" not in str([e.data for e in events(ports)])


def test_a_merge_taken_back_leaves_everything_as_it_was(ports: Ports) -> None:
    a, b = both(ports)
    before = record(ports, a), record(ports, b)
    with ports.db.read() as conn:
        (ax,), (bm,) = store.identities_of(conn, a), store.identities_of(conn, b)
    said(ports, ax, "1 by ana")
    said(ports, bm, "2 by ana_m")
    merge_customers(ports, AGENT, source_id=b, target_id=a)
    said(ports, replace(bm, customer_id=a), "3 by ana_m since")
    assert {o for o, _ in owners(ports)} == {a}
    undone = unmerge_customer(ports, AGENT, source_id=b)
    assert owners(ports) == [(a, "Ana"), (b, "Ana Souza"), (b, "Ana Souza")]
    for was, now in zip(before, (undone.target, undone.source), strict=True):
        assert now == replace(was, version=now.version, updated_at=now.updated_at)
    with ports.db.read() as conn:
        assert store.identities_of(conn, b) == (bm,)
        assert [r.id for r in lookup.search(conn, "souza", limit=5).items] == [b]
    with pytest.raises(Conflict, match="nothing to take back"):
        unmerge_customer(ports, AGENT, source_id=b)
    merge_customers(ports, AGENT, source_id=b, target_id=a)
    assert record(ports, b).merged_into == a


def test_a_field_changed_since_the_merge_stays(ports: Ports) -> None:
    a, b = both(ports)
    merge_customers(ports, AGENT, source_id=b, target_id=a)
    upsert_customer(ports, AGENT, "A", {"email": "own@example.com"})
    assert unmerge_customer(ports, AGENT, source_id=b).target.email == "own@example.com"


def test_chains_are_followed_and_undone_from_the_end(ports: Ports) -> None:
    a, b = both(ports)
    c = upsert_customer(ports, AGENT, "C", {"name": "Cy"}).customer_id
    merge_customers(ports, AGENT, source_id=b, target_id=a)
    merge_customers(ports, AGENT, source_id=a, target_id=c)
    with ports.db.read() as conn:
        assert {r.id for r in lookup.absorbed(conn, c)} == {a, b}
        assert [r.id for r in lookup.search(conn, "ana s", limit=5).items] == [c]
    with pytest.raises(Conflict, match="take that merge back first"):
        unmerge_customer(ports, AGENT, source_id=b)
    unmerge_customer(ports, AGENT, source_id=a)
    unmerge_customer(ports, AGENT, source_id=b)
    with ports.db.read() as conn:
        assert len(store.identities_of(conn, b)) == 1


def test_refusals(ports: Ports) -> None:
    a, b = both(ports)
    with pytest.raises(Conflict, match="itself"):
        merge_customers(ports, AGENT, source_id=a, target_id=a)
    with pytest.raises(NotFound):
        merge_customers(ports, AGENT, source_id=a, target_id="nobody")
    merge_customers(ports, AGENT, source_id=b, target_id=a)
    for source, target in ((b, a), (a, b)):
        with pytest.raises(Conflict, match="merged into another"):
            merge_customers(ports, AGENT, source_id=source, target_id=target)


def test_of_two_crossing_merges_one_wins(ports: Ports) -> None:
    a, b = both(ports)

    def merge(pair: tuple[str, str]) -> Merged | None:
        try:
            return merge_customers(ports, AGENT, source_id=pair[0], target_id=pair[1])
        except Conflict:
            return None

    with ThreadPoolExecutor(2) as pool:
        done = [m for m in pool.map(merge, [(a, b), (b, a)] * 4) if m is not None]
    assert len(done) == 1
    assert {record(ports, a).merged_into is None, record(ports, b).merged_into is None} == {True, False}
