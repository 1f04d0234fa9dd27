"""The demo network: publishing twice leaves one post, and it knows what it has."""

from app.channels import store
from app.channels.by_hand import ByHandPublisher
from app.channels.echo import Echo
from app.channels.port import ByHand, Outgoing, Publisher, Sent
from app.core.ids import ReplyId
from app.engine.database import Database

OUT = Outgoing(ReplyId("r1"), "x", "", "@acme", "12", "https://x.example/12", "jo", "We are looking into it.", "public")


def test_publishing_twice_leaves_one_post(db: Database) -> None:
    publisher: Publisher = Echo(db, "/channels/demo#{id}")
    assert publisher.reconcile(OUT) == "absent"
    first = publisher.publish(OUT)
    assert first == publisher.publish(OUT) == Sent("echo-r1", "/channels/demo#echo-r1")
    assert publisher.reconcile(OUT) == first
    with db.read() as conn:
        assert [p.text for p in store.echo_posts(conn).items] == [OUT.text]


def test_by_hand_gives_the_place_and_claims_nothing() -> None:
    publisher: Publisher = ByHandPublisher()
    assert publisher.publish(OUT) == ByHand("https://x.example/12")
    no_url = Outgoing(ReplyId("r1"), "x", "", "@acme", "12", None, "jo", "hi", "public")
    assert publisher.publish(no_url) == ByHand("https://x.com/i/status/12")
    assert publisher.reconcile(OUT) == "unsure"
