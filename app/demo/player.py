"""Plays the demo stream into the desk at its own pace, and lets some customers answer what we answered."""

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import anyio.to_thread

from app.actions.accept_mentions import Delivery, accept_mentions
from app.cases import outbox
from app.cases import store as cases
from app.core.clock import rfc3339
from app.core.events import Event
from app.demo.stream import FollowUp, follow_ups, mentions
from app.engine import log
from app.engine.ports import Ports

SOURCE: Final = "demo"
_STEP_SECONDS: Final = 0.5
_ANSWER_SHARE: Final = 3  # of four customers, so many write back
_PAGE: Final = 200


async def play(ports: Ports, start: datetime) -> None:
    """Send each mention when its time has come; ends with the stream."""
    waiting = [(start + timedelta(seconds=m.at_seconds), m.as_sent(start)) for m in mentions()]
    while waiting:
        now = ports.clock.now()
        due = [body for at, body in waiting if at <= now]
        if due:
            await anyio.to_thread.run_sync(_send, ports, due)
            waiting = waiting[len(due) :]
        await asyncio.sleep(_STEP_SECONDS)


async def answer_back(ports: Ports) -> None:
    """Until cancelled: some time after an answer stands on the demo network, its customer may write again."""
    said = follow_ups()
    cursor = await anyio.to_thread.run_sync(_head, ports)
    later: list[tuple[datetime, Mapping[str, Any]]] = []
    with ports.bus.listen("log") as news:
        while True:
            await news.wait(1.0)
            for event in await anyio.to_thread.run_sync(_since, ports, cursor):
                cursor = event.seq
                if event.kind == "reply.sent":
                    found = await anyio.to_thread.run_sync(_follow_up, ports, event, said)
                    later += [found] if found else []
            now = ports.clock.now()
            due = [body for at, body in later if at <= now]
            later = [(at, body) for at, body in later if at > now]
            if due:
                await anyio.to_thread.run_sync(_send, ports, due)


def _send(ports: Ports, bodies: Sequence[Mapping[str, Any]]) -> None:
    accept_mentions(ports, [Delivery(SOURCE, bodies)])


def _head(ports: Ports) -> int:
    with ports.db.read() as conn:
        return log.head(conn)


def _since(ports: Ports, cursor: int) -> list[Event]:
    with ports.db.read() as conn:
        return log.read_since(conn, cursor, _PAGE)


def _follow_up(ports: Ports, event: Event, said: tuple[FollowUp, ...]) -> tuple[datetime, Mapping[str, Any]] | None:
    """When and what this customer writes back; the same for the same reply, chosen by its hash."""
    with ports.db.read() as conn:
        reply = outbox.reply(conn, event.data["reply"])
        case = cases.get(conn, reply.case_id)
    chance = int.from_bytes(hashlib.sha256(reply.id.encode()).digest()[:4], "big")
    spoken = [f for f in said if f.language == case.language]
    fitting = [f for f in spoken if f.intent == case.intent] or spoken
    if chance % 4 >= _ANSWER_SHARE or not fitting:
        return None
    chosen = fitting[chance // 4 % len(fitting)]
    at = ports.clock.now() + timedelta(seconds=chosen.after_seconds)
    body = {
        "network": case.network, "instance": case.instance or None, "account": case.account, "external_id": f"back-{reply.id}",
        "text": chosen.text, "created_at": rfc3339(at), "visibility": reply.visibility if reply.visibility == "direct" else case.visibility,
        "kind": "reply", "author": {"handle": case.author_handle, "name": case.author_name, "followers": case.reach},
        "in_reply_to": reply.external_id, "thread": case.thread_key, "lang": case.language if case.language != "und" else None,
    }  # fmt: skip
    return at, body
