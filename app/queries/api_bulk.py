"""An act on many cases as programs see it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from app.cases.model import BulkVerb
from app.core.asker import Asker
from app.core.errors import NotFound
from app.core.ids import CaseId
from app.engine.ports import Ports
from app.queries.bulk import bulk_result


@dataclass(frozen=True, slots=True)
class BulkCase:
    """One case of it. ``outcome`` is moved, same (it was so already), stays (``why`` says the reason) or waits; ``undone`` is null
    until the act was taken back, then whether the case got back what it had, with ``undone_why`` where it did not."""

    case: CaseId
    outcome: Literal["waits", "moved", "same", "stays"]
    why: str
    undone: bool | None
    undone_why: str


@dataclass(frozen=True, slots=True)
class BulkRecord:
    """The act. ``said`` is what it did in a sentence; it can be undone until ``expires_at``; ``waits`` cases it has not come to yet."""

    id: str
    verb: BulkVerb
    said: str
    by: str
    at: datetime
    expires_at: datetime
    undone_at: datetime | None
    moved: int
    waits: int
    cases: tuple[BulkCase, ...]


def api_bulk(ports: Ports, asker: Asker, id: str) -> BulkRecord:
    """What became of an act. NotFound after a week, and for one that moved no cases."""
    with ports.db.read() as conn:
        result = bulk_result(ports, conn, asker, id)
    act = result.act
    if act.change is None:
        raise NotFound("This act moved no cases.")
    return BulkRecord(
        id=act.id, verb=act.change.verb, said=result.sentence, by=act.by_name, at=act.at, expires_at=act.expires_at,
        undone_at=act.undone_at, moved=result.moved, waits=result.waits,
        cases=tuple(BulkCase(line.id, line.outcome, line.why, line.undone, line.undone_why) for line in result.lines),
    )  # fmt: skip
