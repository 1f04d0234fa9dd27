"""A channel, the demo network's posts, webhooks and their calls, as everyone outside the stores sees them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from app.channels.port import PublisherName
from app.core.ids import CaseId, ChannelId, ReplyId

State = Literal["live", "paused", "error"]
STATES: Final[tuple[State, ...]] = ("live", "paused", "error")
PUBLISHERS: Final[tuple[PublisherName, ...]] = ("echo", "by_hand", "webhook")
CallState = Literal["waiting", "sent", "parked"]
CALL_STATES: Final[tuple[CallState, ...]] = ("waiting", "sent", "parked")


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


@dataclass(frozen=True, slots=True)
class Webhook:
    """A place of ``webhooks.yaml`` that rules may call. ``fields`` names the parts of the payload it gets, () for all of them.

    ``secret_version`` is raised to change the secret that the desk makes for it.
    """

    id: str
    url: str
    title: str = ""
    fields: tuple[str, ...] = ()
    secret_version: int = 1
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class WebhookCall:
    """One call that a rule asked for. Its id is the ``webhook-id`` of every attempt, by which a receiver knows it again.

    ``tries`` counts the attempts that began; while one runs ``due_at`` is the end of its lease.
    """

    id: str
    webhook: str
    case_id: CaseId | None
    payload: dict[str, Any]
    state: CallState
    tries: int
    due_at: datetime
    made_at: datetime
    ended_at: datetime | None
    last_error: str
