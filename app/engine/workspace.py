"""The workspace's own small values by name: whether the demo was loaded, the chosen calendar zone, and the like."""

from typing import Any, Final

from sqlalchemy import Column, Connection, String, select
from sqlmodel import Field, SQLModel

from app.engine.columns import Json, table_of
from app.engine.database import Transaction
from app.engine.inserts import insert_for


class WorkspaceRow(SQLModel, table=True):
    """One value of the workspace."""

    __tablename__ = "workspace"
    name: str = Field(sa_column=Column(String(60), primary_key=True))
    value: dict[str, Any] = Field(sa_column=Column(Json, nullable=False))


WORKSPACE: Final = table_of(WorkspaceRow)


def get(conn: Connection, name: str) -> dict[str, Any] | None:
    """The value of that name, None when it was never set."""
    value: dict[str, Any] | None = conn.execute(select(WORKSPACE.c.value).where(WORKSPACE.c.name == name)).scalar()
    return value


def put(tx: Transaction, name: str, value: dict[str, Any]) -> None:
    """Set or replace a value."""
    statement = insert_for(tx.conn, WORKSPACE).values(name=name, value=value)
    tx.conn.execute(statement.on_conflict_do_update(index_elements=["name"], set_={"value": value}))
