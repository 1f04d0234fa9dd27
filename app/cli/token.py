"""``earshot token …``: bearer tokens for programs."""

import typer

from app.actions.create_token import create_token
from app.cli.app import say
from app.cli.desk import OPERATOR, opened
from app.core.roles import SCOPES

commands = typer.Typer(add_completion=False, help="Make bearer tokens for programs.", no_args_is_help=True)


@commands.callback()
def _group() -> None:
    """Make bearer tokens for programs."""


@commands.command("create")
def create(
    name: str = typer.Argument(help="Which program uses it."),
    scope: str = typer.Option(..., help=" | ".join(SCOPES)),
    email: str | None = typer.Option(None, "--as", help="Act as this person, by e-mail; needed to work on cases."),
) -> None:
    """Make a token and print it, alone on stdout. It is shown only now."""
    with opened(writes=True) as ports:
        created = create_token(ports, OPERATOR, name=name, scope=scope, email=email)
    say("The token is shown only now; the desk keeps its hash.")
    print(created.secret)
