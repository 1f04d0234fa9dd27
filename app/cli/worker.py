"""``earshot worker``: intake, deadlines and delivery, without pages."""

import typer

from app.cli.desk import database_errors, read_settings
from app.main import worker as run

commands = typer.Typer(add_completion=False)


@commands.command()
def worker() -> None:
    """Run a worker process; duties that only one may do are leased among them."""
    settings = read_settings()
    with database_errors(settings):
        run(settings)
