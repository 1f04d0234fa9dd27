"""Tables of cases: case, note, draft, reply."""

from datetime import datetime
from typing import Any, Final

from sqlalchemy import Boolean, Column, Float, Index, Integer, String, Text, and_, literal_column, text
from sqlmodel import Field, SQLModel

from app.cases.model import DISPOSITIONS, REPLY_STATES, STATES
from app.engine.columns import Json, UtcDateTime, one_of, table_of
from app.engine.inserts import partial_index


class CaseRow(SQLModel, table=True):
    """One case. Each order of the inbox has an index that begins with the state, so that closed cases cost nothing."""

    __tablename__ = "case"
    __table_args__ = (
        one_of("state", STATES),
        one_of("disposition", DISPOSITIONS),
        Index("ix_case_state_rank", "state", "rank_at", "id"),
        Index("ix_case_state_queue_rank", "state", "queue", "rank_at", "id"),
        Index("ix_case_state_opened", "state", "opened_at", "id"),
        Index("ix_case_identity", "identity_id", "last_mention_at"),
        Index("ix_case_customer", "customer_id", "last_mention_at"),
        Index("ix_case_thread", "network", "instance", "thread_key"),
        Index("ix_case_handle", "author_handle"),
        # Of a new case none of these three but the first: it is late in time, and held by someone later.
        # The language stands in it so that who speaks what is told from the index alone.
        partial_index("ix_case_free", "queue", "rank_at", "id", "language", where="state = 'open' AND assignee_id IS NULL"),
        partial_index("ix_case_late", "state", "due_state", "rank_at", "id", where="due_state IN ('warned', 'breached')"),
        partial_index("ix_case_assignee", "assignee_id", "state", "rank_at", "id", where="assignee_id IS NOT NULL"),
        partial_index("ix_case_due", "state", "due_at", "id", where="due_at IS NOT NULL"),
        # A case may be closed while its hold stands: what is done is none of legal's work any more, and there is ever more of it.
        partial_index("ix_case_held", "rank_at", "id", where="hold AND state != 'done'"),
        partial_index("ix_case_waiting", "state", "waiting_since", "id", where="waiting_since IS NOT NULL"),
    )
    id: str = Field(sa_column=Column(String(20), primary_key=True))
    version: int = Field(sa_column=Column(Integer, nullable=False))
    state: str = Field(sa_column=Column(String(8), nullable=False))
    disposition: str | None = Field(default=None, sa_column=Column(String(24)))
    hold: bool = Field(sa_column=Column(Boolean, nullable=False))
    network: str = Field(sa_column=Column(String(40), nullable=False))
    instance: str = Field(sa_column=Column(String(120), nullable=False))
    account: str = Field(sa_column=Column(String(120), nullable=False))
    thread_key: str = Field(sa_column=Column(String(500), nullable=False))
    visibility: str = Field(sa_column=Column(String(10), nullable=False))
    identity_id: str = Field(sa_column=Column(String(20), nullable=False))
    customer_id: str = Field(sa_column=Column(String(20), nullable=False))
    author_handle: str = Field(sa_column=Column(String(200), nullable=False))
    author_name: str = Field(sa_column=Column(String(200), nullable=False))
    reach: int | None = Field(default=None, sa_column=Column(Integer))
    verified: bool = Field(sa_column=Column(Boolean, nullable=False))
    customer_name: str | None = Field(default=None, sa_column=Column(String(200)))
    tier: str | None = Field(default=None, sa_column=Column(String(20)))
    value: float | None = Field(default=None, sa_column=Column(Float))
    queue: str = Field(sa_column=Column(String(40), nullable=False))
    assignee_id: str | None = Field(default=None, sa_column=Column(String(20)))
    assignee_name: str | None = Field(default=None, sa_column=Column(String(120)))
    claim_until: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    language: str = Field(sa_column=Column(String(8), nullable=False))
    excerpt: str = Field(sa_column=Column(String(300), nullable=False))
    intent: str = Field(sa_column=Column(String(12), nullable=False))
    sentiment: float | None = Field(default=None, sa_column=Column(Float))
    sentiment_label: str = Field(sa_column=Column(String(20), nullable=False))
    urgency: float = Field(sa_column=Column(Float, nullable=False))
    risk: list[Any] = Field(sa_column=Column(Json, nullable=False))
    wants_answer: bool = Field(sa_column=Column(Boolean, nullable=False))
    signals: dict[str, Any] = Field(sa_column=Column(Json, nullable=False))
    tags: list[Any] = Field(sa_column=Column(Json, nullable=False))
    score: int = Field(sa_column=Column(Integer, nullable=False))
    band: str = Field(sa_column=Column(String(8), nullable=False))
    terms: list[Any] = Field(sa_column=Column(Json, nullable=False))
    floor: int | None = Field(default=None, sa_column=Column(Integer))
    override_score: int | None = Field(default=None, sa_column=Column(Integer))
    override_by: str | None = Field(default=None, sa_column=Column(String(120)))
    override_reason: str | None = Field(default=None, sa_column=Column(String(200)))
    override_until: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    rank_at: float = Field(sa_column=Column(Float, nullable=False))
    policy: str = Field(sa_column=Column(String(60), nullable=False))
    approval_role: str | None = Field(default=None, sa_column=Column(String(12)))
    cluster_id: str | None = Field(default=None, sa_column=Column(String(20)))
    cluster_size: int = Field(sa_column=Column(Integer, nullable=False))
    mention_count: int = Field(sa_column=Column(Integer, nullable=False))
    reply_count: int = Field(sa_column=Column(Integer, nullable=False))
    last_mention_id: str = Field(sa_column=Column(String(20), nullable=False))
    rules_version: int = Field(sa_column=Column(Integer, nullable=False))
    opened_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    updated_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    last_mention_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    waiting_since: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    last_reply_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    due_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    due_metric: str | None = Field(default=None, sa_column=Column(String(24)))
    due_state: str | None = Field(default=None, sa_column=Column(String(10)))
    snoozed_until: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    closed_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    reply_trouble: str | None = Field(default=None, sa_column=Column(String(8)))
    waiting_on: str | None = Field(default=None, sa_column=Column(String(12)))
    rule_term: int | None = Field(default=None, sa_column=Column(Integer))
    state_since: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))


