"""Feels the pulse of a PostgreSQL server, so that one which stands still is noticed in seconds.

A frozen server keeps its connections open and answers nothing; whoever asked it would wait for as long as it sleeps. So a thread of
its own asks a trifle every second with a time limit of its own. When there is no answer, the database counts as away: new questions are
refused at once, and the connections of those that wait are cut, which frees their threads. When it answers again, all goes on.
"""

import select
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from os import dup
from typing import Final

import psycopg
from psycopg import pq

from app.engine.database import Database
from app.engine.postgresql import address_of, connect_options
from app.engine.telemetry import log as logger

BEAT_SECONDS: Final = 1.0
SILENCE_SECONDS: Final = 2.5  # the longest a trifle may take: with the beat and the reader's own second, noticed within five
_TOO_MANY: Final = "connection slots"  # the server is there and has merely no place for one more
_MILLISECONDS: Final = 1000


class Pulse:
    """One thread around one connection of its own."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="pulse", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End; a beat in work is not waited for longer than a moment."""
        self._stopping.set()
        self._thread.join(BEAT_SECONDS)

    def _run(self) -> None:
        connection: psycopg.Connection | None = None
        while not self._stopping.wait(BEAT_SECONDS):
            try:
                if connection is None:
                    connection = psycopg.connect(address_of(self._db.url), autocommit=True, **connect_options("earshot pulse"))
                _beat(connection.pgconn)
            except (psycopg.Error, TimeoutError, OSError) as error:
                if connection is not None:
                    with suppress(psycopg.Error):
                        connection.close()
                    connection = None
                if _TOO_MANY not in str(error):
                    self._silent(error)
            else:
                self._answers()
        if connection is not None:
            connection.close()

    def _silent(self, error: BaseException) -> None:
        if not self._db.away:
            logger.error("the database does not answer", error=str(error).strip())
        self._db.away = True
        for raw in list(self._db.connections):
            _cut(raw)

    def _answers(self) -> None:
        if self._db.away:
            logger.warning("the database answers again")
        self._db.away = False


def _beat(server: pq.abc.PGconn) -> None:
    """Ask, and wait for the answer for ``SILENCE_SECONDS``; TimeoutError when none comes."""
    server.send_query(b"SELECT 1")
    server.flush()
    poll = select.poll()
    poll.register(server.socket, select.POLLIN)
    while True:
        if not poll.poll(SILENCE_SECONDS * _MILLISECONDS):
            raise TimeoutError(f"no answer within {SILENCE_SECONDS:g} s")
        server.consume_input()
        while not server.is_busy():
            if server.get_result() is None:
                return


def _cut(raw: psycopg.Connection) -> None:
    """End what waits on this connection: whoever reads from it sees its end. The descriptor is a copy, so that no other is hit."""
    with suppress(psycopg.Error, OSError, ValueError):
        copy = socket.socket(fileno=dup(raw.fileno()))
        try:
            copy.shutdown(socket.SHUT_RDWR)
        finally:
            copy.close()


@contextmanager
def felt(db: Database) -> Iterator[None]:
    """While a process serves: its database's pulse is felt. On SQLite, which is in the process, nothing happens."""
    if db.embedded:
        yield
        return
    pulse = Pulse(db)
    pulse.start()
    try:
        yield
    finally:
        pulse.stop()
