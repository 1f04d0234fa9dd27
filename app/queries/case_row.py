"""One case as a row of any list: the same record in the inbox, a thread's siblings, and a pushed fragment.

A list reads the columns of a row as they are stored. What is stored is the key of the finished record, so a row that has not
changed since it was read last costs a look-up, and one that has changed can never be mistaken for it: there is nothing to expire.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from operator import attrgetter
from typing import Any, Final

import orjson
from sqlalchemy import ColumnElement, Text, cast, type_coerce
from sqlalchemy.types import NullType

from app.cases.model import Case
from app.cases.tables import CASE
from app.channels.networks import network
from app.sla.words import NAMES

_QUIET: Final = frozenset({"start", "limit", "intent"})  # terms that say nothing about this case in particular
_WHY_TERMS: Final = 3
_LEAST_POINTS: Final = 3
ROWS_KEPT: Final = 2_048  # two to nine kilobytes each: forty pages of the list, and the first pages are what everyone looks at


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A row. ``due_what`` is what is due first, as its metric is called; ``why_top`` names the strongest terms of the score; ``tier`` and
    ``customer_name`` are None for unknown customers; ``reply_trouble`` is failed or unknown while an answer of ours wants a person."""

    id: str
    author_handle: str
    author_name: str
    network: str
    network_mark: str
    account: str
    excerpt: str
    language: str
    score: int
    band: str
    sentiment_label: str
    risk: tuple[str, ...]
    tags: tuple[str, ...]
    tier: str | None
    customer_name: str | None
    queue: str
    assignee_name: str | None
    assignee_id: str | None
    state: str
    hold: bool
    due_at: datetime | None
    due_state: str | None
    due_what: str | None
    opened_at: datetime
    last_mention_at: datetime
    mention_count: int
    cluster_size: int
    viewers: tuple[str, ...]
    why_top: str
    reply_trouble: str | None


_NAMES: Final = (
    "id", "author_handle", "author_name", "network", "account", "excerpt", "language", "score", "band", "sentiment_label", "risk", "tags",
    "tier", "customer_name", "queue", "assignee_name", "assignee_id", "state", "hold", "due_at", "due_state", "due_metric", "opened_at",
    "last_mention_at", "mention_count", "cluster_size", "terms", "reply_trouble",
)  # fmt: skip
_WIDTH: Final = len(_NAMES)
_values: Final = attrgetter(*_NAMES)
_JSON: Final = frozenset({"risk", "tags", "terms"})
_MOMENTS: Final = frozenset({"due_at", "opened_at", "last_mention_at"})


def _as_stored(name: str) -> ColumnElement[Any]:
    """The column as the database hands it over, except that JSON is always text: no value of it is made before it is needed."""
    column = CASE.c[name]
    return (cast(column, Text) if name in _JSON else type_coerce(column, NullType())).label(name)


STORED: Final[tuple[ColumnElement[Any], ...]] = tuple(_as_stored(name) for name in _NAMES)
"""What a list selects for ``rows_of_stored``; it may select more behind it."""


def rows_of_stored(rows: Sequence[tuple[Any, ...]]) -> tuple[CaseRow, ...]:
    """The rows of a list that selected ``STORED`` first, without viewers."""
    return tuple(_row_of_stored(row[:_WIDTH]) for row in rows)


def row_of(case: Case, viewers: tuple[str, ...] = ()) -> CaseRow:
    """The row of a case."""
    return _row(_values(case), viewers)


@lru_cache(maxsize=ROWS_KEPT)
def _row_of_stored(stored: tuple[Any, ...]) -> CaseRow:
    return _row(tuple(_decoded(name, value) for name, value in zip(_NAMES, stored, strict=True)), ())


def _decoded(name: str, value: Any) -> Any:
    if name in _JSON:
        return orjson.loads(value)
    if name == "hold":
        return bool(value)
    if name in _MOMENTS and value is not None:
        return value.astimezone(UTC) if isinstance(value, datetime) else datetime.fromisoformat(value).replace(tzinfo=UTC)
    return value


def _row(values: tuple[Any, ...], viewers: tuple[str, ...]) -> CaseRow:
    shown = dict(zip(_NAMES, values, strict=True))
    telling = [t for t in shown.pop("terms") if t["points"] >= _LEAST_POINTS and t["term"] not in _QUIET]
    strongest = sorted(telling, key=lambda t: -t["points"])[:_WHY_TERMS]
    metric = shown.pop("due_metric")
    shown["due_what"] = NAMES[metric] if metric else None
    shown["risk"], shown["tags"] = tuple(shown["risk"]), tuple(shown["tags"])
    return CaseRow(**shown, network_mark=network(shown["network"]).mark, viewers=viewers, why_top=" · ".join(t["why"] for t in strongest))
