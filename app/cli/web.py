"""``earshot web``: the pages and the API, without the jobs."""

import typer

from app.cli.desk import database_errors, read_settings
from app.main import web as run

commands = typer.Typer(add_completion=False)


@commands.command()
def web(
    host: str = typer.Option("127.0.0.1", help="Address to listen on; 0.0.0.0 for every one."),
    port: int | None = typer.Option(None, help="Port to listen on; PORT, else 8000, when left out."),
) -> None:
    """Run a web process; any number of them may run on one PostgreSQL database."""
    settings = read_settings(port=port)
    with database_errors(settings):
        run(settings, host, settings.port)
