"""The tables of routing: every rule text ever published, and every decision with the Facts it was made on."""

from datetime import datetime
from typing import Any

from sqlalchemy import Column, Index, String, Text
from sqlmodel import Field, SQLModel

from app.engine.columns import Json, UtcDateTime


class RuleVersionRow(SQLModel, table=True):
    """One published text, never changed. The highest version is the active one; going back publishes a copy."""

    __tablename__ = "rule_version"
    version: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    text: str = Field(sa_column=Column(Text, nullable=False))
    hash: str = Field(sa_column=Column(String(64), nullable=False))
    reason: str = Field(sa_column=Column(Text, nullable=False))
    copy_of: int | None = Field(default=None)
    by_id: str = Field(sa_column=Column(String(40), nullable=False))
    by_name: str = Field(sa_column=Column(Text, nullable=False))
    at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


class DecisionRow(SQLModel, table=True):
    """One decision. ``facts`` is what the rules saw, so that it can be explained and tried again with other rules."""

    __tablename__ = "decision"
    __table_args__ = (Index("ix_decision_case_id_at", "case_id", "at"), Index("ix_decision_at", "at"))
    id: str = Field(sa_column=Column(String(20), primary_key=True))
    mention_id: str | None = Field(sa_column=Column(String(20), nullable=True))
    case_id: str | None = Field(sa_column=Column(String(20), nullable=True))
    at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    trigger: str = Field(sa_column=Column(String(40), nullable=False))
    version: int = Field(nullable=False)
    facts: dict[str, Any] = Field(sa_column=Column(Json, nullable=False))
    outcome: dict[str, Any] = Field(sa_column=Column(Json, nullable=False))
    trace: list[dict[str, Any]] = Field(sa_column=Column(Json, nullable=False))