class NoteRow(SQLModel, table=True):
    """One internal note."""

    __tablename__ = "note"
    __table_args__ = (Index("ix_note_case_id", "case_id", "at"),)
    id: str = Field(sa_column=Column(String(20), primary_key=True))
    case_id: str = Field(sa_column=Column(String(20), nullable=False))
    by_id: str = Field(sa_column=Column(String(40), nullable=False))
    by_name: str = Field(sa_column=Column(String(120), nullable=False))
    text: str = Field(sa_column=Column(Text, nullable=False))
    at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


class DraftRow(SQLModel, table=True):
    """What one person is writing on one case."""

    __tablename__ = "draft"
    case_id: str = Field(sa_column=Column(String(20), primary_key=True))
    person_id: str = Field(sa_column=Column(String(20), primary_key=True))
    text: str = Field(sa_column=Column(Text, nullable=False))
    visibility: str = Field(sa_column=Column(String(10), nullable=False))
    version: int = Field(sa_column=Column(Integer, nullable=False))
    updated_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


class SkipRow(SQLModel, table=True):
    """A case that a person passed on: it is not offered to them until then. Their words stand here and in the event."""

    __tablename__ = "skip"
    __table_args__ = (Index("ix_skip_person_id", "person_id", "until"),)
    case_id: str = Field(sa_column=Column(String(20), primary_key=True))
    person_id: str = Field(sa_column=Column(String(20), primary_key=True))
    at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    until: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    reason: str = Field(sa_column=Column(String(200), nullable=False))


class ReplyRow(SQLModel, table=True):
    """One reply: the outbox row from the moment it is submitted until long after it went out."""

    __tablename__ = "reply"
    __table_args__ = (
        one_of("state", REPLY_STATES),
        Index("ix_reply_case_id", "case_id", "created_at"),
        partial_index(
            "uq_reply_outgoing", "case_id", unique=True, where="state IN ('pending_approval', 'queued', 'sending', 'unknown', 'by_hand')"
        ),
        partial_index("ix_reply_queued", "send_after", where="state = 'queued'"),
        partial_index("ix_reply_sending", "sending_at", where="state = 'sending'"),
        partial_index("ix_reply_check", "check_at", where="check_at IS NOT NULL"),
        partial_index("uq_reply_idempotency", "by_id", "idempotency_key", unique=True, where="idempotency_key IS NOT NULL"),
    )
    id: str = Field(sa_column=Column(String(20), primary_key=True))
    case_id: str = Field(sa_column=Column(String(20), nullable=False))
    mention_id: str = Field(sa_column=Column(String(20), nullable=False))
    text: str = Field(sa_column=Column(Text, nullable=False))
    visibility: str = Field(sa_column=Column(String(10), nullable=False))
    state: str = Field(sa_column=Column(String(18), nullable=False))
    by_id: str = Field(sa_column=Column(String(20), nullable=False))
    by_name: str = Field(sa_column=Column(String(120), nullable=False))
    created_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    send_after: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    queued_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    sending_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    sent_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    attempt: int = Field(sa_column=Column(Integer, nullable=False))
    fence: int = Field(sa_column=Column(Integer, nullable=False))
    publisher: str = Field(sa_column=Column(String(12), nullable=False))
    external_id: str | None = Field(default=None, sa_column=Column(String(500)))
    url: str | None = Field(default=None, sa_column=Column(Text))
    error: str | None = Field(default=None, sa_column=Column(Text))
    policy: str = Field(sa_column=Column(String(60), nullable=False))
    policy_version: int = Field(sa_column=Column(Integer, nullable=False))
    ticks: list[Any] = Field(sa_column=Column(Json, nullable=False))
    response_seconds: float | None = Field(default=None, sa_column=Column(Float))
    idempotency_key: str | None = Field(default=None, sa_column=Column(String(100)))
    approved_by: str | None = Field(default=None, sa_column=Column(String(120)))
    check_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    tries: int = Field(default=0, sa_column=Column(Integer, nullable=False, server_default="0"))


CASE: Final = table_of(CaseRow)
# Conditions in the very words of the partial indexes: with parameters in the place of words neither database could tell that they serve,
# nor by SQLAlchemy's "hold = 1".
FREE: Final = and_(CASE.c.state == literal_column("'open'"), CASE.c.assignee_id.is_(None))
LATE: Final = CASE.c.due_state.in_((literal_column("'warned'"), literal_column("'breached'")))
HELD: Final = and_(text('"case".hold'), CASE.c.state != literal_column("'done'"))
NOTE: Final = table_of(NoteRow)
DRAFT: Final = table_of(DraftRow)
SKIP: Final = table_of(SkipRow)
REPLY: Final = table_of(ReplyRow)
