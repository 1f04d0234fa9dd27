"""Alembic's entry: migrates over the connection it is handed, so that a test's or a file's database is the same case."""

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import create_engine
from sqlmodel import SQLModel

import app.migrations.tables  # noqa: F401  # fills the metadata

config = context.config


def _own_types(kind: str, item: Any, _context: AutogenContext) -> str | Literal[False]:
    """How our own column types are written into a step; False leaves the others to alembic."""
    own = kind == "type" and type(item).__module__ == "app.engine.columns"
    return f"columns.{type(item).__name__}()" if own else False


def run(connection: object) -> None:
    """Migrate over this connection, inside the caller's transaction."""
    context.configure(
        connection=connection,  # type: ignore[arg-type]  # alembic hands over what the caller put into the attributes: a Connection
        target_metadata=SQLModel.metadata,
        compare_type=True,
        render_item=_own_types,
    )
    context.run_migrations()


handed = config.attributes.get("connection")
if handed is not None:
    run(handed)
else:
    with create_engine(config.get_main_option("sqlalchemy.url", "sqlite://")).begin() as made:
        run(made)
