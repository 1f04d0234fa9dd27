"""The table of commands. A group's module is imported only when one of its commands is called, so that help comes at once."""

import importlib
import sys
from typing import Any, Final

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command as command_of

from app.core.errors import DeskError, Invalid, NotFound, TooLarge

BAD_INPUT: Final = 2
FAILURE: Final = 1

# Name: (module with ``commands`` in it, what the help says). A module with one command of that name is the command itself.
COMMANDS: Final[dict[str, tuple[str, str]]] = {
    "serve": ("app.cli.serve", "Run the whole desk in one process."),
    "web": ("app.cli.web", "Run a web process: pages and API."),
    "worker": ("app.cli.worker", "Run a worker process: intake, deadlines, delivery."),
    "migrate": ("app.cli.migrate", "Bring the database to the current schema."),
    "user": ("app.cli.user", "Add, list and disable people."),
    "token": ("app.cli.token", "Make bearer tokens for programs."),
    "import": ("app.cli.import_files", "Take mentions and customers in from files."),
    "replay": ("app.cli.replay", "Send a recorded stream to a running desk at its own pace."),
    "rules": ("app.cli.rules", "Check, apply, export and try routing rules."),
    "audit": ("app.cli.audit", "Verify and export the ledger."),
    "customer": ("app.cli.customer", "Export and erase what is kept of a customer."),
    "bench": ("app.cli.bench", "Run the benchmark suite."),
}


class LazyGroup(TyperGroup):
    """Lists every command from the table, and loads the one that is called."""

    def list_commands(self, ctx: Any) -> list[str]:
        """The commands in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """What the list of commands needs to know of one; calling goes through ``resolve_command``."""
        known = COMMANDS.get(cmd_name)
        return None if known is None else TyperCommand(cmd_name, help=known[1])

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The real command behind the first word, loaded now."""
        self.commands.update({name: TyperCommand(name) for name in COMMANDS})  # what a misspelt word is compared with
        name, found, rest = super().resolve_command(ctx, args)
        if name is not None and found is not None:
            module = importlib.import_module(COMMANDS[name][0])
            found = command_of(module.commands)
            found.name = name
        return name, found, rest

    def invoke(self, ctx: Any) -> Any:
        """Run the command; what the desk refuses becomes one sentence on stderr and an exit code, never a traceback."""
        try:
            return super().invoke(ctx)
        except DeskError as error:
            say(error.detail)
            raise typer.Exit(BAD_INPUT if isinstance(error, Invalid | NotFound | TooLarge) else FAILURE) from None
        except BrokenPipeError:
            raise
        except OSError as error:
            place = f"{error.filename}: " if error.filename else ""
            say(f"{place}{error.strerror or error}.")
            raise typer.Exit(FAILURE) from None


app = typer.Typer(
    name="earshot", cls=LazyGroup, help="Earshot, a real-time social engagement desk.", no_args_is_help=True, add_completion=False,
    pretty_exceptions_enable=False, context_settings={"help_option_names": ["-h", "--help"]},
)  # fmt: skip


@app.callback()
def _everything() -> None:
    """Earshot, a real-time social engagement desk."""


def say(sentence: str) -> None:
    """Tell the person at the terminal; stdout stays free for what the command was asked for."""
    print(sentence, file=sys.stderr)


def main() -> None:
    """The entry point of ``earshot``."""
    app(prog_name="earshot")
