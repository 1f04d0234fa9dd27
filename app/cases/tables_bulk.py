"""Tables of acts on many cases at once: the act, and what it did to each case, kept as long as it can be taken back and seen."""

from datetime import datetime
from typing import Any, Final

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, String
from sqlmodel import Field, SQLModel

from app.cases.bulk import OUTCOMES
from app.engine.columns import Json, UtcDateTime, one_of, table_of


class BulkActRow(SQLModel, table=True):
    """One act. ``change`` is empty for one that only changed a person's presence."""

    __tablename__ = "bulk_act"
    __table_args__ = (Index("ix_bulk_act_at", "at"),)
    id: str = Field(sa_column=Column(String(20), primary_key=True))
    change: dict[str, Any] = Field(sa_column=Column(Json, nullable=False))
    by_id: str = Field(sa_column=Column(String(40), nullable=False))
    by_name: str = Field(sa_column=Column(String(120), nullable=False))
    at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    expires_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    person_id: str | None = Field(default=None, sa_column=Column(String(20)))
    person_before: dict[str, Any] = Field(sa_column=Column(Json, nullable=False))
    person_after: dict[str, Any] = Field(sa_column=Column(Json, nullable=False))
    signed_out: int = Field(default=0, sa_column=Column(Integer, nullable=False))
    undone_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    undone_by: str = Field(default="", sa_column=Column(String(120), nullable=False))
    undone_said: str = Field(default="", sa_column=Column(String(300), nullable=False))


class BulkCaseRow(SQLModel, table=True):
    """One case of an act, in the order in which they were ticked."""

    __tablename__ = "bulk_case"
    __table_args__ = (one_of("outcome", OUTCOMES),)
    act_id: str = Field(sa_column=Column(String(20), ForeignKey("bulk_act.id", ondelete="CASCADE"), primary_key=True))
    place: int = Field(sa_column=Column(Integer, primary_key=True))
    case_id: str = Field(sa_column=Column(String(20), nullable=False))
    outcome: str = Field(sa_column=Column(String(8), nullable=False))
    why: str = Field(default="", sa_column=Column(String(300), nullable=False))
    before: dict[str, Any] = Field(sa_column=Column(Json, nullable=False))
    after: dict[str, Any] = Field(sa_column=Column(Json, nullable=False))
    undone: bool | None = Field(default=None, sa_column=Column(Boolean))
    undone_why: str = Field(default="", sa_column=Column(String(300), nullable=False))


BULK_ACT: Final = table_of(BulkActRow)
BULK_CASE: Final = table_of(BulkCaseRow)
