"""Table of shifts: one plan a person."""

from typing import Any, Final

from sqlalchemy import Column, ForeignKey, String
from sqlmodel import Field, SQLModel

from app.engine.columns import Json, table_of


class ShiftPlanRow(SQLModel, table=True):
    """The week of one person, in minutes of the wall clock of their zone. Who has no row is always on shift."""

    __tablename__ = "shift_plan"
    person_id: str = Field(sa_column=Column(String(20), ForeignKey("person.id"), primary_key=True))
    zone: str = Field(sa_column=Column(String(64), nullable=False))
    week: list[Any] = Field(sa_column=Column(Json, nullable=False))


SHIFT_PLAN: Final = table_of(ShiftPlanRow)
