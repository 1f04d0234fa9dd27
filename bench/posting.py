"""Posts at a fixed pace, whatever the answers do: a slow answer delays no later post, and each counts from the moment it was meant for.

Plain HTTP/1.1 over a few connections that are kept open, because a client library costs as much as the server it loads.
"""

import asyncio
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

CONNECTIONS: Final = 64  # so many answers may be outstanding before a post must wait; that wait counts
_ACCEPTED: Final = b"HTTP/1.1 202"


@dataclass(slots=True)
class Posted:
    """When each was meant to be sent (``time.monotonic``), how long its answer took, and how many were refused."""

    meant: dict[int, float] = field(default_factory=dict)
    answered_seconds: list[float] = field(default_factory=list)
    refused: int = 0


async def post_all(
    host: str, port: int, path: str, headers: dict[str, str], body: Callable[[int], dict[str, Any]], count: int, rate: float
) -> Posted:
    """Post ``count`` bodies at ``rate`` a second."""
    posted, free = Posted(), asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]]()
    links = [await asyncio.open_connection(host, port) for _ in range(CONNECTIONS)]
    for link in links:
        free.put_nowait(link)
    head = "".join([f"POST {path} HTTP/1.1\r\nHost: {host}:{port}\r\nContent-Type: application/json\r\n",
                    *(f"{name}: {value}\r\n" for name, value in headers.items())])  # fmt: skip
    began = time.monotonic()
    async with asyncio.TaskGroup() as posts:
        for number in range(count):
            meant = began + number / rate
            await asyncio.sleep(max(0.0, meant - time.monotonic()))
            posts.create_task(_post(posted, free, head, json.dumps(body(number)).encode(), number, meant))
    for _, writer in links:
        writer.close()
    return posted


async def _post(
    posted: Posted,
    free: "asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]]",
    head: str,
    body: bytes,
    number: int,
    meant: float,
) -> None:
    posted.meant[number] = meant
    reader, writer = await free.get()
    writer.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
    answer = await reader.readuntil(b"\r\n\r\n")
    size = next(int(line.split(b":")[1]) for line in answer.lower().split(b"\r\n") if line.startswith(b"content-length:"))
    await reader.readexactly(size)
    free.put_nowait((reader, writer))
    posted.answered_seconds.append(time.monotonic() - meant)
    if not answer.startswith(_ACCEPTED):
        posted.refused += 1
        del posted.meant[number]
