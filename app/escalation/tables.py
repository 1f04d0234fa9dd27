"""Tables of escalation: matter, and notice, which is what somebody was told and has read or not."""

from datetime import datetime
from typing import Any, Final

from sqlalchemy import Column, Index, Integer, String, Text
from sqlmodel import Field, SQLModel

from app.engine.columns import Json, UtcDateTime, one_of, table_of
from app.engine.inserts import partial_index
from app.escalation.model import DECISIONS, KINDS, STATES


class MatterRow(SQLModel, table=True):
    """One matter. A case has at most one unclosed matter of each kind, so that a rule that fires again opens no second."""

    __tablename__ = "matter"
    __table_args__ = (
        one_of("kind", KINDS),
        one_of("state", STATES),
        one_of("decision", DECISIONS),
        partial_index("uq_matter_open_kind", "case_id", "kind", where="state <> 'closed'", unique=True),
        partial_index("ix_matter_open", "id", where="state <> 'closed'"),
        Index("ix_matter_case_id", "case_id"),
    )
    id: str = Field(sa_column=Column(String(20), primary_key=True))
    case_id: str = Field(sa_column=Column(String(20), nullable=False))
    kind: str = Field(sa_column=Column(String(12), nullable=False))
    tier: int = Field(sa_column=Column(Integer, nullable=False))
    state: str = Field(sa_column=Column(String(14), nullable=False))
    risk: list[Any] = Field(sa_column=Column(Json, nullable=False))
    words: list[Any] = Field(sa_column=Column(Json, nullable=False))
    opened_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    opened_by_kind: str = Field(sa_column=Column(String(10), nullable=False))
    opened_by_name: str = Field(sa_column=Column(String(120), nullable=False))
    opened_by_rule: str = Field(default="", sa_column=Column(String(120), nullable=False))
    reason: str = Field(sa_column=Column(Text, nullable=False))
    frozen: dict[str, Any] = Field(sa_column=Column(Json, nullable=False))
    frozen_hash: str = Field(sa_column=Column(String(64), nullable=False))
    ack_due_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    acknowledged_by: str | None = Field(default=None, sa_column=Column(String(20)))
    acknowledged_by_name: str = Field(default="", sa_column=Column(String(120), nullable=False))
    acknowledged_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    decided_by: str | None = Field(default=None, sa_column=Column(String(20)))
    decided_by_name: str = Field(default="", sa_column=Column(String(120), nullable=False))
    decided_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    decision: str | None = Field(default=None, sa_column=Column(String(20)))
    decision_reason: str = Field(default="", sa_column=Column(Text, nullable=False))
    closed_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))


class NoticeRow(SQLModel, table=True):
    """One notice to one person about one case. Told again before it is read, it is one notice still."""

    __tablename__ = "notice"
    __table_args__ = (
        partial_index("uq_notice_unread", "person_id", "case_id", "about", where="read_at IS NULL", unique=True),
        partial_index("ix_notice_shown", "person_id", "show_at", where="read_at IS NULL"),
        Index("ix_notice_case_id", "case_id"),
    )
    id: str = Field(sa_column=Column(String(20), primary_key=True))
    person_id: str = Field(sa_column=Column(String(20), nullable=False))
    case_id: str = Field(sa_column=Column(String(20), nullable=False))
    about: str = Field(sa_column=Column(String(80), nullable=False))
    rules: str = Field(sa_column=Column(String(200), nullable=False))
    band: str = Field(sa_column=Column(String(10), nullable=False))
    at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    show_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    read_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))


MATTER: Final = table_of(MatterRow)
NOTICE: Final = table_of(NoticeRow)
