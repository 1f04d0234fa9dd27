"""The working copy tried on the mentions that came last: counts, and a list of before and after."""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, select

from app.core.asker import Asker
from app.core.errors import NotFound
from app.core.ids import MentionId
from app.engine.ports import Ports
from app.judgement.examining import examine
from app.mentions.tables import MENTION
from app.queries.rules import own_draft
from app.routing import store as routing
from app.routing.backtest import LISTED, Change, Report, backtest

LASTS: Final = (100, 1_000, 5_000)
"""How many of the newest mentions may be asked for; 5,000 take seconds of one processor."""


@dataclass(frozen=True, slots=True)
class TriedMention:
    """One mention that would be decided otherwise: each outcome as (words, before, after). ``case`` is where it stands, "" when gone."""

    excerpt: str
    differences: tuple[tuple[str, str, str], ...]
    case: str


@dataclass(frozen=True, slots=True)
class FireCount:
    """How often one rule fired, and would fire."""

    rule: str
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class BacktestPage:
    """The result. ``refused`` is set, and everything else empty, when the copy cannot be tried because it does not parse."""

    last: int
    lasts: tuple[int, ...]
    refused: str
    words: str
    total: int
    changed: int
    by_field: tuple[tuple[str, int], ...]
    moves: tuple[tuple[str, str, int], ...]
    fires: tuple[FireCount, ...]
    mentions: tuple[TriedMention, ...]
    errors: int


def backtest_page(ports: Ports, asker: Asker, last: int) -> BacktestPage:
    """Decide the newest ``last`` mentions with the working copy and with what is in force. NotFound without a copy."""
    asker.need("rules.edit")
    with ports.db.read() as conn:
        draft = own_draft(conn, asker)
        if draft is None:
            raise NotFound("You have no working copy of the rules to try: change a rule first.")
        verdict = examine(ports, conn, draft.text)
        if verdict.compiled is None:
            return BacktestPage(last, LASTS, str(verdict.errors[0]), "", 0, 0, (), (), (), (), len(verdict.errors))
        before, pasts = routing.active_rules(conn), routing.last_pasts(conn, last)
        report: Report = backtest(pasts, before, verdict.compiled, LISTED)
        cases = _cases_of(conn, [change.mention for change in report.changes])
    return BacktestPage(
        last=last,
        lasts=LASTS,
        refused="",
        words=report.words,
        total=report.total,
        changed=report.changed,
        by_field=tuple((_words(field), n) for field, n in report.by_field),
        moves=report.moves,
        fires=tuple(FireCount(*one) for one in report.fires if one[1] != one[2]),
        mentions=tuple(_tried(change, cases.get(change.mention, "")) for change in report.changes),
        errors=len(verdict.errors),
    )


_OUTCOMES: Final = {
    "assign": "given to",
    "floor": "priority at least",
    "escalate": "escalated to",
    "notify": "told to",
    "no_response_needed": "no answer needed",
    "snooze_minutes": "sleeps, minutes",
    "approval": "approval by",
}


def _words(field: str) -> str:
    return _OUTCOMES.get(field, field)


def _tried(change: Change, case: str) -> TriedMention:
    return TriedMention(change.excerpt, tuple((_words(one.field), one.before, one.after) for one in change.differences), case)


def _cases_of(conn: Connection, mentions: list[MentionId]) -> dict[str, str]:
    rows = conn.execute(select(MENTION.c.id, MENTION.c.case_id).where(MENTION.c.id.in_(mentions))) if mentions else ()
    return {row.id: row.case_id for row in rows}
