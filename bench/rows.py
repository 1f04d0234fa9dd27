"""What nothing but the plumbing costs: a bare Starlette that puts one row for each mention into SQLite and commits."""

import asyncio
import json
import sqlite3
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

_ACCEPTED: Final = 202


@dataclass(frozen=True, slots=True)
class Bare:
    """Milliseconds of CPU a mention, and mentions a second."""

    cpu_milliseconds: float
    a_second: float


def bare(bodies: Sequence[dict[str, Any]], batch: int) -> Bare:
    """Posts of ``batch`` mentions each, called without a network between; every post is one transaction with ``synchronous=FULL``."""
    with tempfile.TemporaryDirectory(prefix="earshot-bench-") as name:
        conn = sqlite3.connect(Path(name) / "rows.db", isolation_level=None)
        conn.execute("PRAGMA journal_mode=WAL")
        conn.execute("PRAGMA synchronous=FULL")
        conn.execute("CREATE TABLE mention (id INTEGER PRIMARY KEY, external_id TEXT UNIQUE, body TEXT NOT NULL)")

        async def take(request: Request) -> JSONResponse:
            rows = [(item["external_id"], json.dumps(item)) for item in await request.json()]
            conn.execute("BEGIN IMMEDIATE")
            conn.executemany("INSERT OR IGNORE INTO mention (external_id, body) VALUES (?, ?)", rows)
            conn.execute("COMMIT")
            return JSONResponse({"taken": len(rows)}, status_code=_ACCEPTED)

        posts = [json.dumps(list(bodies[first : first + batch])).encode() for first in range(0, len(bodies), batch)]
        began, wall_began = time.process_time(), time.perf_counter()
        asyncio.run(_post_all(Starlette(routes=[Route("/mentions", take, methods=["POST"])]), posts))
        cpu, wall = time.process_time() - began, time.perf_counter() - wall_began
        conn.close()
    return Bare(cpu * 1000 / len(bodies), len(bodies) / wall)


async def _post_all(app: Starlette, posts: Sequence[bytes]) -> None:
    for post in posts:
        said: list[int] = []

        async def receive(post: bytes = post) -> dict[str, Any]:
            return {"type": "http.request", "body": post, "more_body": False}

        async def send(message: Any, said: list[int] = said) -> None:
            if message["type"] == "http.response.start":
                said.append(message["status"])

        scope = {
            "type": "http", "method": "POST", "path": "/mentions", "raw_path": b"/mentions", "query_string": b"", "headers": [],
            "http_version": "1.1", "scheme": "http", "server": ("127.0.0.1", 80), "client": ("127.0.0.1", 1), "root_path": "",
        }  # fmt: skip
        await app(scope, receive, send)
        if said != [_ACCEPTED]:
            raise RuntimeError(f"the bare server answered {said}")
