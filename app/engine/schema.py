"""Bring the database to the current schema, and tell whether it is there."""

from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from app.engine.database import Database

_SCRIPTS: Final = Path(__file__).resolve().parent.parent / "migrations"


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS))
    config.set_main_option("path_separator", "os")
    return config


def migrate(db: Database) -> None:
    """Run every migration that has not run yet, in one transaction; a second run does nothing."""
    config = _config()
    with db.write() as tx:
        config.attributes["connection"] = tx.conn
        command.upgrade(config, "head")


def is_current(db: Database) -> bool:
    """Whether the database stands at the newest migration of this code."""
    newest = ScriptDirectory.from_config(_config()).get_current_head()
    with db.read() as conn:
        return MigrationContext.configure(conn).get_current_revision() == newest
