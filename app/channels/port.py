"""The way out: what a publisher is handed, what it may answer, and the port that every publisher fills.

A publisher makes one attempt and never repeats it by itself. ``Unknown`` is an honest answer: the request left and no answer
came; the caller asks ``reconcile`` and, where that is unsure too, shows it to a person.
"""

from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from app.core.ids import ChannelId, ReplyId

PublisherName = Literal["echo", "by_hand", "webhook"]


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One answer about to leave. ``attempt`` counts from 1; ``in_reply_to`` is the network's id of the post answered."""

    reply_id: ReplyId
    network: str
    instance: str
    account: str
    in_reply_to: str
    in_reply_to_url: str | None
    author_handle: str
    text: str
    visibility: str
    attempt: int = 1
    channel_id: ChannelId | None = None
    settings: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sent:
    """It stands on the network under this id."""

    external_id: str
    url: str | None = None


@dataclass(frozen=True, slots=True)
class RetryAfter:
    """Nothing was published; the network asks to come back later."""

    seconds: float
    reason: str


@dataclass(frozen=True, slots=True)
class Failed:
    """Nothing was published and trying again unchanged would not help. ``fixable``: the agent can mend the text and send again."""

    reason: str
    fixable: bool


@dataclass(frozen=True, slots=True)
class Unknown:
    """It may or may not stand on the network."""

    reason: str


@dataclass(frozen=True, slots=True)
class ByHand:
    """A person has to post it: the text, and where. ``link`` is None when no address of the post is known."""

    link: str | None


Outcome = Sent | RetryAfter | Failed | Unknown | ByHand
Found = Literal["absent", "unsure"]


class Publisher(Protocol):
    """Publishes answers on one kind of network. Both calls may block; neither is made inside a transaction."""

    def publish(self, out: Outgoing) -> Outcome:
        """One attempt. What the network refuses is an Outcome, never an exception."""
        ...

    def reconcile(self, out: Outgoing) -> Sent | Found:
        """After Unknown: the post if it is there, ``absent`` if it surely is not, else ``unsure``."""
        ...
