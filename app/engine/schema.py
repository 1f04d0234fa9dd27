"""Bring the database to the current schema, and tell whether it is there.

Alembic is read only where there is a step to take: a process that starts on a current database asks for one word and reads none of it.
"""

import re
from functools import lru_cache
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, inspect, text

from app.engine.database import Database

_SCRIPTS: Final = Path(__file__).resolve().parent.parent / "migrations"
_STEP: Final = re.compile(r'^(revision|down_revision)\b[^=]*= "(\w+)"$', re.MULTILINE)
_STANDS: Final = text("SELECT version_num FROM alembic_version")


def migrate(db: Database) -> None:
    """Run every migration that has not run yet, in one transaction; a second run does nothing."""
    if is_current(db):
        return
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS))
    config.set_main_option("path_separator", "os")
    with db.write() as tx:
        config.attributes["connection"] = tx.conn
        command.upgrade(config, "head")


def is_current(db: Database) -> bool:
    """Whether the database stands at the newest migration of this code."""
    with db.read() as conn:
        return _stands_at(conn) == newest()


def is_empty(db: Database) -> bool:
    """Whether no migration ever ran on the database."""
    with db.read() as conn:
        return _stands_at(conn) is None


@lru_cache(maxsize=1)
def newest() -> str:
    """The newest step by the steps' own files: the one that no other follows. RuntimeError when there are two, or none."""
    found: list[dict[str, str]] = [dict(_STEP.findall(path.read_text(encoding="utf-8"))) for path in (_SCRIPTS / "versions").glob("*.py")]
    heads = {step["revision"] for step in found if "revision" in step} - {step.get("down_revision") for step in found}
    if len(heads) != 1:
        raise RuntimeError(f"the migrations have {len(heads)} newest steps: {', '.join(sorted(heads))}")
    return heads.pop()


def _stands_at(conn: Connection) -> str | None:
    """The step the database stands at, None where there is no schema yet."""
    if not inspect(conn).has_table("alembic_version"):
        return None
    stands: str | None = conn.execute(_STANDS).scalar()
    return stands
