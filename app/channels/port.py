"""The way out: what a publisher is handed, what it may answer, and the port that every publisher fills.

In a reason the network's own words stand behind the first colon: they are shown, and emptied when the customer is erased.
A publisher makes one attempt and never repeats it by itself. ``Unknown`` is an honest answer: the request left and no answer
came that settles it. What may follow depends on how ``sure`` the network can make us; see ``Sureness``.
"""

from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from app.core.ids import ChannelId, ReplyId

PublisherName = Literal["echo", "by_hand", "webhook"]
Sureness = Literal["keyed", "asked", "never"]
"""What a network offers against doubles. ``keyed``: it posts one key once, so sending again is safe. ``asked``: it can be asked
whether an answer stands there. ``never``: neither, so an attempt of unknown outcome is a person's and never repeated by itself."""


def key_of(reply: ReplyId) -> str:
    """The idempotency key of a reply: the same at every attempt, also at one a person asks for, so that no network posts it twice."""
    return f"reply-{reply}"


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One answer about to leave. ``attempt`` counts from 1; ``in_reply_to`` is the network's id of the post answered.

    ``leave_by`` is the moment of ``app.core.clock.steady`` after which the attempt is nobody's any more: a publisher lets no
    byte out later, because another sender may have taken the reply over.
    """

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
    leave_by: float = float("inf")


@dataclass(frozen=True, slots=True)
class Sent:
    """It stands on the network under this id."""

    external_id: str
    url: str | None = None


@dataclass(frozen=True, slots=True)
class RetryAfter:
    """Nothing was published; the network asks for no call on this account before ``seconds`` have passed."""

    seconds: float
    reason: str


@dataclass(frozen=True, slots=True)
class TryAgain:
    """Surely nothing was published, and the network named no time: the desk tries again in its own time."""

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


Outcome = Sent | RetryAfter | TryAgain | Failed | Unknown | ByHand
Found = Literal["absent", "unsure"]


class Publisher(Protocol):
    """Publishes answers on one kind of network. Both calls may block; neither is made inside a transaction."""

    @property
    def sure(self) -> Sureness:
        """What the network offers against doubles."""
        ...

    @property
    def longest_seconds(self) -> float:
        """How long one attempt may take at most; a sender's lease is longer than that."""
        ...

    @property
    def settle_seconds(self) -> float:
        """For ``asked``: how long after an attempt the network may still be at work on it, so that ``absent`` proves nothing before."""
        ...

    def publish(self, out: Outgoing) -> Outcome:
        """One attempt. What the network refuses is an Outcome, never an exception."""
        ...

    def reconcile(self, out: Outgoing) -> Sent | Found:
        """After Unknown: the post if it is there, ``absent`` if it is not, else ``unsure``."""
        ...
