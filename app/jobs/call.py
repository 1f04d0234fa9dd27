"""Makes the calls of webhooks that rules asked for: several at a time, few to one place, so that a dead one keeps no other waiting."""

import asyncio
import contextlib
import threading
from collections import Counter
from datetime import timedelta
from typing import Final

import anyio.to_thread

from app.channels import calls, endpoints
from app.channels.model import Webhook, WebhookCall
from app.core.clock import steady
from app.core.errors import Unavailable
from app.engine.ports import Ports
from app.engine.telemetry import log as logger
from app.escalation import store_notices as notices

TICK_SECONDS: Final = 0.5
AT_ONCE: Final = 8
AT_ONCE_PER_PLACE: Final = 2
_KEPT: Final = timedelta(days=7)
_TIDY_SECONDS: Final = 3_600.0


async def run(ports: Ports) -> None:
    """Until cancelled. Woken by what a rule called as soon as that is committed, and by each place that becomes free."""
    under_way: dict[str, str] = {}
    tidy_again = 0.0
    with ports.bus.listen(calls.TOPIC) as news:
        async with asyncio.TaskGroup() as group:
            while True:
                with contextlib.suppress(Unavailable):
                    if steady() >= tidy_again:
                        tidy_again = steady() + _TIDY_SECONDS
                        await anyio.to_thread.run_sync(_tidy, ports)
                    for call in await anyio.to_thread.run_sync(_look, ports, dict(under_way)):
                        under_way[call.id] = call.webhook
                        group.create_task(_make(ports, call, under_way), name="webhook")
                await news.wait(TICK_SECONDS)


def call_due(ports: Ports) -> int:
    """One attempt for each call that is due, one after the other; returns how many there were."""
    due = _look(ports, {})
    for call in due:
        _attempt(ports, call)
    return len(due)


def _look(ports: Ports, under_way: dict[str, str]) -> list[WebhookCall]:
    """What may begin now: the longest due, as far as there are places."""
    busy = Counter(under_way.values())
    with ports.db.read() as conn:
        due = calls.due(conn, ports.clock.now(), AT_ONCE * 2, [place for place, n in busy.items() if n >= AT_ONCE_PER_PLACE])
    taken: list[WebhookCall] = []
    for call in due:
        if call.id not in under_way and busy[call.webhook] < AT_ONCE_PER_PLACE and len(under_way) + len(taken) < AT_ONCE:
            busy[call.webhook] += 1
            taken.append(call)
    return taken


def _attempt(ports: Ports, call: WebhookCall) -> bool:
    """Whether it was made and what came of it is written down."""
    # Read here and not above: the HTTP client costs every idle desk megabytes, and most have no webhook.
    from app.actions.make_call import make_call

    return make_call(ports, call, _place(ports, call.webhook)) is not None


def _place(ports: Ports, id: str) -> Webhook | None:
    return next((place for place in endpoints.places_of(ports.data) if place.id == id), None)


async def _make(ports: Ports, call: WebhookCall, under_way: dict[str, str]) -> None:
    loop = asyncio.get_running_loop()
    done: asyncio.Future[bool] = loop.create_future()

    def end(made: bool) -> None:
        if not done.done():  # the desk stops, and nobody waits for it any more
            done.set_result(made)

    def work() -> None:
        made = False
        try:
            made = _attempt(ports, call)
        except Unavailable as away:
            logger.warning("a webhook's call waits", webhook=call.webhook, why=str(away))
        except Exception:
            logger.exception("a webhook's call could not be made; its lease runs out and it is tried again", webhook=call.webhook)
        with contextlib.suppress(RuntimeError):  # the loop is gone, and with it whoever waited
            loop.call_soon_threadsafe(end, made)

    threading.Thread(target=work, name="webhook", daemon=True).start()  # of its own: a slow receiver must take no thread of the pages
    try:
        made = await done
    finally:
        del under_way[call.id]
    if made:  # its place is free for the next; what could not be made waits for the tick, so that nothing turns in a circle
        ports.bus.wake_here(calls.TOPIC)


def _tidy(ports: Ports) -> None:
    """What was sent or read long ago is of use to nobody."""
    with ports.db.write() as tx:
        calls.forget_sent(tx, tx.now - _KEPT)
        notices.forget_read(tx, tx.now - _KEPT)
