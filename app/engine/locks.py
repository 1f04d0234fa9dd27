"""Named locks of one transaction on PostgreSQL: whoever needs the same name waits until it is over. SQLite's one writer needs none.

For what has no row yet: two workers that meet an author nobody has seen cannot lock the customer they are about to make, but they can
lock the author's name. Rows that are there are locked as rows.
"""

import zlib
from collections.abc import Iterable
from typing import Final

from sqlalchemy import bindparam, text

from app.engine.database import Transaction

MOST_NAMES: Final = 1_000
"""Above this one lock over all names is taken instead: the server keeps some 6,000 locks for all its transactions together."""
_NAMES: Final = 1  # the first half of PostgreSQL's pair of numbers: what the second is about
_ALL: Final = 2
_SIGNED: Final = 1 << 31

_HOLD: Final = text("SELECT pg_advisory_xact_lock(:about, name) FROM unnest(CAST(:names AS integer[])) AS name").bindparams(
    bindparam("about", _NAMES)
)
_SHARE: Final = text("SELECT pg_advisory_xact_lock_shared(:about, 0)").bindparams(bindparam("about", _ALL))
_OWN: Final = text("SELECT pg_advisory_xact_lock(:about, 0)").bindparams(bindparam("about", _ALL))


def hold_names(tx: Transaction, names: Iterable[str]) -> None:
    """Hold these names to the end of the transaction, taken in one order so that nobody waits in a circle. Call it once a transaction.

    Two names may share a lock by chance (one in four thousand million): that costs a wait and nothing else.
    """
    if tx.conn.dialect.name != "postgresql":
        return
    numbers = sorted({zlib.crc32(name.encode("utf-8", "surrogatepass")) - _SIGNED for name in names})
    if not numbers:
        return
    if len(numbers) > MOST_NAMES:
        hold_every_name(tx)
        return
    tx.conn.execute(_SHARE)
    tx.conn.execute(_HOLD, {"names": numbers})


def hold_every_name(tx: Transaction) -> None:
    """Hold all names there are: waits for every transaction that holds one, and lets none begin. For what concerns too many to list.

    To be the first thing of its transaction: who holds some and then wants all may wait in a circle.
    """
    if tx.conn.dialect.name == "postgresql":
        tx.conn.execute(_OWN)
