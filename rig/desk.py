"""A site: one database, and any number of real desk processes on it, each started as anyone would start it.

``Site.serve``, ``web`` and ``worker`` start ``python -m app …`` on a free port, wait until it answers, and end it when the block ends.
Only what was started here is ever ended. Logs are kept in the site's folder.
"""

import itertools
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any, Final, Literal

from httpx2 import Client

from app.actions.open_workspace import open_workspace
from app.core.clock import SystemClock
from app.core.ids import PersonId
from app.core.roles import Role
from app.core.settings import Settings
from app.door.identity import cookie_name, new_cookie
from app.engine.keys import Keys
from app.engine.leases import any_held
from app.engine.ports import Ports, open_ports
from app.engine.schema import migrate
from app.judgement.desk import queues_of
from app.people import store as people
from rig.loopback import HOST, free_port
from rig.waiting import PATIENCE_SECONDS, until

ROOT: Final = Path(__file__).resolve().parent.parent
SECRET_KEY: Final = "the key of a desk that is only ever tried out"  # noqa: S105  # guards nothing: such a desk lives for minutes
STOPS_WITHIN_SECONDS: Final = 20.0
_ANSWERS_WITHIN_SECONDS: Final = 2.0
Part = Literal["serve", "web", "worker"]


@dataclass
class Running:
    """A process of the desk. ``url`` is where it listens; a worker listens nowhere and keeps the port unused."""

    site: "Site"
    part: Part
    url: str
    process: "subprocess.Popen[bytes]"
    log: Path
    before: Sequence[str]
    environment: Mapping[str, str]

    @property
    def pid(self) -> int:
        """The process's own number."""
        return self.process.pid

    @property
    def alive(self) -> bool:
        """Whether it still runs."""
        return self.process.poll() is None

    def ready(self) -> bool:
        """Whether it answers; of a worker, whether it lives and somebody holds the tick. RuntimeError with its log when it has ended."""
        if not self.alive:
            raise RuntimeError(f"{self.part} ended with {self.process.returncode}: {self.said()[-4_000:]}")
        if self.part == "worker":
            with self.site.ports.db.read() as conn:
                return any_held(conn, self.site.ports.clock.now())
        line = HTTPConnection(self.url.removeprefix("http://"), timeout=_ANSWERS_WITHIN_SECONDS)
        try:
            line.request("GET", "/healthz")
            return line.getresponse().status == HTTPStatus.OK
        except (OSError, HTTPException):
            return False
        finally:
            line.close()

    def wait_until_ready(self, seconds: float = PATIENCE_SECONDS) -> None:
        """Return when ``ready``; TimeoutError when it never is."""
        until(self.ready, f"the {self.part} process", seconds=seconds)

    def kill(self) -> None:
        """SIGKILL, as the kernel or an operator in despair would; returns when it is gone."""
        self.process.kill()
        self.process.wait(STOPS_WITHIN_SECONDS)

    def terminate(self, seconds: float = STOPS_WITHIN_SECONDS) -> int:
        """SIGTERM and its exit status; subprocess.TimeoutExpired when it does not end in time."""
        self.process.terminate()
        return self.process.wait(seconds)

    def again(self, **environment: str) -> None:
        """Start it anew after its end, on the same port and with a log of its own; not yet ready."""
        new = self.site.start(self.part, before=self.before, **{**self.environment, **environment, "PORT": self.url.rpartition(":")[2]})
        self.process, self.log = new.process, new.log

    def freeze(self) -> None:
        """SIGSTOP: it holds what it holds and does nothing."""
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """SIGCONT."""
        self.process.send_signal(signal.SIGCONT)

    def said(self) -> str:
        """Its log so far."""
        return self.log.read_text(errors="replace")

    def end(self) -> None:
        """End it whatever state it is in: thawed, told to stop, killed when it does not."""
        if self.alive:
            self.thaw()
            self.process.terminate()
            try:
                self.process.wait(STOPS_WITHIN_SECONDS)
            except subprocess.TimeoutExpired:
                self.process.kill()
        self.process.wait()


@dataclass
class Agent:
    """A person's browser without a screen. ``csrf`` is the token of its session; ``cookie`` the header's value, for sockets."""

    client: Client
    csrf: str
    url: str
    cookie: str
    id: PersonId


