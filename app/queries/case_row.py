"""One case as a row of any list: the same record in the inbox, a thread's siblings, and a pushed fragment."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from app.cases.model import Case
from app.channels.networks import network

_QUIET: Final = frozenset({"start", "limit", "intent"})  # terms that say nothing about this case in particular
_WHY_TERMS: Final = 3
_LEAST_POINTS: Final = 3


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A row. ``why_top`` names the strongest terms of the score; ``tier`` and ``customer_name`` are None for unknown customers."""

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
    opened_at: datetime
    last_mention_at: datetime
    mention_count: int
    cluster_size: int
    viewers: tuple[str, ...]
    why_top: str


def row_of(case: Case, viewers: tuple[str, ...] = ()) -> CaseRow:
    """The row of a case."""
    strongest = sorted((t for t in case.terms if t["points"] >= _LEAST_POINTS and t["term"] not in _QUIET), key=lambda t: -t["points"])
    return CaseRow(
        id=case.id,
        author_handle=case.author_handle,
        author_name=case.author_name,
        network=case.network,
        network_mark=network(case.network).mark,
        account=case.account,
        excerpt=case.excerpt,
        language=case.language,
        score=case.score,
        band=case.band,
        sentiment_label=case.sentiment_label,
        risk=tuple(case.risk),
        tags=tuple(case.tags),
        tier=case.tier,
        customer_name=case.customer_name,
        queue=case.queue,
        assignee_name=case.assignee_name,
        assignee_id=case.assignee_id,
        state=case.state,
        hold=case.hold,
        due_at=case.due_at,
        due_state=case.due_state,
        opened_at=case.opened_at,
        last_mention_at=case.last_mention_at,
        mention_count=case.mention_count,
        cluster_size=case.cluster_size,
        viewers=viewers,
        why_top=" · ".join(t["why"] for t in strongest[:_WHY_TERMS]),
    )
