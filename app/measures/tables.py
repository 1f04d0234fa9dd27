"""Two tables: answers with their times, and counters in buckets of five minutes."""

from datetime import datetime
from typing import Final

from sqlalchemy import Boolean, CheckConstraint, Column, Float, Index, Integer, String, UniqueConstraint
from sqlmodel import Field, SQLModel

from app.engine.columns import UtcDateTime, table_of


class ResponseRow(SQLModel, table=True):
    """One response clock that a person's answer stopped, met or breached."""

    __tablename__ = "response"
    __table_args__ = (
        UniqueConstraint("reply_id", "metric"),
        Index("ix_response_metric_at", "metric", "at"),
        Index("ix_response_case_id", "case_id"),
        CheckConstraint("wall_seconds >= 0 AND business_seconds >= 0 AND clock_seconds >= 0", name="seconds_not_negative"),
        CheckConstraint("target_seconds > 0", name="target_positive"),
    )
    id: str = Field(sa_column=Column(String(20), primary_key=True))
    at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    case_id: str = Field(sa_column=Column(String(20), nullable=False))
    reply_id: str = Field(sa_column=Column(String(20), nullable=False))
    metric: str = Field(sa_column=Column(String(30), nullable=False))
    queue: str = Field(sa_column=Column(String(60), nullable=False))
    network: str = Field(sa_column=Column(String(40), nullable=False))
    band: str = Field(sa_column=Column(String(10), nullable=False))
    tier: str = Field(sa_column=Column(String(40), nullable=False))
    agent_id: str = Field(sa_column=Column(String(20), nullable=False))
    wall_seconds: float = Field(sa_column=Column(Float, nullable=False))
    business_seconds: float = Field(sa_column=Column(Float, nullable=False))
    clock_seconds: float = Field(sa_column=Column(Float, nullable=False))
    target_seconds: int = Field(sa_column=Column(Integer, nullable=False))
    within: bool = Field(sa_column=Column(Boolean, nullable=False))


class TallyRow(SQLModel, table=True):
    """One counter of one bucket. The name stands first in the key: every question names its tallies and a span of time."""

    __tablename__ = "tally"
    __table_args__ = (CheckConstraint("n >= 0", name="n_not_negative"),)
    name: str = Field(sa_column=Column(String(40), primary_key=True))
    bucket: datetime = Field(sa_column=Column(UtcDateTime, primary_key=True))
    key: str = Field(sa_column=Column(String(80), primary_key=True))
    n: int = Field(sa_column=Column(Integer, nullable=False))


RESPONSE: Final = table_of(ResponseRow)
TALLY: Final = table_of(TallyRow)
