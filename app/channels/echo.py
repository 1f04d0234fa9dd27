"""The demo network's publisher: an answer stands on it as soon as it is published, and publishing twice leaves one post."""

from app.channels.model import EchoPost
from app.channels.port import Found, Outcome, Outgoing, Sent, Sureness
from app.channels.store import add_echo_post, echo_post_of
from app.core.ids import ReplyId
from app.engine.database import Database


def external_id_of(reply: ReplyId) -> str:
    """The demo network's id of a reply, the same at every attempt."""
    return f"echo-{reply}"


class Echo:
    """Writes the demo network's own record. It must be called outside any transaction, as for every publisher.

    ``link`` is the form of a post's address with {id}, "" for none.
    """

    sure: Sureness = "keyed"
    longest_seconds = 20.0  # a write to our own database, which waits for its turn
    settle_seconds = 0.0

    def __init__(self, db: Database, link: str = "") -> None:
        self._db = db
        self._link = link

    def publish(self, out: Outgoing) -> Outcome:
        """Always Sent; the second time with the first post."""
        id = external_id_of(out.reply_id)
        with self._db.write() as tx:
            add_echo_post(tx, EchoPost(id, out.reply_id, out.network, out.in_reply_to, out.author_handle, out.text, tx.now))
        return self._sent(id)

    def reconcile(self, out: Outgoing) -> Sent | Found:
        """Sent or ``absent``: the demo network knows every post of its own."""
        with self._db.read() as conn:
            post = echo_post_of(conn, out.reply_id)
        return "absent" if post is None else self._sent(post.id)

    def _sent(self, id: str) -> Sent:
        return Sent(id, self._link.format(id=id) if self._link else None)
