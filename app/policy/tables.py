"""Tables of policy: policy_version, tick, approval, acknowledgement."""

from datetime import datetime
from typing import Any, Final

from sqlalchemy import Boolean, Column, Index, Integer, String, Text
from sqlmodel import Field, SQLModel

from app.engine.columns import Json, UtcDateTime, one_of, table_of
from app.engine.inserts import partial_index
from app.policy.model import APPROVAL_ROLES, APPROVAL_STATES


class PolicyVersionRow(SQLModel, table=True):
    """One version of a policy, never changed but for ``active``; at most one version of a policy is active."""

    __tablename__ = "policy_version"
    __table_args__ = (partial_index("uq_policy_version_active", "policy", where="active", unique=True),)
    policy: str = Field(sa_column=Column(String(40), primary_key=True))
    version: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    hash: str = Field(sa_column=Column(String(64), nullable=False))
    title: str = Field(sa_column=Column(String(120), nullable=False))
    body: str = Field(sa_column=Column(Text, nullable=False))
    items: list[Any] = Field(sa_column=Column(Json, nullable=False))
    approval: str | None = Field(default=None, sa_column=Column(String(12)))
    checks: dict[str, Any] = Field(sa_column=Column(Json, nullable=False))
    applies: list[Any] = Field(sa_column=Column(Json, nullable=False))
    activated_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    by_name: str = Field(sa_column=Column(String(120), nullable=False))
    active: bool = Field(sa_column=Column(Boolean, nullable=False))


class TickRow(SQLModel, table=True):
    """One checklist item ticked on one case."""

    __tablename__ = "tick"
    case_id: str = Field(sa_column=Column(String(20), primary_key=True))
    item_id: str = Field(sa_column=Column(String(40), primary_key=True))
    policy: str = Field(sa_column=Column(String(40), nullable=False))
    version: int = Field(sa_column=Column(Integer, nullable=False))
    ticked_by: str = Field(sa_column=Column(String(20), nullable=False))
    ticked_by_name: str = Field(sa_column=Column(String(120), nullable=False))
    ticked_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


class ApprovalRow(SQLModel, table=True):
    """One request for approval. A reply has at most one open request, so that two people cannot decide two of them."""

    __tablename__ = "approval"
    __table_args__ = (
        one_of("role", APPROVAL_ROLES),
        one_of("state", APPROVAL_STATES),
        partial_index("uq_approval_open_reply", "reply_id", where="state = 'asked'", unique=True),
        partial_index("ix_approval_open", "role", "id", where="state = 'asked'"),
        Index("ix_approval_reply_id", "reply_id"),
        Index("ix_approval_case_id", "case_id"),
    )
    id: str = Field(sa_column=Column(String(20), primary_key=True))
    reply_id: str = Field(sa_column=Column(String(20), nullable=False))
    case_id: str = Field(sa_column=Column(String(20), nullable=False))
    role: str = Field(sa_column=Column(String(12), nullable=False))
    asked_by: str = Field(sa_column=Column(String(20), nullable=False))
    asked_by_name: str = Field(sa_column=Column(String(120), nullable=False))
    asked_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    state: str = Field(sa_column=Column(String(10), nullable=False))
    decided_by: str | None = Field(default=None, sa_column=Column(String(20)))
    decided_by_name: str = Field(default="", sa_column=Column(String(120), nullable=False))
    decided_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    reason: str = Field(default="", sa_column=Column(Text, nullable=False))
    text_before: str = Field(sa_column=Column(Text, nullable=False))
    text_after: str | None = Field(default=None, sa_column=Column(Text))


class AcknowledgementRow(SQLModel, table=True):
    """One person who said they read one version of a policy."""

    __tablename__ = "acknowledgement"
    person_id: str = Field(sa_column=Column(String(20), primary_key=True))
    policy: str = Field(sa_column=Column(String(40), primary_key=True))
    version: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


POLICY_VERSION: Final = table_of(PolicyVersionRow)
TICK: Final = table_of(TickRow)
APPROVAL: Final = table_of(ApprovalRow)
ACKNOWLEDGEMENT: Final = table_of(AcknowledgementRow)
