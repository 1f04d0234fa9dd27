"""``earshot worker``: intake, deadlines and delivery, without pages."""

import typer

from app import main
from app.cli.desk import database_errors, read_settings

commands = typer.Typer(add_completion=False)


@commands.command()
def worker() -> None:
    """Run a worker process; duties that only one may do are leased among them."""
    settings = read_settings()
    with database_errors(settings):
        main.worker(settings)
