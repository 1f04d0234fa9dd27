"""Alembic's entry: migrates over the connection it is handed, so that a test's or a file's database is the same case."""

from alembic import context
from sqlalchemy import create_engine
from sqlmodel import SQLModel

import app.migrations.tables  # noqa: F401  # fills the metadata

config = context.config


def run(connection: object) -> None:
    """Migrate over this connection, inside the caller's transaction."""
    context.configure(connection=connection, target_metadata=SQLModel.metadata, render_as_batch=False, compare_type=True)  # type: ignore[arg-type]  # alembic wants a Connection
    context.run_migrations()


handed = config.attributes.get("connection")
if handed is not None:
    run(handed)
else:
    with create_engine(config.get_main_option("sqlalchemy.url", "sqlite://")).begin() as made:
        run(made)