@dataclass
class Site:
    """One desk's database and folder. ``ports`` are the rig's own, on the same database: to set people up and to look."""

    folder: Path
    database_url: str
    ports: Ports = field(init=False)
    _names: Iterator[int] = field(init=False, default_factory=itertools.count)

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        given: dict[str, Any] = {
            "_env_file": None, "database_url": self.database_url, "earshot_data_dir": self.folder, "secret_key": SECRET_KEY,
            "earshot_rules_dir": ROOT / "routing_rules", "earshot_default_publisher": "echo",
        }  # fmt: skip
        self.ports = open_ports(Settings(**given), SystemClock(), Keys(SECRET_KEY.encode()))

    def __enter__(self) -> "Site":
        """Make the schema and the default rules where they are missing."""
        migrate(self.ports.db)
        open_workspace(self.ports)
        return self

    def __exit__(self, *_: object) -> None:
        self.ports.db.close()

    @contextmanager
    def serve(self, *, before: Sequence[str] = (), **environment: str) -> Iterator[Running]:
        """``earshot serve``: everything in one process. ``before`` is a command that runs it, as ``strace -D …`` does."""
        with self._running("serve", before, environment) as running:
            yield running

    @contextmanager
    def web(self, *, before: Sequence[str] = (), **environment: str) -> Iterator[Running]:
        """``earshot web``: pages and API without jobs."""
        with self._running("web", before, environment) as running:
            yield running

    @contextmanager
    def worker(self, *, before: Sequence[str] = (), **environment: str) -> Iterator[Running]:
        """``earshot worker``: the jobs alone."""
        with self._running("worker", before, environment) as running:
            yield running

    @contextmanager
    def processes(self, *parts: Part, **environment: str) -> Iterator[tuple[Running, ...]]:
        """Several processes with one environment, started at the same time."""
        started: list[Running] = []
        try:
            started += [self.start(part, **environment) for part in parts]
            for running in started:
                running.wait_until_ready()
            yield tuple(started)
        finally:
            for running in started:
                running.end()

    def start(self, part: Part, *, before: Sequence[str] = (), **environment: str) -> Running:
        """A process that the caller must ``end``; not yet ready. PORT in the environment keeps the port of one that was killed."""
        port = int(environment.get("PORT", 0)) or free_port()
        given = {
            "DATABASE_URL": self.database_url, "PORT": str(port), "SECRET_KEY": SECRET_KEY, "EARSHOT_DATA_DIR": str(self.folder),
            "EARSHOT_RULES_DIR": str(ROOT / "routing_rules"), "EARSHOT_DEFAULT_PUBLISHER": "echo", "EARSHOT_LOG": "json",
            "EARSHOT_DRAIN_SECONDS": "0",
            "EARSHOT_BASE_URL": "", "PYTHONPATH": str(ROOT),
        } | environment  # fmt: skip
        log = self.folder / f"{next(self._names):02}-{part}.log"
        with log.open("wb") as written:
            command = [*before, sys.executable, "-P", "-m", "app", part]
            process = subprocess.Popen(
                command, cwd=self.folder, env=os.environ | given | {"PORT": str(port)}, stdout=written, stderr=written
            )
        return Running(self, part, f"http://{HOST}:{port}", process, log, before, environment)

    @contextmanager
    def _running(self, part: Part, before: Sequence[str], environment: dict[str, str]) -> Iterator[Running]:
        running = self.start(part, before=before, **environment)
        try:
            running.wait_until_ready()
            yield running
        finally:
            running.end()

    def logs(self) -> str:
        """What all processes of this site said so far."""
        return "".join(path.read_text(errors="replace") for path in sorted(self.folder.glob("*.log")))

    def person(self, name: str, role: Role = "agent", *, capacity: int = 8) -> PersonId:
        """Add a person who is available and works every queue."""
        with self.ports.db.write() as tx:
            id = people.add(
                tx, email=f"{name.lower()}@desk.example", name=name, role=role, password_hash="", languages=("en", "es", "de", "fa"),
                queues=[q.id for q in queues_of(self.ports)], capacity=capacity,
            )  # fmt: skip
            people.set_presence(tx, id, "available", "")
        return id

    def token(self, scope: str = "ingest", person: PersonId | None = None) -> dict[str, str]:
        """The header of a new token."""
        secret = f"earshot_{scope}_{os.urandom(8).hex()}"
        with self.ports.db.write() as tx:
            people.add_token(tx, secret=secret, name=f"a program that may {scope}", scope=scope, person=person)  # type: ignore[arg-type]  # one of Scope
        return {"Authorization": f"Bearer {secret}"}

    @contextmanager
    def signed_in(self, person: PersonId, url: str) -> Iterator[Agent]:
        """A session of this person with the process at ``url``, made in the database as signing in makes it."""
        cookie = new_cookie()
        with self.ports.db.write() as tx:
            people.start_session(tx, person, cookie, self.ports.settings.earshot_session_hours)
        header = f"{cookie_name(self.ports)}={cookie}"
        with Client(base_url=url, headers={"Cookie": header, "Origin": url}, timeout=PATIENCE_SECONDS) as client:
            found = re.search(r'name="csrf-token" content="([^"]+)"', client.get("/inbox").text)
            if found is None:
                raise RuntimeError("the inbox of a signed-in person carries no csrf token")
            yield Agent(client, found[1], url, header, person)
