"""Stored moments in pieces, the oldest first, so that rules can be tried on any number of them in the memory of a few hundred."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import Connection, and_, bindparam, func, or_, select

from app.core.facts import Facts
from app.core.ids import CaseId, MentionId
from app.engine.bulk import read_rows
from app.engine.columns import UtcDateTime, table_of
from app.routing.backtest import Past
from app.routing.fields import ARRIVAL
from app.routing.tables import DecisionRow

_DECISION: Final = table_of(DecisionRow)
PIECE: Final = 250
"""Moments read at a time: a tenth of a second of deciding, after which a trial can be stopped and shows how far it is."""
_AT: Final = UtcDateTime()
_C: Final = _DECISION.c
_PIECE: Final = (
    select(_C.id, _C.at, _C.mention_id, _C.case_id, _C.facts)
    .where(
        _C.at >= bindparam("after_at", type_=_AT),
        or_(_C.at > bindparam("after_at", type_=_AT), _C.id > bindparam("after_id")),
        _C.at <= bindparam("until_at", type_=_AT),
        or_(_C.at < bindparam("until_at", type_=_AT), _C.id <= bindparam("until_id")),
    )
    .order_by(_C.at, _C.id)
    .limit(PIECE)
)


@dataclass(frozen=True, slots=True)
class Place:
    """A moment's place in the order in which they came."""

    at: datetime
    id: str


_BEFORE_ALL: Final = Place(datetime(1970, 1, 1, tzinfo=UTC), "")


@dataclass(frozen=True, slots=True)
class Span:
    """The moments from the newest ``n`` mentions on: after ``after`` up to ``until``, ``moments`` of them, ``mentions`` arrivals."""

    after: Place
    until: Place
    moments: int
    mentions: int


def span_of(conn: Connection, n: int) -> Span | None:
    """From the arrival before the newest ``n`` on, with everything that asked the rules since; None while nothing is stored.

    Reads the index by time backwards over that span and no further.
    """
    newest = conn.execute(select(_C.at, _C.id).order_by(_C.at.desc(), _C.id.desc()).limit(1)).first()
    if newest is None:
        return None
    before = conn.execute(select(_C.at, _C.id).where(_C.trigger == ARRIVAL).order_by(_C.at.desc(), _C.id.desc()).offset(n).limit(1)).first()
    after = Place(before.at, before.id) if before is not None else _BEFORE_ALL
    inside = and_(_C.at >= after.at, or_(_C.at > after.at, _C.id > after.id))
    counted = {row.trigger: row.n for row in conn.execute(select(_C.trigger, func.count().label("n")).where(inside).group_by(_C.trigger))}
    return Span(after, Place(newest.at, newest.id), sum(counted.values()), counted.get(ARRIVAL, 0))


def pasts(conn: Connection, after: Place, until: Place) -> tuple[list[Past], Place | None]:
    """The next PIECE moments and the place to go on after; None once there are no more."""
    values = {"after_at": after.at, "after_id": after.id, "until_at": until.at, "until_id": until.id}
    rows = read_rows(conn, _PIECE, values)
    found = [Past(MentionId(mention or ""), Facts.from_json(facts), CaseId(case or ""), at) for _, at, mention, case, facts in rows]
    return found, Place(rows[-1][1], rows[-1][0]) if len(rows) == PIECE else None
