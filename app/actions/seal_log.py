"""Seal the committed events that have no seal yet, in order. With nothing new it reads two rows and writes nothing."""

from collections.abc import Callable
from typing import Final

from app.core.errors import Invalid
from app.engine import ledger
from app.engine.ledger_anchor import anchor_path, keep_anchor, read_anchor
from app.engine.ports import Ports

BATCH: Final = 250
"""Events that are hashed in one go: for so many milliseconds everybody else waits for the interpreter after each statement."""


def seal_log(ports: Ports, rest: Callable[[], object] = lambda: None) -> int:
    """How many events were sealed, ``BATCH`` in a transaction, with a ``rest`` after each. Two callers at once make the same chain."""
    total = 0
    while True:
        with ports.db.read() as conn:
            links = ledger.next_links(conn, ports.keys, BATCH)
        if not links.seals:
            break
        with ports.db.write() as tx:
            added = ledger.add_links(tx, links)
        total += len(links.seals) if added else 0
        if added and len(links.seals) < BATCH:  # who was overtaken looks again: the other may have sealed less
            break
        rest()
    if total:
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
