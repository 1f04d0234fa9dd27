"""A PostgreSQL cluster of one's own: made in a second, killed, frozen and thawed at will, and gone at the end.

It listens on 127.0.0.1 only, trusts whoever comes from there, and sorts text as people do (ICU ``en-US``), because that is how
most servers are set up and a desk that only works under byte order should fail here. PostgreSQL refuses to run as root, so root
runs it as ``postgres`` or ``nobody``.
"""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

import psycopg
from psycopg import sql

from rig.loopback import HOST, free_port
from rig.waiting import until

OWNER: Final = "earshot"
START_SECONDS: Final = 60.0  # recovery after a kill on a busy machine; a start takes a fifth of a second
_BETWEEN_SECONDS: Final = 0.02
_PLACES: Final = ("/usr/lib/postgresql", "/usr/local/lib/postgresql", "/opt/homebrew/opt")
_CONNECTIONS: Final = 200
_MEMORY: Final = Path("/dev/shm")  # noqa: S108  # a folder of random name is made in it
_MEMORY_BYTES: Final = 4 << 30  # the log may grow to a quarter of it
_FOR_PLAIN_TESTS: Final = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "max_wal_size": "1GB",
}


class NoPostgres(Exception):
    """The machine has no PostgreSQL server programs; the text says what to install."""


class Cluster:
    """A running server. ``address`` stays the same over ``kill``, ``stop`` and ``start``."""

    def __init__(self, folder: Path, *, durable: bool = True, settings: dict[str, str] | None = None, place: Path | None = None) -> None:
        self.port = free_port()
        self.log = folder / "postgresql.log"
        self._programs = programs()
        self._account = _account()
        self._home = Path(tempfile.mkdtemp(prefix="earshot-postgresql-", dir=place))  # tests' own folders are closed to other accounts
        self._settings = ({} if durable else _FOR_PLAIN_TESTS) | {"max_connections": str(_CONNECTIONS)} | (settings or {})
        self._server: subprocess.Popen[bytes] | None = None
        if self._account is not None:
            os.chown(self._home, self._account.pw_uid, self._account.pw_gid)

    def url(self, name: str = "postgres") -> str:
        """The address of a database of this cluster, as in DATABASE_URL."""
        return f"postgresql://{OWNER}@{HOST}:{self.port}/{name}"

    def database(self, name: str, template: str | None = None) -> str:
        """Make a database, a copy of ``template`` if one is named (nobody may be connected to that); its address."""
        copy = sql.SQL("") if template is None else sql.SQL(" TEMPLATE {} STRATEGY file_copy").format(sql.Identifier(template))
        self._run(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)) + copy)
        return self.url(name)

    def drop(self, name: str) -> None:
        """Remove a database and end whatever is connected to it."""
        self._run(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def start(self) -> None:
        """Start the server and wait until it answers; after a kill that includes its recovery."""
        options = [word for name, value in self._settings.items() for word in ("-c", f"{name}={value}")]
        command = [
            str(self._programs / "postgres"), "-D", str(self._home / "data"), "-p", str(self.port), "-k", str(self._home),
            "-c", f"listen_addresses={HOST}", *options,
        ]  # fmt: skip
        with self.log.open("ab") as log:
            self._server = self._popen(command, log.fileno())
        give_up = time.monotonic() + START_SECONDS
        while not self._answers():
            if self._server.poll() is not None or time.monotonic() > give_up:
                raise RuntimeError(f"PostgreSQL did not start:\n{self.log.read_text()[-2000:]}")
            time.sleep(_BETWEEN_SECONDS)

    def stop(self) -> None:
        """Stop it in order: connections are cut, nothing is lost."""
        self._end(signal.SIGINT)

    def kill(self) -> None:
        """End every process of it at once, as the kernel does when memory runs out; returns when none of them holds its memory any more.

        A server does not start beside one of them, and on a busy machine the last dies a moment after the first.
        """
        pids = self.pids()
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._end(signal.SIGKILL)
        until(lambda: not _any_lives(pids), "the end of the server's processes")

    def freeze(self) -> None:
        """Stop every process of it where it stands: connections stay open and nothing answers."""
        for pid in self.pids():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGSTOP)

    def thaw(self) -> None:
        """Let them go on."""
        for pid in reversed(self.pids()):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)

    def pids(self) -> list[int]:
        """The server's processes, the first being the parent of the others; empty when it does not run."""
        if self._server is None or self._server.poll() is not None:
            return []
        listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], check=True, capture_output=True, text=True).stdout
        pairs = [line.split() for line in listed.splitlines()]
        return [self._server.pid, *(int(pid) for pid, parent in pairs if int(parent) == self._server.pid)]

    def remove(self) -> None:
        """End it and delete its files."""
        if self.pids():
            self.thaw()
            self._end(signal.SIGQUIT)
        shutil.rmtree(self._home, ignore_errors=True)

    def initialise(self) -> None:
        """Make its files; once, before the first start."""
        made = self._popen(
            [
                str(self._programs / "initdb"), "-D", str(self._home / "data"), "-U", OWNER, "-A", "trust", "--encoding=UTF8",
                "--locale=C", "--locale-provider=icu", "--icu-locale=en-US", "--no-sync", "--no-instructions",
            ],
            subprocess.PIPE,
        )  # fmt: skip
        said, _ = made.communicate()
        if made.returncode != 0:
            raise RuntimeError(f"initdb failed:\n{said.decode(errors='replace')}")

    def _end(self, how: signal.Signals) -> None:
        if self._server is not None:
            if self._server.poll() is None:
                self._server.send_signal(how)
            self._server.wait(START_SECONDS)
            self._server = None

    def _popen(self, command: list[str], output: int) -> "subprocess.Popen[bytes]":
        account = self._account
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=self._home,
            start_new_session=True,  # Ctrl-C at the tests must not reach it before they have ended
            user=None if account is None else account.pw_uid,
            group=None if account is None else account.pw_gid,
            extra_groups=None if account is None else [],
        )

    def _answers(self) -> bool:
        try:
            with psycopg.connect(self.url(), connect_timeout=2):
                return True
        except psycopg.OperationalError:
            return False

    def _run(self, statement: sql.Composed) -> None:
        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(statement)


