"""``earshot serve``: everything in one process."""

import typer

from app.cli.desk import database_errors, read_settings
from app.main import serve as run

commands = typer.Typer(add_completion=False)


@commands.command()
def serve(
    host: str = typer.Option("127.0.0.1", help="Address to listen on; 0.0.0.0 for every one."),
    port: int | None = typer.Option(None, help="Port to listen on; PORT, else 8000, when left out."),
    demo: bool = typer.Option(False, "--demo", help="Load the demo into an empty database and let its stream run."),
) -> None:
    """Run the whole desk in one process: pages, API, intake, deadlines, delivery."""
    settings = read_settings(port=port)
    with database_errors(settings):
        run(settings, host, settings.port, demo)
