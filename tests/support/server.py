"""A desk that really serves: a process of its own with jobs and a fresh database, people who sign in over HTTP, sockets."""

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeVar

from httpx2 import Client, ConnectError, Response
from websockets.sync.client import ClientConnection, connect

from app.actions.open_workspace import open_workspace
from app.core.clock import SystemClock
from app.core.roles import Role
from app.core.settings import Settings
from app.engine.keys import Keys
from app.engine.ports import Ports, open_ports
from app.engine.schema import migrate
from app.people import store as people
from app.people.passwords import hash_password
from rig.loopback import free_port
from tests.conftest import ROOT
from tests.support.people import hire

PASSWORD: Final = "correct horse battery staple"
PATIENCE_SECONDS: Final = 60.0  # far above what anything takes: reached only when it never comes
_BETWEEN_SECONDS: Final = 0.02
T = TypeVar("T")


def until(look: Callable[[], T | None], what: str, *, seconds: float = PATIENCE_SECONDS) -> T:
    """What ``look`` finds, as soon as it finds something; fails with ``what`` was awaited."""
    give_up = time.monotonic() + seconds
    pause = threading.Event()
    while (found := look()) is None or found is False:
        assert time.monotonic() < give_up, f"{what} did not come within {seconds:g} s"
        pause.wait(_BETWEEN_SECONDS)
    return found


@dataclass
class Browser:
    """Somebody signed in over HTTP, without a screen."""

    client: Client
    csrf: str
    origin: str

    def get(self, path: str) -> Response:
        """A page."""
        return self.client.get(path)

    def post(self, path: str, **fields: Any) -> Response:
        """Send a form of the desk."""
        answer = self.client.post(path, data=fields | {"csrf": self.csrf}, headers={"Origin": self.origin})
        assert answer.status_code in (204, 303), f"{path}: {answer.status_code} {answer.text[:500]}"
        return answer

    @contextmanager
    def live(self, page: str, since: int | None = None) -> Iterator["Line"]:
        """The live socket of a page, greeted."""
        query = f"page={page}" + ("" if since is None else f"&since={since}")
        cookies = "; ".join(f"{c.name}={c.value}" for c in self.client.cookies.jar)
        address = self.origin.replace("http", "ws") + f"/live?{query}"
        with connect(address, additional_headers={"Cookie": cookies}, origin=self.origin, open_timeout=PATIENCE_SECONDS) as opened:  # type: ignore[arg-type]  # a str is an Origin
            line = Line(opened)
            assert line.next()["type"] == "hello"
            yield line


@dataclass
class Line:
    """One open socket."""

    opened: ClientConnection
    heard: list[dict[str, Any]] = field(default_factory=list)
    regions: list[dict[str, Any]] = field(default_factory=list)

    def next(self) -> dict[str, Any]:
        """The next frame."""
        frame: dict[str, Any] = json.loads(self.opened.recv(PATIENCE_SECONDS))
        self.heard.append(frame)
        self.regions += frame.get("regions", ())
        return frame

    def region(self, id: str, holding: str = "") -> str:
        """The html of the first pushed region not asked for before with this id (a pattern) that holds the words."""
        give_up = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < give_up:
            for region in self.regions:
                if re.fullmatch(id, region["id"]) and holding in (region["html"] or region.get("by") or ""):
                    self.regions.remove(region)
                    return str(region["html"])
            self.next()
        raise AssertionError(f"no region {id} with {holding!r} came")


@dataclass
class Served:
    """The running desk. ``ports`` are the test's own, on the same database, to set people up and to look."""

    url: str
    ports: Ports
    log: Path
    hashed: str
    process: "subprocess.Popen[bytes]"

    def kill(self) -> None:
        """End it as a power cut of the process would: no signal it could heed."""
        self.process.kill()
        self.process.wait(PATIENCE_SECONDS)

    def person(self, name: str, role: Role, **more: Any) -> str:
        """Add somebody who can sign in; their e-mail."""
        hire(self.ports, name, role, password_hash=self.hashed, **more)
        return f"{name.lower()}@desk.example"

    def token(self, scope: str = "ingest") -> dict[str, str]:
        """The header of a new token."""
        secret = f"earshot_{scope}_{os.urandom(8).hex()}"
        with self.ports.db.write() as tx:
            people.add_token(tx, secret=secret, name=f"a program that may {scope}", scope=scope, person=None)  # type: ignore[arg-type]  # one of Scope
        return {"Authorization": f"Bearer {secret}"}

    @contextmanager
    def signed_in(self, email: str) -> Iterator[Browser]:
        """Sign in by the form."""
        with Client(base_url=self.url, follow_redirects=False, timeout=PATIENCE_SECONDS) as client:
            answer = client.post("/sign-in", data={"email": email, "password": PASSWORD, "next": "/inbox"}, headers={"Origin": self.url})
            assert answer.status_code == 303, answer.text
            found = re.search(r'name="csrf-token" content="([^"]+)"', client.get("/inbox").text)
            assert found is not None
            yield Browser(client, found[1], self.url)

    @contextmanager
    def program(self, scope: str) -> Iterator[Client]:
        """A program with a token of this scope."""
        with Client(base_url=self.url, headers=self.token(scope), timeout=PATIENCE_SECONDS) as client:
            yield client


@contextmanager
def serving(folder: Path, database_url: str | None = None, **environment: str) -> Iterator[Served]:
    """``earshot serve`` on this database, by default one in ``folder``, made if missing; stopped as a person stops it, it must end well."""
    port = free_port()
    settings = Settings(
        _env_file=None, database_url=database_url or f"sqlite:///{folder / 'desk.db'}", port=port, earshot_data_dir=folder,
        earshot_rules_dir=ROOT / "routing_rules", earshot_default_publisher="echo",
    )  # fmt: skip
    ports = open_ports(settings, SystemClock(), Keys(b"not the server's"))
    migrate(ports.db)
    open_workspace(ports)
    given = {
        "DATABASE_URL": settings.database_url, "SECRET_KEY": "the server's own", "PORT": str(port), "EARSHOT_DATA_DIR": str(folder),
        "EARSHOT_LOG": "json",
        "EARSHOT_DRAIN_SECONDS": "0", "EARSHOT_RULES_DIR": str(settings.earshot_rules_dir), "EARSHOT_DEFAULT_PUBLISHER": "echo",
    } | environment  # fmt: skip
    log = folder / "log"
    with log.open("wb") as written:
        process = subprocess.Popen([sys.executable, "-m", "app", "serve"], cwd=ROOT, env=os.environ | given, stdout=written, stderr=written)
        try:
            until(lambda: _is_up(process, settings.base_url, log), "the desk", seconds=60)  # a busy machine takes long to import it all
            yield Served(settings.base_url, ports, log, hash_password(PASSWORD), process)
        finally:
            killed = process.poll() == -signal.SIGKILL
            process.terminate()
            status = process.wait(PATIENCE_SECONDS)
            ports.db.close()
    assert killed or status in (0, -signal.SIGTERM), log.read_text()
    assert '"level": "error"' not in log.read_text(), log.read_text()


def _is_up(process: "subprocess.Popen[bytes]", url: str, log: Path) -> bool:
    assert process.poll() is None, log.read_text()
    try:
        with Client(base_url=url, timeout=PATIENCE_SECONDS) as client:
            return client.get("/healthz").status_code == 200
    except ConnectError:
        return False
