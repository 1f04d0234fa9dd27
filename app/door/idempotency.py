"""The same creating request twice gives the first answer again: an ``Idempotency-Key`` is kept with the answer it got.

A key belongs to one asker. It is reserved before the handler runs and keeps the answer after it; a refusal sets it free, so
that a mended request may use it again. If the process dies between the two, the key frees itself after a minute; what the
handler had committed by then could be made twice, which is why replies carry their key in their own row as well.
"""

import hashlib
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import anyio.to_thread
from sqlalchemy import Column, Index, Integer, String, delete, select, update
from sqlmodel import Field, SQLModel
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from app.core.errors import Conflict, Invalid
from app.engine.columns import Json, UtcDateTime, table_of
from app.engine.inserts import insert_for
from app.engine.ports import Ports

HEADER: Final = "idempotency-key"
LONGEST_KEY: Final = 100
KEPT: Final = timedelta(hours=48)
ABANDONED_AFTER: Final = timedelta(seconds=60)
_RUNNING: Final = 0


class IdempotencyRow(SQLModel, table=True):
    """One key of one asker; status 0 while its first request still runs."""

    __tablename__ = "idempotency"
    __table_args__ = (Index("ix_idempotency_at", "at"),)
    asker: str = Field(sa_column=Column(String(60), primary_key=True))
    key: str = Field(sa_column=Column(String(LONGEST_KEY), primary_key=True))
    body_hash: str = Field(sa_column=Column(String(64), nullable=False))
    status: int = Field(sa_column=Column(Integer, nullable=False))
    body: dict[str, Any] = Field(sa_column=Column(Json, nullable=False))
    at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


IDEMPOTENCY: Final = table_of(IdempotencyRow)


@dataclass(frozen=True, slots=True)
class Kept:
    """The answer a key got the first time."""

    status: int
    body: Any


def key_of(request: Request) -> str | None:
    """The request's key, None without one; Invalid when it is empty, too long or not plain ASCII."""
    key = request.headers.get(HEADER)
    if key is None:
        return None
    if not key or len(key) > LONGEST_KEY or not key.isascii() or not key.isprintable():
        said = f"must be 1 to {LONGEST_KEY} printable ASCII characters"
        raise Invalid(f"The Idempotency-Key {said}.", errors=[{"loc": ["header", "Idempotency-Key"], "msg": said}])
    return key


def once(handler: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
    """A handler that honours the key. Its successful answers must be JSON, and hold no words of customers: they are kept two days."""

    async def handled(request: Request) -> Response:
        key = key_of(request)
        if key is None:
            return await handler(request)
        ports: Ports = request.state.ports
        actor = request.state.visitor.asker.actor
        asker, digest = f"{actor.kind}:{actor.id}", await _digest(request)
        first = await anyio.to_thread.run_sync(reserve, ports, asker, key, digest)
        if first is not None:
            return JSONResponse(first.body, status_code=first.status, headers={"Idempotent-Replayed": "true"})
        try:
            response = await handler(request)
        except BaseException:
            with anyio.CancelScope(shield=True):
                await anyio.to_thread.run_sync(let_go, ports, asker, key)
            raise
        answer = Kept(response.status_code, json.loads(bytes(response.body)))
        with anyio.CancelScope(shield=True):
            await anyio.to_thread.run_sync(keep, ports, asker, key, answer)
        return response

    return handled


async def _digest(request: Request) -> str:
    address = f"{request.method} {request.url.path}?{request.url.query}\n".encode()
    return hashlib.sha256(address + await request.body()).hexdigest()


def reserve(ports: Ports, asker: str, key: str, body_hash: str) -> Kept | None:
    """Take the key for a first run (None), or give the answer it got.

    Raises Invalid when it was used with another request, Conflict while the first run still lasts.
    """
    mine = (IDEMPOTENCY.c.asker == asker, IDEMPOTENCY.c.key == key)
    with ports.db.write() as tx:
        tx.conn.execute(delete(IDEMPOTENCY).where(IDEMPOTENCY.c.at < tx.now - KEPT))
        tx.conn.execute(delete(IDEMPOTENCY).where(*mine, IDEMPOTENCY.c.status == _RUNNING, IDEMPOTENCY.c.at < tx.now - ABANDONED_AFTER))
        row = insert_for(tx.conn, IDEMPOTENCY).values(asker=asker, key=key, body_hash=body_hash, status=_RUNNING, body={}, at=tx.now)
        if tx.conn.execute(row.on_conflict_do_nothing().returning(IDEMPOTENCY.c.key)).first() is not None:
            return None
        there = tx.conn.execute(select(IDEMPOTENCY).where(*mine)).one()
    if there.body_hash != body_hash:
        raise Invalid(
            "This Idempotency-Key was used for another request: make a new key for a new one.",
            errors=[{"loc": ["header", "Idempotency-Key"], "msg": "used before with another request"}],
        )
    if there.status == _RUNNING:
        raise Conflict("The first request with this Idempotency-Key still runs: ask again in a moment.")
    return Kept(there.status, there.body["answer"])


def keep(ports: Ports, asker: str, key: str, answer: Kept) -> None:
    """Keep the answer of a first run."""
    with ports.db.write() as tx:
        tx.conn.execute(
            update(IDEMPOTENCY)
            .where(IDEMPOTENCY.c.asker == asker, IDEMPOTENCY.c.key == key)
            .values(status=answer.status, body={"answer": answer.body})
        )


def let_go(ports: Ports, asker: str, key: str) -> None:
    """Free the key of a run that was refused."""
    with ports.db.write() as tx:
        running = IDEMPOTENCY.c.status == _RUNNING
        tx.conn.execute(delete(IDEMPOTENCY).where(IDEMPOTENCY.c.asker == asker, IDEMPOTENCY.c.key == key, running))
