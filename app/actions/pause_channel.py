"""Pause or resume a channel, or choose how its answers leave. What is so already stays, without an event."""

from typing import Final

from app.channels import store as channels
from app.channels.model import Channel
from app.channels.port import PublisherName
from app.core.asker import Asker
from app.core.errors import Invalid
from app.core.events import NewEvent
from app.engine.ports import Ports

_ALWAYS: Final[tuple[PublisherName, ...]] = ("echo", "by_hand")


def pause_channel(ports: Ports, asker: Asker, id: str, *, paused: bool) -> Channel:
    """While it is paused its mentions still arrive, and no new answer may be sent; answers already on their way leave."""
    asker.need("channels.edit")
    with ports.db.write() as tx:
        before = channels.get(tx.conn, id)
        if channels.set_state(tx, before.id, "paused" if paused else "live"):
            tx.append(NewEvent("channel.changed", asker.actor, {"channel": before.id, "state": "paused" if paused else "live"}))
        return channels.get(tx.conn, id)


def choose_publisher(ports: Ports, asker: Asker, id: str, publisher: str) -> Channel:
    """How its answers leave from the next one on. Invalid for one that is not offered, as a webhook that is not set up."""
    asker.need("channels.edit")
    choices: tuple[PublisherName, ...] = (*_ALWAYS, "webhook") if ports.settings.earshot_webhook_url else _ALWAYS
    chosen = next((name for name in choices if name == publisher), None)
    if chosen is None:
        words = f"must be one of {', '.join(choices)}"
        raise Invalid(f"publisher {words}.", errors=[{"loc": ["publisher"], "msg": words}])
    with ports.db.write() as tx:
        before = channels.get(tx.conn, id)
        if before.publisher == chosen:
            return before
        channels.set_publisher(tx, before.id, chosen, before.settings)
        tx.append(NewEvent("channel.changed", asker.actor, {"channel": before.id, "publisher": chosen}))
        return channels.get(tx.conn, id)
