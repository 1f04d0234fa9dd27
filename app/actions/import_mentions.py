"""Take recorded mentions in through the same door as live ones; the pipeline works them off as it does those.

The same rows a second time are duplicates. What was reported as taken is committed, so an import that was broken off is
begun again from its start.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from app.actions.accept_mentions import Delivery, Undecodable, accept_mentions
from app.core.asker import Asker
from app.core.errors import TooMany
from app.engine.ports import Ports

SOURCE: Final = "import"
CHUNK_ROWS: Final = 500  # a twentieth of a second of the one writer


@dataclass(frozen=True, slots=True)
class MentionRow:
    """One row of a file: its number, the mention as it is posted or why it is none, and the row as it stood there."""

    row: int
    body: object | Undecodable
    record: Any = None


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """A row that was not taken; ``errors`` name each place and its mend."""

    row: int
    detail: str
    errors: tuple[dict[str, Any], ...]
    record: Any


@dataclass(frozen=True, slots=True)
class MentionsImported:
    """Rows by what became of them."""

    accepted: int
    duplicates: int
    rejected: int


def import_mentions(
    ports: Ports, asker: Asker, rows: Iterable[MentionRow], *, make_room: Callable[[TooMany], None],
    on_rejected: Callable[[RejectedRow], None] = lambda _: None, on_progress: Callable[[int], None] = lambda _: None,
) -> MentionsImported:  # fmt: skip
    """Put the rows into the intake in transactions of ``CHUNK_ROWS``.

    While the intake is full ``make_room`` is called and the chunk tried again; it raises to give up. ``on_progress`` is given
    the number of rows done. Raises what reading the rows raises; the chunks before it stay taken.
    """
    asker.need("ingest")
    counts = {"accepted": 0, "duplicate": 0, "rejected": 0}
    done = 0
    for chunk in _chunks(rows):
        delivery = Delivery(SOURCE, [row.body for row in chunk])
        while isinstance(answer := accept_mentions(ports, [delivery])[0], TooMany):
            make_room(answer)
        for row, result in zip(chunk, answer, strict=True):
            counts[result.status] += 1
            if result.error is not None:
                on_rejected(RejectedRow(row.row, result.error["detail"], tuple(result.error["errors"]), row.record))
        done += len(chunk)
        on_progress(done)
    return MentionsImported(counts["accepted"], counts["duplicate"], counts["rejected"])


def _chunks(rows: Iterable[MentionRow]) -> Iterator[list[MentionRow]]:
    rest = iter(rows)
    while chunk := list(islice(rest, CHUNK_ROWS)):
        yield chunk
