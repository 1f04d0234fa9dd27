"""Visits of a signed-in browser to the whole application in this process: door, query, counts, HTML, and no network between."""

import asyncio
import time
from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import urlsplit

from starlette.applications import Starlette

from app.core.roles import Role
from app.door.identity import cookie_name, new_cookie
from app.engine.ports import Ports
from app.main import Parts, build_app
from app.people import store as people

_OK: Final = 200


class Browser:
    """One signed-in person's browser."""

    def __init__(self, ports: Ports, name: str = "Ann Bench", role: Role = "agent", queues: Sequence[str] = ()) -> None:
        cookie = new_cookie()
        with ports.db.write() as tx:
            email = f"{tx.new_id()}@bench.test"
            self.person = people.add(tx, email=email, name=name, role=role, password_hash="", queues=queues, capacity=1_000)
            people.start_session(tx, self.person, cookie, 1)
        self.cookie = f"{cookie_name(ports)}={cookie}"
        self._app: Starlette = build_app(ports, Parts(jobs=False))

    def visit(self, address: str) -> tuple[float, str]:
        """Seconds of one visit and the page; RuntimeError when it is not one."""
        return self.visits([address])[0]

    def visits(self, addresses: Sequence[str]) -> list[tuple[float, str]]:
        """Several visits, one after another."""
        return asyncio.run(self._visits(addresses))

    async def _visits(self, addresses: Sequence[str]) -> list[tuple[float, str]]:
        return [await self._visit(address) for address in addresses]

    async def _visit(self, address: str) -> tuple[float, str]:
        parts = urlsplit(address)
        answer: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: Any) -> None:
            answer.append(message)

        headers = [(b"host", b"127.0.0.1"), (b"cookie", self.cookie.encode())]
        scope = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "scheme": "http", "path": parts.path,
            "raw_path": parts.path.encode(), "query_string": parts.query.encode(), "root_path": "", "headers": headers,
            "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 80), "state": {},
        }  # fmt: skip
        began = time.perf_counter()
        await self._app(scope, receive, send)
        seconds = time.perf_counter() - began
        if answer[0]["status"] != _OK:
            raise RuntimeError(f"{address} answered {answer[0]['status']}")
        return seconds, b"".join(m.get("body", b"") for m in answer[1:]).decode()
