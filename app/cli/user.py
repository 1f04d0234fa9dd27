"""``earshot user …``: the people of the desk."""

import secrets
import sys
from typing import Final

import typer

from app.actions.add_person import add_person
from app.actions.disable_person import disable_person
from app.actions.enable_person import enable_person
from app.cli.app import say
from app.cli.desk import OPERATOR, opened
from app.core.errors import Invalid
from app.core.roles import ROLES
from app.people import store as people

commands = typer.Typer(add_completion=False, help="Add, list, disable and enable people.", no_args_is_help=True)

_MADE_BYTES: Final = 15  # 120 random bits, 20 characters


@commands.command("add")
def add(
    email: str = typer.Argument(help="What they sign in with."),
    role: str = typer.Option(..., help=" | ".join(ROLES)),
    name: str = typer.Option(..., help="As colleagues see it."),
    password_stdin: bool = typer.Option(False, "--password-stdin", help="Read the password from stdin instead of making one."),
    languages: str = typer.Option("", help="Languages they answer in, such as en,es. None: every language."),
    skills: str = typer.Option("", help="Skills, such as refunds,legal."),
    queues: str = typer.Option("", help="Queues they work. None: every queue."),
    capacity: int = typer.Option(8, help="How many cases they hold at once."),
) -> None:
    """Add a person. Without --password-stdin a password is made and printed once."""
    password = _password_from_stdin() if password_stdin else secrets.token_urlsafe(_MADE_BYTES)
    with opened(writes=True) as ports:
        person = add_person(
            ports, OPERATOR, email=email, name=name, role=role, password=password, languages=_words(languages), skills=_words(skills),
            queues=_words(queues) or None, capacity=capacity,
        )  # fmt: skip
    say(f"{person.name} ({person.email}) was added as {person.role}.")
    if not password_stdin:
        say("The password is shown only now:")
        print(password)


@commands.command("list")
def show() -> None:
    """Everyone, by name: e-mail, role, presence, name."""
    with opened() as ports, ports.db.read() as conn:
        everyone = people.everyone(conn)
    if not everyone:
        say("Nobody yet: add the first with `earshot user add EMAIL --role admin --name NAME`.")
    width = max((len(p.email) for p in everyone), default=0)
    for person in everyone:
        state = "disabled" if person.disabled else person.presence
        print(f"{person.email:<{width}}  {person.role:<10}  {state:<9}  {person.name}")


@commands.command("disable")
def disable(email: str = typer.Argument(help="Whom to shut out.")) -> None:
    """End every session of a person and let them sign in no more. What they did stays in the record."""
    with opened(writes=True) as ports:
        person = disable_person(ports, OPERATOR, email)
    say(f"{person.name} ({person.email}) is disabled: every session has ended.")


@commands.command("enable")
def enable(email: str = typer.Argument(help="Whom to let in again.")) -> None:
    """Let a person sign in again who was disabled."""
    with opened(writes=True) as ports:
        person = enable_person(ports, OPERATOR, email)
    say(f"{person.name} ({person.email}) can sign in again.")


def _password_from_stdin() -> str:
    if sys.stdin.isatty():
        say("Type the password, then Enter:")
    try:
        return sys.stdin.readline().rstrip("\r\n")
    except UnicodeDecodeError:
        raise Invalid("The password on stdin is not UTF-8 text.") from None


def _words(text: str) -> list[str]:
    return [word.strip().lower() for word in text.split(",") if word.strip()]
