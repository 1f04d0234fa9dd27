"""Authors of intake in the real database: one customer an author, whatever the network shows and however many come at once."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from app.customers import lookup, store
from app.customers.model import AuthorSeen, Said
from app.customers.said import record_said
from app.customers.tables import CUSTOMER, CUSTOMER_SEARCH, IDENTITY
from app.engine.ports import Ports
from tests.customers.desk import author, seen
from tests.support.databases import scans_a_table, statements


def count(ports: Ports) -> tuple[int, int]:
    with ports.db.read() as conn:
        return tuple(conn.execute(select(func.count()).select_from(t)).scalar_one() for t in (CUSTOMER, IDENTITY))  # type: ignore[return-value]  # two tables, two counts


def test_an_unknown_author_becomes_a_prospect_once(ports: Ports) -> None:
    (first,) = seen(ports, author("@CairDin", external_id="4411", name="Cai", followers=312))
    (again,) = seen(ports, author("cairdin", external_id="4411"))
    assert first.id == again.id
    assert (again.known, again.name, again.value_tier, again.lifetime_value) == (False, "Cai", None, None)
    assert count(ports) == (1, 1)


def test_a_batch_costs_a_handful_of_statements_however_large(ports: Ports) -> None:
    batch = [author(f"u{i}", external_id=str(i), name=f"U {i}") for i in range(100)]
    makes = 4 if ports.db.embedded else 5  # psycopg does not tell which rows of an insert were new: one look more
    for expected in (makes, 1):
        with statements(ports) as told:
            seen(ports, *batch)
        assert len([s for s in told if not s.startswith("BEGIN")]) == expected, told


def test_fifty_parallel_posts_of_one_unknown_author_make_one_customer(ports: Ports) -> None:
    with ThreadPoolExecutor(10) as pool:
        found = list(pool.map(lambda _: seen(ports, author("new", external_id="1"))[0].id, range(50)))
    assert len(set(found)) == 1
    assert count(ports) == (1, 1)


def test_one_author_shown_in_several_ways_in_one_batch(ports: Ports) -> None:
    shown = [author("ana"), author("Ana", external_id="7", followers=5), author("@ana", name="Ana"), author(None, external_id="7")]
    assert len({r.id for r in seen(ports, *shown)}) == 1
    with ports.db.read() as conn:
        (identity,) = conn.execute(select(IDENTITY)).all()
    assert (identity.external_id, identity.handle_key, identity.followers, identity.name) == ("7", "ana", 5, "Ana")


def test_the_same_handle_on_another_network_or_instance_is_another_author(ports: Ports) -> None:
    shown = [
        author("ana"),
        author("ana", network="mastodon", instance="a.example"),
        author("ana", network="mastodon", instance="b.example"),
    ]
    assert len({r.id for r in seen(ports, *shown)}) == 3


def test_an_account_known_by_handle_takes_the_id_the_network_shows(ports: Ports) -> None:
    (by_handle,) = seen(ports, author("ana"))
    (with_id,) = seen(ports, author("ana", external_id="7"))
    (renamed,) = seen(ports, author("ana_new", external_id="7"))
    assert by_handle.id == with_id.id == renamed.id
    with ports.db.read() as conn:
        assert [r.id for r in lookup.search(conn, "ana_n", limit=5).items] == [by_handle.id]


def test_a_handle_that_changed_hands_goes_with_the_id(ports: Ports) -> None:
    (old,) = seen(ports, author("ana", external_id="7"))
    (new,) = seen(ports, author("ana", external_id="8"))
    (by_handle,) = seen(ports, author("ana"))
    (still,) = seen(ports, author("ana_old", external_id="7"))
    assert old.id != new.id
    assert by_handle.id == new.id
    assert still.id == old.id


def test_many_accounts_of_one_name_do_not_collide(ports: Ports) -> None:
    batch = [author("[deleted]", external_id=str(i)) for i in range(30)]
    assert len({r.id for r in seen(ports, *batch)}) == 30
    assert len({r.id for r in seen(ports, *reversed(batch))}) == 30
    renamed = [author("gone", external_id=str(i)) for i in range(30)]
    assert len({r.id for r in seen(ports, *renamed)}) == 30
    assert count(ports) == (30, 30)


def test_the_newest_profile_is_kept_and_nothing_is_lost_by_a_poorer_one(ports: Ports) -> None:
    seen(ports, author("ana", name="Ana", followers=10, url="https://x.example/ana"))
    seen(ports, author("ana", followers=25, verified=True))
    with ports.db.read() as conn:
        (identity,) = conn.execute(select(IDENTITY)).all()
    assert (identity.name, identity.followers, identity.verified, identity.url) == ("Ana", 25, True, "https://x.example/ana")


def test_an_author_without_id_and_handle_is_refused(ports: Ports) -> None:
    for nobody in (author(None), author("@"), author("\u200b")):
        with pytest.raises(ValueError, match="neither"):
            seen(ports, nobody)


def test_odd_names_are_stored_cut(ports: Ports) -> None:
    (made,) = seen(ports, AuthorSeen("x", handle="é" * 5000, name="n" * 5000, followers=-5, url="u" * 9000))
    assert len(made.name) == 300


def test_the_database_itself_refuses_a_second_account(ports: Ports) -> None:
    seen(ports, author("ana"))
    with ports.db.read() as conn:
        (identity,) = conn.execute(select(IDENTITY)).all()
    with pytest.raises(IntegrityError), ports.db.write() as tx:
        tx.conn.execute(IDENTITY.insert(), [{**identity._mapping, "id": "other"}])
    with pytest.raises(IntegrityError), ports.db.write() as tx:
        tx.conn.execute(CUSTOMER.update().values(value_tier="ruby"))


def test_what_is_said_makes_the_class(ports: Ports) -> None:
    (ana,) = seen(ports, author("ana"))
    (star,) = seen(ports, author("star", followers=20_000))
    with ports.db.write() as tx:
        classes = record_said(tx, [Said(ana.id, complaint=True)] * 3 + [Said(star.id)])
    assert classes[ana.id].author_class == "detractor"
    assert classes[star.id].author_class == "influencer"
    with ports.db.read() as conn:
        again = store.get(conn, ana.id)
        assert again is not None
        assert (again.complaint_count, again.author_class) == (3, "detractor")
        assert again == replace(again, version=ana.version)


def test_search_finds_every_word_by_its_beginning_a_page_at_a_time(ports: Ports) -> None:
    names = ["Ana de Souza", "Bo Anders", "Cy Miller", "Änne Öz"]
    made = seen(ports, *(author(f"h_{i}", name=n) for i, n in enumerate(names)))
    with ports.db.read() as conn:

        def found(q: str) -> list[str]:
            return [r.name for r in lookup.search(conn, q, limit=9).items]

        assert found("an") == ["Ana de Souza", "Bo Anders"]
        assert found("DE SOU") == ["Ana de Souza"]
        assert found("@h_2") == ["Cy Miller"]
        assert found("öz") == ["Änne Öz"]
        assert found("nobody%") == []
        assert sorted(found(" ")) == sorted(names)
        cursor, all_of_them = None, []
        while True:
            page = lookup.search(conn, "h_", limit=1, cursor=cursor)
            all_of_them += [r.id for r in page.items]
            cursor = page.next
            if cursor is None:
                break
        assert all_of_them == [r.id for r in made]


def test_look_ups_go_by_index(ports: Ports) -> None:
    seen(ports, *(author(f"h_{i}", external_id=str(i)) for i in range(50)))
    plans = {
        IDENTITY: select(IDENTITY).where((IDENTITY.c.external_id.in_(["1"])) | (IDENTITY.c.handle_key.in_(["h"]))),
        CUSTOMER_SEARCH: select(CUSTOMER_SEARCH).where(CUSTOMER_SEARCH.c.key >= "h", CUSTOMER_SEARCH.c.key < "i"),
    }
    with ports.db.read() as conn:
        for query in plans.values():
            sql = str(query.compile(conn, compile_kwargs={"literal_binds": True}))
            assert not scans_a_table(conn, sql), sql
