"""A desk in a test: mentions made from a few words, taken in and worked through without jobs running."""

from typing import Any

from app.actions.accept_mentions import Delivery, accept_mentions
from app.actions.receive_mentions import Received, receive_mentions
from app.engine import intake_queue
from app.engine.ports import Ports


def mention(external_id: str, text: str, *, handle: str = "jo_harker", network: str = "x", **more: Any) -> dict[str, Any]:
    """A mention in the contract's form; its time is the fixture clock's Monday noon unless given."""
    return {
        "network": network, "account": "@acme", "external_id": external_id, "text": text, "created_at": "2026-03-02T12:00:00Z",
        "author": {"handle": handle, "name": handle.title(), "followers": 200}, **more,
    }  # fmt: skip


def take_in(ports: Ports, *posts: dict[str, Any]) -> Received | None:
    """Accept the posts and run the pipeline until the queue is empty; what the last batch came to, None when nothing waited."""
    answers = accept_mentions(ports, [Delivery("test", list(posts))])
    assert isinstance(answers[0], tuple), answers[0]
    assert all(r.status != "rejected" for r in answers[0]), answers[0]
    received = None
    while True:
        with ports.db.read() as conn:
            rows = intake_queue.waiting(conn, ports.clock.now(), 100)
        if not rows:
            return received
        received = receive_mentions(ports, rows)
