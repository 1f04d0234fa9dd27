"""The schema: brought to the newest step, and told apart from one that is not there yet."""

from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlmodel import SQLModel

from app import main
from app.engine import schema
from app.engine.ports import Ports


def test_the_newest_step_is_the_one_that_alembic_finds() -> None:
    config = Config()
    config.set_main_option("script_location", str(schema._SCRIPTS))
    config.set_main_option("path_separator", "os")
    assert ScriptDirectory.from_config(config).get_current_head() == schema.newest()


def test_a_migrated_database_is_current_and_one_a_step_behind_is_not(ports: Ports) -> None:
    assert schema.is_current(ports.db)
    schema.migrate(ports.db)
    with ports.db.write() as tx:
        tx.conn.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    assert not schema.is_current(ports.db)
    with ports.db.write() as tx:
        tx.conn.execute(text("DROP TABLE alembic_version"))
    assert not schema.is_current(ports.db)


def test_the_steps_make_what_the_code_declares(ports: Ports) -> None:
    assert main.serve, "the composition root brings every table in"
    with ports.db.write() as tx:
        context = MigrationContext.configure(tx.conn, opts={"compare_type": True})
        assert compare_metadata(context, SQLModel.metadata) == []
