"""The channels with their state, and the demo network's own page: what went out on it."""

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from sqlalchemy import Connection, select

from app.cases.tables import CASE, REPLY
from app.channels import store
from app.channels.model import Channel
from app.channels.networks import network
from app.channels.port import PublisherName, Sureness
from app.channels.receiver import receiver_of
from app.core.asker import Asker
from app.core.ids import CaseId
from app.engine.ports import Ports


@dataclass(frozen=True, slots=True)
class ChannelLine:
    """One channel. ``leaves`` says in effect how an answer leaves, where the network itself decides differently from the choice;
    ``quiet_until`` is set while the network has asked for patience."""

    channel: Channel
    network: str
    mark: str
    leaves: PublisherName
    quiet_until: datetime | None


@dataclass(frozen=True, slots=True)
class WebhookShown:
    """Where the webhook goes, and what its receiver offers against doubles."""

    host: str
    sure: Sureness


@dataclass(frozen=True, slots=True)
class ChannelsPage:
    """All channels by network and account; ``default_publisher`` is what a new one begins with, ``webhook`` None where none is set up."""

    lines: tuple[ChannelLine, ...]
    default_publisher: PublisherName
    echoes: bool
    webhook: WebhookShown | None


@dataclass(frozen=True, slots=True)
class EchoLine:
    """One answer on the demo network, with the case it belongs to (None when the case was erased)."""

    id: str
    network: str
    mark: str
    to: str
    text: str
    at: datetime
    case: CaseId | None
    by: str


@dataclass(frozen=True, slots=True)
class EchoPage:
    """One page of the demo network, the newest first."""

    lines: tuple[EchoLine, ...]
    next: str | None


def channels(ports: Ports, conn: Connection, asker: Asker) -> ChannelsPage:
    """Every channel."""
    asker.need("channels.edit")
    now = ports.clock.now()
    lines = tuple(_line(channel, now) for channel in store.everything(conn))
    echoes = bool(store.echo_posts(conn, limit=1).items)
    return ChannelsPage(lines, ports.settings.earshot_default_publisher, echoes, _webhook(ports))


def echo_page(conn: Connection, asker: Asker, *, cursor: str | None = None) -> EchoPage:
    """What stands on the demo network."""
    asker.need("cases.read")
    page = store.echo_posts(conn, cursor=cursor)
    query = (
        select(REPLY.c.id, REPLY.c.by_name, CASE.c.id.label("case_id"))
        .join(CASE, CASE.c.id == REPLY.c.case_id)
        .where(REPLY.c.id.in_([post.reply_id for post in page.items]))
    )
    known = {row.id: row for row in conn.execute(query)}
    lines = []
    for post in page.items:
        row = known.get(post.reply_id)
        case, by = (CaseId(row.case_id), row.by_name) if row else (None, "")
        net = network(post.network)
        lines.append(EchoLine(post.id, net.title, net.mark, post.author_handle, post.text, post.at, case, by))
    return EchoPage(tuple(lines), page.next)


def _webhook(ports: Ports) -> WebhookShown | None:
    receiver = receiver_of(ports.settings)
    return None if receiver is None else WebhookShown(urlsplit(receiver.url).hostname or "", receiver.sure)


def _line(channel: Channel, now: datetime) -> ChannelLine:
    net = network(channel.key.network)
    by_hand = net.can_reply == "by_hand" and channel.publisher != "echo"
    quiet = channel.quiet_until if channel.quiet_until is not None and channel.quiet_until > now else None
    return ChannelLine(channel, net.title, net.mark, "by_hand" if by_hand else channel.publisher, quiet)
