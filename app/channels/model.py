"""A channel and the demo network's posts, as everyone outside the store sees them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from app.channels.port import PublisherName
from app.core.ids import ChannelId, ReplyId

State = Literal["live", "paused", "error"]
STATES: Final[tuple[State, ...]] = ("live", "paused", "error")
PUBLISHERS: Final[tuple[PublisherName, ...]] = ("echo", "by_hand", "webhook")


@dataclass(frozen=True, slots=True)
class ChannelKey:
    """What makes a channel one: an account on a network, and the instance where the network has several."""

    network: str
    instance: str
    account: str


@dataclass(frozen=True, slots=True)
class Channel:
    """One account on one network. ``last_error`` is "" unless the state is ``error``: the last attempt to answer on it failed so.

    ``quiet_until`` is when the network takes calls on this account again, where it asked for patience.
    """

    id: ChannelId
    key: ChannelKey
    title: str
    publisher: PublisherName
    settings: dict[str, Any]
    state: State
    last_event_at: datetime | None
    last_error: str
    mentions_total: int
    quiet_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class EchoPost:
    """One answer as it stands on the demo network."""

    id: str
    reply_id: ReplyId
    network: str
    in_reply_to: str
    author_handle: str
    text: str
    at: datetime
