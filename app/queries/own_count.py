"""How many cases each of many people has in hand: the one count of the side bar that is nobody else's."""

from collections.abc import Iterable
from typing import Final

from sqlalchemy import Connection, bindparam, func, select

from app.cases.tables import CASE
from app.core.ids import PersonId
from app.people.tables import PERSON
from app.queries.inbox import COUNT_BOUND
from app.queries.inbox_views import RULES

_AT_ONCE: Final = 500
_bounded = select(CASE.c.id).where(RULES["mine"].where(PERSON.c.id, None, None)).correlate(PERSON).limit(COUNT_BOUND).subquery()
_COUNTS: Final = select(PERSON.c.id, select(func.count()).select_from(_bounded).scalar_subquery().label("found")).where(
    PERSON.c.id.in_(bindparam("people", expanding=True))
)


def own_counts(conn: Connection, people: Iterable[PersonId]) -> dict[PersonId, str]:
    """As the side bar shows them, "99+" at the bound. Each looks at no more than ``COUNT_BOUND`` rows, whatever the history."""
    wanted, found = sorted(set(people)), {}
    for start in range(0, len(wanted), _AT_ONCE):
        for row in conn.execute(_COUNTS, {"people": wanted[start : start + _AT_ONCE]}):
            found[PersonId(row.id)] = str(row.found) if row.found < COUNT_BOUND else f"{COUNT_BOUND - 1}+"
    return found
