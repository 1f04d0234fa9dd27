"""Seal the committed events that have no seal yet, in order. With nothing new it reads one row and writes nothing."""

from typing import Final

from app.core.errors import Invalid
from app.engine import ledger
from app.engine.ledger_anchor import anchor_path, keep_anchor, read_anchor
from app.engine.ports import Ports

BATCH: Final = 1_000  # a twentieth of a second of the one writer


def seal_log(ports: Ports) -> int:
    """How many events were sealed, in transactions of at most ``BATCH``. Two callers at once make the same chain."""
    with ports.db.read() as conn:
        if ledger.unsealed(conn) <= 0:
            return 0
    total = 0
    while True:
        with ports.db.write() as tx:
            sealed = ledger.seal_next(tx, ports.keys, BATCH)
        total += sealed
        if sealed < BATCH:
            break
    _note_outside(ports)
    return total


def _note_outside(ports: Ports) -> None:
    """Move the file's anchor on, unless the chain lacks the one it notes: then that stays, for ``audit verify`` to name."""
    path = anchor_path(ports.settings)
    if path is None:
        return
    with ports.db.read() as conn:
        newest = ledger.head(conn)
        try:
            noted = read_anchor(path)
        except Invalid:  # Not a head: left for ``audit verify`` to name.
            return
        if newest is not None and newest != noted and (noted is None or ledger.has(conn, noted)):
            keep_anchor(path, newest)
