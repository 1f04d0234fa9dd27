"""The schema: brought to the newest step, and told apart from one that is not there yet."""

from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import text

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
