"""``earshot customer …``: what a person may ask for under privacy law."""

import json
import sys
from pathlib import Path

import typer

from app.actions.erase_customer import erase_customer
from app.actions.export_customer import export_customer
from app.cli.app import FAILURE, say
from app.cli.desk import OPERATOR, opened

commands = typer.Typer(add_completion=False, help="Export and erase what is kept of a customer.", no_args_is_help=True)


@commands.command("export")
def export(
    id: str = typer.Argument(metavar="ID", help="The customer's id on the desk."),
    output: Path | None = typer.Option(None, "--output", "-o", help="A file instead of stdout."),
) -> None:
    """Print everything that is kept of a customer as one JSON value."""
    with opened() as ports:
        kept = export_customer(ports, OPERATOR, id)
    text = json.dumps(kept, ensure_ascii=False, indent=2)
    if output is None:
        print(text)
        return
    output.write_text(text + "\n", encoding="utf-8")
    say(f"What is kept of {id} is in {output}.")


@commands.command("erase")
def erase(
    id: str = typer.Argument(metavar="ID", help="The customer's id on the desk."),
    yes: bool = typer.Option(False, "--yes", help="Do not ask."),
) -> None:
    """Erase a customer: fields, accounts and words. Times, decisions and the ledger stay. It cannot be taken back."""
    if not yes and sys.stdin.isatty() and not typer.confirm(f"Erase {id} for ever?", err=True):
        raise typer.Exit(FAILURE)
    with opened(writes=True) as ports:
        done = erase_customer(ports, OPERATOR, id)
    say(f"{done.customer_id} is erased: {done.accounts:,} accounts, {done.mentions:,} mentions, {done.cases:,} cases emptied.")
