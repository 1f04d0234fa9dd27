"""The clock table: one row per case, metric and cycle."""

from datetime import datetime
from typing import Any, Final

from sqlalchemy import CheckConstraint, Column, Float, Index, Integer, String, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from app.engine.columns import Json, UtcDateTime, one_of, table_of
from app.sla.model import CLOCK_STATES, METRICS

_LASTING: Final = text("stopped_at IS NULL")
_STOPPED: Final = text("stopped_at IS NOT NULL")


class ClockRow(SQLModel, table=True):
    """One clock. ``intervals`` is the truth; the dates and ``elapsed_seconds`` are worked out from it at each move."""

    __tablename__ = "clock"
    __table_args__ = (
        UniqueConstraint("case_id", "metric", "cycle"),
        one_of("metric", METRICS),
        one_of("state", CLOCK_STATES),
        CheckConstraint("cycle >= 1", name="cycle_from_one"),
        CheckConstraint("target_seconds > 0", name="target_positive"),
        CheckConstraint("warn_fraction > 0 AND warn_fraction <= 1", name="warn_share"),
        CheckConstraint("(state = 'breached') = (breached_at IS NOT NULL)", name="breach_dated"),
        CheckConstraint("state <> 'met' OR stopped_at IS NOT NULL", name="met_stopped"),
        CheckConstraint("state NOT IN ('running', 'paused') OR stopped_at IS NULL", name="lasting_not_stopped"),
        CheckConstraint("state <> 'running' OR due_at IS NOT NULL", name="running_due"),
        Index("ix_clock_lasting_case", "case_id", sqlite_where=_LASTING, postgresql_where=_LASTING),
        Index("ix_clock_stopped_at", "metric", "stopped_at", sqlite_where=_STOPPED, postgresql_where=_STOPPED),
        Index(
            "ix_clock_breached_at",
            "metric",
            "breached_at",
            sqlite_where=text("state = 'breached'"),
            postgresql_where=text("state = 'breached'"),
        ),
    )
    id: str = Field(sa_column=Column(String(20), primary_key=True))
    case_id: str = Field(sa_column=Column(String(20), nullable=False))
    metric: str = Field(sa_column=Column(String(30), nullable=False))
    cycle: int = Field(sa_column=Column(Integer, nullable=False))
    target_id: str = Field(sa_column=Column(String(90), nullable=False))
    target_seconds: int = Field(sa_column=Column(Integer, nullable=False))
    warn_fraction: float = Field(sa_column=Column(Float, nullable=False))
    calendar: str = Field(sa_column=Column(String(60), nullable=False))
    started_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    due_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    warn_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    state: str = Field(sa_column=Column(String(10), nullable=False))
    stopped_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    stopped_why: str = Field(default="", sa_column=Column(String(60), nullable=False))
    breached_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    warned_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    elapsed_seconds: float = Field(sa_column=Column(Float, nullable=False))
    intervals: list[Any] = Field(sa_column=Column(Json, nullable=False))
    levels_version: str = Field(sa_column=Column(String(20), nullable=False))
    matter_id: str | None = Field(default=None, sa_column=Column(String(20)))


CLOCK: Final = table_of(ClockRow)