@contextmanager
def cluster(folder: Path, *, durable: bool = True, settings: dict[str, str] | None = None) -> Iterator[Cluster]:
    """A running cluster whose log stands in ``folder``; ended and deleted at the end, whatever happened.

    ``durable=False`` gives up what only a power cut needs, for tests that ask about the desk and not about the disk.
    Raises NoPostgres when the machine has none.
    """
    made = Cluster(folder, durable=durable, settings=settings, place=None if durable else _in_memory())
    try:
        made.initialise()
        made.start()
        yield made
    finally:
        made.remove()


def programs() -> Path:
    """The folder of initdb and postgres, the newest where there are several. Raises NoPostgres."""
    found = shutil.which("initdb")
    if found is not None:
        return Path(found).resolve().parent
    for place in _PLACES:
        versions = sorted(
            Path(place).glob("*/bin/initdb"), key=lambda path: [int(n) for n in path.parts[-3].split("@")[-1].split(".") if n.isdigit()]
        )
        if versions:
            return versions[-1].parent
    raise NoPostgres("no PostgreSQL server on this machine: install the package postgresql")


def _any_lives(pids: Sequence[int]) -> bool:
    """Whether one of these processes still runs; one that is dead and waits to be asked for does not."""
    listed = subprocess.run(["ps", "-A", "-o", "pid=,stat="], check=True, capture_output=True, text=True).stdout
    return any(int(pid) in pids and not state.startswith("Z") for pid, state in map(str.split, listed.splitlines()))


def _in_memory() -> Path | None:
    """Where files stay in memory, if this machine has enough of it: a database is copied there in an eighth of the time."""
    with suppress(OSError):
        if os.access(_MEMORY, os.W_OK) and shutil.disk_usage(_MEMORY).free >= _MEMORY_BYTES:
            return _MEMORY
    return None


def _account() -> pwd.struct_passwd | None:
    """Whom root runs it as; None when we are not root."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with suppress(KeyError):
            return pwd.getpwnam(name)
    raise NoPostgres("root cannot run PostgreSQL and there is no account postgres or nobody")
