"""The cases and authors behind each criterion of the scorecard, a page at a time, over the same window as the scorecard itself."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Literal

from sqlalchemy import Connection, Select, or_, select, tuple_

from app.cases.tables import CASE, REPLY
from app.channels.networks import network
from app.core.asker import Asker
from app.core.errors import Invalid
from app.core.ids import CaseId
from app.core.paging import DEFAULT_LIMIT, Page, decode_cursor, encode_cursor
from app.customers.tables import CUSTOMER, IDENTITY
from app.engine.columns import table_of
from app.engine.ports import Ports
from app.measures import stage as stages
from app.measures.criteria import Criterion, CriterionId
from app.measures.tables import RESPONSE
from app.mentions.tables import MENTION
from app.queries.reports import Checklists, sent_in
from app.queries.stage import GOALS, WINDOW_HOURS, Window, authors_in, counts_of, fresh_since, standing_of, window_of
from app.routing.tables import DecisionRow
from app.sla.tables import CLOCK

Part = Literal["answers", "mentions", "authors", "responses", "overdue"]
PARTS: Final[dict[CriterionId, tuple[Part, ...]]] = {
    "engagement_model": ("answers", "mentions"),
    "social_data": ("authors",),
    "real_time": ("responses", "overdue"),
}
_DECISION: Final = table_of(DecisionRow)
_SCANNED: Final = 2_000  # answers looked at for one page of those without a complete checklist; the next page goes on from there


@dataclass(frozen=True, slots=True)
class EvidenceRow:
    """One line of evidence. ``good`` is whether it speaks for the criterion; ``word`` says it, ``why`` what it was judged by.

    ``case`` is None for an author; ``customer`` is "" where there is no record to open.
    """

    at: datetime | None
    who: str
    network: str
    mark: str
    case: CaseId | None
    customer: str
    good: bool
    word: str
    why: str
    by: str
    seconds: float | None = None
    target_seconds: int | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """One page behind one criterion. ``against`` shows only what speaks against it."""

    criterion: Criterion
    window: Window
    hours: int
    parts: tuple[Part, ...]
    part: Part
    against: bool
    rows: tuple[EvidenceRow, ...]
    next: str | None


def evidence(
    ports: Ports, conn: Connection, asker: Asker, *, of: str, part: str = "", against: bool = False, cursor: str | None = None,
    hours: int = WINDOW_HOURS,
) -> Evidence:  # fmt: skip
    """A page of evidence. Invalid for a criterion or part that does not exist."""
    asker.need("measures.read")
    asker.need("cases.read")
    window = window_of(ports.clock.now(), hours)
    card = stages.scorecard(counts_of(conn, window), standing_of(ports, conn), window.since, window.until, GOALS)
    criterion = next((c for c in card.criteria if c.id == of), None)
    if criterion is None:
        raise _unknown("evidence", tuple(PARTS))
    parts = PARTS[criterion.id]
    chosen = next((p for p in parts if p == (part or parts[0])), None)
    if chosen is None:
        raise _unknown("part", parts)
    page = _READERS[chosen](conn, window, against, cursor)
    return Evidence(criterion, window, hours, parts, chosen, against, page.items, page.next)


def _answers(conn: Connection, window: Window, against: bool, cursor: str | None) -> Page[EvidenceRow]:
    query = (
        select(REPLY, CASE.c.author_handle, CASE.c.network)
        .join(CASE, CASE.c.id == REPLY.c.case_id)
        .where(*sent_in(window.since, window.until))
        .order_by(REPLY.c.id.desc())
    )
    if cursor:
        query = query.where(REPLY.c.id < str(decode_cursor(cursor, 1)[0]))
    found = conn.execute(query.limit(_SCANNED + 1 if against else DEFAULT_LIMIT + 1)).all()
    checklists, shown, last = Checklists(conn), [], ""
    for row in found[: _SCANNED if against else DEFAULT_LIMIT]:
        last = row.id
        left = checklists.unticked(row.policy, row.policy_version, row.ticks)
        if against and left == ():
            continue
        why = "under no policy" if left is None else f"{checklists.title(row.policy, row.policy_version)} v{row.policy_version}"
        word = "Complete checklist" if left == () else "No policy" if left is None else f"Not ticked: {', '.join(left)}"
        shown.append(_row(row.sent_at, row, left == (), word, why, by=row.by_name, case=row.case_id, seconds=row.response_seconds))
        if len(shown) == DEFAULT_LIMIT:
            break
    more = bool(found) and found[-1].id != last
    return Page(tuple(shown), encode_cursor([last]) if more else None)


def _mentions(conn: Connection, window: Window, against: bool, cursor: str | None) -> Page[EvidenceRow]:
    query = (
        select(
            _DECISION.c.id, _DECISION.c.at, _DECISION.c.version, _DECISION.c.trace, MENTION.c.case_id, MENTION.c.author_handle,
            MENTION.c.network,
        )
        .join(MENTION, MENTION.c.id == _DECISION.c.mention_id)
        .where(_DECISION.c.at >= window.since, _DECISION.c.at < window.until, _DECISION.c.trigger == "mention.received")
    )  # fmt: skip
    if against:
        query = query.where(_DECISION.c.version == 0)
    rows, after = _by_time(conn, query, _DECISION.c.at, _DECISION.c.id, cursor)
    return Page(
        tuple(
            _row(r.at, r, r.version > 0, "Decided by rules" if r.version else "No rules were active", _fired(r), by="", case=r.case_id)
            for r in rows
        ),
        after,
    )


def _authors(conn: Connection, window: Window, against: bool, cursor: str | None) -> Page[EvidenceRow]:
    fresh = fresh_since(window)
    query = (
        select(
            IDENTITY.c.id, IDENTITY.c.handle, IDENTITY.c.external_id, IDENTITY.c.network, IDENTITY.c.last_seen, IDENTITY.c.verified_by,
            CUSTOMER.c.id.label("customer_id"), CUSTOMER.c.name, CUSTOMER.c.known, CUSTOMER.c.refreshed_at,
        )
        .join(CUSTOMER, CUSTOMER.c.id == IDENTITY.c.customer_id)
        .where(IDENTITY.c.id.in_(authors_in(window)))
        .order_by(IDENTITY.c.id.desc())
    )  # fmt: skip
    if against:
        query = query.where(or_(CUSTOMER.c.known.is_(False), CUSTOMER.c.refreshed_at.is_(None), CUSTOMER.c.refreshed_at < fresh))
    if cursor:
        query = query.where(IDENTITY.c.id < str(decode_cursor(cursor, 1)[0]))
    found = conn.execute(query.limit(DEFAULT_LIMIT + 1)).all()
    shown = []
    for r in found[:DEFAULT_LIMIT]:
        is_fresh = r.refreshed_at is not None and r.refreshed_at >= fresh
        word = "Not in the CRM" if not r.known else "Profile fresh" if is_fresh else "Profile stale"
        updated = f"profile updated {r.refreshed_at:%Y-%m-%d}" if r.known and r.refreshed_at else "no profile update known"
        why = f"{r.name or r.customer_id}, {updated}" if r.known else "a prospect: link or import them"
        shown.append(
            EvidenceRow(
                r.last_seen, r.handle or r.external_id or "", r.network, network(r.network).mark, None, r.customer_id,
                r.known and is_fresh, word, why, r.verified_by if r.known else "",
            )
        )  # fmt: skip
    return Page(tuple(shown), encode_cursor([found[DEFAULT_LIMIT - 1].id]) if len(found) > DEFAULT_LIMIT else None)


def _responses(conn: Connection, window: Window, against: bool, cursor: str | None) -> Page[EvidenceRow]:
    query = (
        select(RESPONSE, CASE.c.author_handle, CASE.c.assignee_name)
        .join(CASE, CASE.c.id == RESPONSE.c.case_id)
        .where(RESPONSE.c.metric == "first_response", RESPONSE.c.at >= window.since, RESPONSE.c.at < window.until)
    )
    if against:
        query = query.where(RESPONSE.c.within.is_(False))
    rows, after = _by_time(conn, query, RESPONSE.c.at, RESPONSE.c.id, cursor)
    return Page(
        tuple(
            _row(
                r.at, r, r.within, "Within target" if r.within else "Late", f"{r.band}{', ' + r.tier if r.tier else ''}",
                by=r.assignee_name or "", case=r.case_id, seconds=r.clock_seconds, target=r.target_seconds,
            )
            for r in rows
        ),
        after,
    )  # fmt: skip


def _overdue(conn: Connection, window: Window, _against: bool, cursor: str | None) -> Page[EvidenceRow]:
    query = (
        select(CLOCK.c.id, CLOCK.c.case_id, CLOCK.c.breached_at, CLOCK.c.target_seconds, CASE.c.author_handle, CASE.c.network, CASE.c.band,
               CASE.c.assignee_name)
        .join(CASE, CASE.c.id == CLOCK.c.case_id)
        .where(
            CLOCK.c.metric == "first_response", CLOCK.c.state == "breached", CLOCK.c.stopped_at.is_(None),
            CLOCK.c.breached_at >= window.since, CLOCK.c.breached_at < window.until,
        )
    )  # fmt: skip
    rows, after = _by_time(conn, query, CLOCK.c.breached_at, CLOCK.c.id, cursor)
    return Page(
        tuple(
            _row(
                r.breached_at, r, False, "Overdue, not answered", r.band, by=r.assignee_name or "", case=r.case_id,
                target=r.target_seconds,
            )
            for r in rows
        ),
        after,
    )  # fmt: skip


_Reader = Callable[[Connection, Window, bool, str | None], Page[EvidenceRow]]
_READERS: Final[dict[Part, _Reader]] = {
    "answers": _answers, "mentions": _mentions, "authors": _authors, "responses": _responses, "overdue": _overdue,
}  # fmt: skip


def _by_time(conn: Connection, query: Select[Any], at: Any, id: Any, cursor: str | None) -> tuple[list[Any], str | None]:
    """A page of a query, the newest first, by its indexed moment and then its id."""
    if cursor:
        moment, last = decode_cursor(cursor, 2)
        query = query.where(tuple_(at, id) < (_moment(moment), str(last)))
    found = conn.execute(query.order_by(at.desc(), id.desc()).limit(DEFAULT_LIMIT + 1)).all()
    rows = list(found[:DEFAULT_LIMIT])
    if len(found) <= DEFAULT_LIMIT:
        return rows, None
    return rows, encode_cursor([getattr(rows[-1], at.name).isoformat(), rows[-1].id])


def _moment(text: Any) -> datetime:
    try:
        return datetime.fromisoformat(str(text)).astimezone(UTC)
    except ValueError:
        raise Invalid(
            "This cursor is not one we gave: start again without it.", errors=[{"loc": ["query", "cursor"], "msg": "unknown cursor"}]
        ) from None


def _row(
    at: datetime, row: Any, good: bool, word: str, why: str, *, by: str, case: str, seconds: float | None = None, target: int | None = None
) -> EvidenceRow:
    return EvidenceRow(
        at, row.author_handle, row.network, network(row.network).mark, CaseId(case), "", good, word, why, by, seconds, target
    )


def _fired(row: Any) -> str:
    names = [str(line["rule"]) for line in row.trace if line.get("matched")]
    return f"rules v{row.version}: {', '.join(names) or 'none matched'}" if row.version else "rules v0"


def _unknown(name: str, allowed: tuple[str, ...]) -> Invalid:
    words = f"must be one of {', '.join(allowed)}"
    return Invalid(f"{name} {words}.", errors=[{"loc": ["query", name], "msg": words}])
