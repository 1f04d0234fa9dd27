"""Open the desk for one command: settings, ports around a current database, and who it is that acts."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from pydantic import ValidationError
from sqlalchemy.exc import DatabaseError

from app.actions.seal_log import seal_log
from app.core.asker import DESK, Asker
from app.core.clock import SystemClock
from app.core.errors import Invalid, Unavailable
from app.core.events import Actor
from app.core.settings import Settings
from app.engine.keys import load_keys
from app.engine.outage import DatabaseAway
from app.engine.ports import Ports, open_ports
from app.engine.schema import is_current

OPERATOR: Final = Asker(Actor("system", "", "Command line"), DESK.permissions)
"""Who acts: whoever may read the database's file or knows its address may do anything."""


def read_settings(**given: Any) -> Settings:
    """The settings with what the command line gave in place of the environment's; Invalid names a wrong one."""
    try:
        return Settings(**{name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0]).upper() if first["loc"] else "the settings"
        raise Invalid(f"{name}: {first['msg'][:1].lower()}{first['msg'][1:]} (see docs/settings.md).") from None


def ports_of(settings: Settings) -> Ports:
    """Ports without the web application around them: a command that only asks a question must not wait for its pages."""
    return open_ports(settings, SystemClock(), load_keys(settings))


@contextmanager
def opened(*, writes: bool = False) -> Iterator[Ports]:
    """The desk of the settings. A command that ``writes`` seals its events at the end, for no worker may be running.

    Raises Unavailable when the database cannot be reached or is not at the current schema.
    """
    settings = read_settings()
    ports = ports_of(settings)
    try:
        with database_errors(settings):
            if not is_current(ports.db):
                raise Unavailable(f"The database of {_shown(settings)} is not at the current schema: run `earshot migrate` first.")
            yield ports
            if writes:
                seal_log(ports)
    finally:
        ports.db.close()


@contextmanager
def database_errors(settings: Settings) -> Iterator[None]:
    """What the database itself refuses, as Unavailable with its own first line."""
    try:
        yield
    except (DatabaseAway, DatabaseError) as error:
        why = error.why if isinstance(error, DatabaseAway) else str(error.orig).strip().split("\n")[0]
        raise Unavailable(f"The database of {_shown(settings)} cannot be used ({why}): check DATABASE_URL and its rights.") from error


def _shown(settings: Settings) -> str:
    """The address without its password."""
    scheme, _, rest = settings.database_url.partition("://")
    return f"{scheme}://{rest.rpartition('@')[2]}"
