"""Answers on their way, for the tests of the outbox: a network that takes them, and a sender that dies in mid-call."""

from typing import Final

import pytest

from app.actions.attempts import LEASE_MARGIN
from app.cases.model import Reply
from app.channels.port import Outcome, Outgoing, Sent
from tests.support.scene import Network, Scene


def sent(out: Outgoing) -> Outcome:
    return Sent(f"n-{out.reply_id}", f"https://x.example/{out.reply_id}")


class Killed(BaseException):
    """The process dies here: nothing catches it."""


def dies(_: Outgoing) -> Outcome:
    raise Killed


LEASE_SECONDS: Final = Network(sent).longest_seconds + LEASE_MARGIN.total_seconds()


def queued(scene: Scene) -> Reply:
    return scene.send(scene.ana, scene.hear(id="post1").id)


def stuck(scene: Scene, network: Network) -> Reply:
    """An answer whose sender died in mid-call."""
    reply = queued(scene)
    with pytest.raises(Killed):
        scene.deliver(network)
    assert scene.reply(reply.id).state == "sending"
    return reply
