"""Channels in the real database: made once, counted in batches, changed only by a difference."""

import pytest

from app.channels import store
from app.channels.model import ChannelKey, EchoPost
from app.core.errors import NotFound
from app.core.ids import ChannelId, ReplyId
from app.engine.database import Database

X = ChannelKey("x", "", "@acme")
FORUM = ChannelKey("acme-board", "board.example", "")


def test_a_channel_is_made_once(db: Database) -> None:
    with db.write() as tx:
        first = store.ensure(tx, X, "echo")
        second = store.ensure(tx, X, "by_hand")
    assert first == second
    assert (first.publisher, first.title, first.state) == ("echo", "X @acme", "live")


def test_a_batch_counts_its_mentions_and_makes_new_channels(db: Database) -> None:
    with db.write() as tx:
        store.note_mentions(tx, {X: 3, FORUM: 1}, "by_hand")
        store.note_mentions(tx, {X: 2}, "by_hand")
        store.note_mentions(tx, {}, "by_hand")
        now = tx.now
    with db.read() as conn:
        found = {c.key: c for c in store.everything(conn)}
        assert store.find(conn, ChannelKey("x", "", "@other")) is None
    assert (found[X].mentions_total, found[FORUM].mentions_total) == (5, 1)
    assert found[X].last_event_at == now
    assert found[FORUM].title == "Acme board board.example"


def test_state_changes_only_by_a_difference(db: Database) -> None:
    with db.write() as tx:
        id = store.ensure(tx, X, "echo").id
        assert store.set_state(tx, id, "error", "401 from the network")
        assert not store.set_state(tx, id, "error", "401 from the network")
        assert store.set_state(tx, id, "live")
        assert store.set_publisher(tx, id, "webhook", {"url": "https://hooks.example/1"})
        assert not store.set_state(tx, ChannelId("none"), "paused")
    with db.read() as conn:
        assert store.get(conn, id).settings == {"url": "https://hooks.example/1"}
        with pytest.raises(NotFound):
            store.get(conn, "none")


def test_the_demo_network_is_read_by_pages(db: Database) -> None:
    with db.write() as tx:
        for n in range(5):
            assert store.add_echo_post(tx, EchoPost(f"echo-{n}", ReplyId(f"r{n}"), "x", "1", "jo", "hi", tx.now))
        assert not store.add_echo_post(tx, EchoPost("echo-9", ReplyId("r1"), "x", "1", "jo", "again", tx.now))
    with db.read() as conn:
        first = store.echo_posts(conn, limit=3)
        second = store.echo_posts(conn, limit=3, cursor=first.next)
    assert [p.id for p in (*first.items, *second.items)] == ["echo-4", "echo-3", "echo-2", "echo-1", "echo-0"]
    assert second.next is None
