"""``earshot migrate``: the schema, and in an empty database the default rules and policies."""

import typer

from app.actions.open_workspace import open_workspace
from app.cli.desk import database_errors, ports_of, read_settings
from app.engine.schema import is_current
from app.engine.schema import migrate as bring_up

commands = typer.Typer(add_completion=False)


@commands.command()
def migrate() -> None:
    """Bring the database to the current schema; a second time nothing happens."""
    settings = read_settings()
    ports = ports_of(settings)
    try:
        with database_errors(settings):
            was_current = is_current(ports.db)
            bring_up(ports.db)
            open_workspace(ports)
    finally:
        ports.db.close()
    print("The database was at the current schema." if was_current else "The database is at the current schema now.")
