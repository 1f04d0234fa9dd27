"""Real desks for histories: the same people and rules on a fresh database each, reopened as after a restart."""

import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from app.actions.confirm_rules import confirm_rules
from app.actions.open_workspace import open_workspace
from app.actions.publish_rules import publish_rules
from app.channels import store as channels
from app.channels.model import ChannelKey
from app.core.asker import Asker, asker_of
from app.core.clock import SetClock
from app.core.roles import Role
from app.core.settings import Settings
from app.engine.data_folder import DataFolder
from app.engine.keys import Keys
from app.engine.ports import Ports, open_ports
from app.engine.schema import migrate
from app.people import store as people
from rig.cluster import Cluster
from rig.desk import ROOT
from tests.histories.model import ROLES
from tests.support.people import hire

MONDAY_NOON: Final = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
RULES: Final = """\
engine: 1
rules:
  - id: court
    name: Threat of a court
    when: {risk: legal, tags: {contains_none: [legal]}}
    do: {hold: the customer speaks of a court, escalate: legal, approval: legal, checklist: legal-risk, floor: 70, tags: [legal]}
  - id: spam
    name: Advertising
    when: {text: {contains_any: [free followers]}}
    do: {no_response_needed: advertising, tags: [spam]}
    stop: true
  - id: later
    name: Not before the evening
    when: {text: {contains_any: [no hurry at all]}}
    do: {snooze_minutes: 60}
  - id: missed
    name: A target is missed
    on: clock.breached
    do: {floor: 45, notify: [assignee], tags: [late]}
"""
"""Few rules, so that what they do to a case can be told from the words of a post alone."""


@dataclass(frozen=True, slots=True)
class OpenDesk:
    """A desk that is open: ``reopen`` is a restart, after which nothing is left but the database, the clock and the keys."""

    ports: Ports
    clock: SetClock
    people: dict[str, Asker]
    reopen: Callable[[Ports], Ports]


@dataclass(frozen=True)
class Desks:
    """``fresh(url)`` copies the prepared database to a new place and names it."""

    prepared: str
    fresh: Callable[[], str]
    folder: Path
    data: DataFolder

    @contextmanager
    def open(self) -> Iterator[OpenDesk]:
        """A desk on a fresh database."""
        url, clock = self.fresh(), SetClock(MONDAY_NOON)
        opened: list[Ports] = []

        def reopen(before: Ports | None = None) -> Ports:
            if before is not None:
                before.db.close()
            opened.append(ports_at(url, self.folder, clock, self.data))
            return opened[-1]

        try:
            ports = reopen()
            yield OpenDesk(ports, clock, _askers(ports), reopen)
        finally:
            opened[-1].db.close()


def ports_at(url: str, folder: Path, clock: SetClock, data: DataFolder | None = None) -> Ports:
    """Ports around this database."""
    given: dict[str, Any] = {
        "_env_file": None, "database_url": url, "earshot_data_dir": folder, "earshot_rules_dir": ROOT / "routing_rules",
        "earshot_default_publisher": "echo", "earshot_session_hours": 24 * 365,
        "earshot_silent_minutes": 60 * 24 * 365,  # everybody stays: the model knows of no presence, which has tests of its own
    }  # fmt: skip
    ports = open_ports(Settings(**given), clock, Keys(b"histories"))
    return ports if data is None else replace(ports, data=data)


def prepare(ports: Ports) -> None:
    """The people and the rules of every history."""
    migrate(ports.db)
    open_workspace(ports)
    askers = {name: hire(ports, name.title(), role) for name, role in _roles()}
    done = publish_rules(ports, askers["sue"], RULES, reason="few and plain")
    if done.waits is not None:
        confirm_rules(ports, askers["leo"], done.waits.id)
    with ports.db.write() as tx:
        channels.note_mentions(tx, Counter([ChannelKey("tiktok", "", "@acme")]), "by_hand")


def sqlite_desks(folder: Path, data: DataFolder) -> Desks:
    """Desks whose databases are copies of one file."""
    first = f"sqlite:///{folder / 'prepared.db'}"
    _prepared(first, folder, data)
    numbers = iter(range(1_000_000))

    def fresh() -> str:
        for old in folder.glob("desk*.db*"):
            old.unlink()
        path = folder / f"desk{next(numbers)}.db"
        shutil.copy(folder / "prepared.db", path)
        return f"sqlite:///{path}"

    return Desks(first, fresh, folder, data)


def postgresql_desks(server: Cluster, folder: Path, data: DataFolder) -> Desks:
    """Desks whose databases are copies of one, inside a running cluster; the last copy goes when the next is made."""
    name = f"histories_{server.port}_{abs(hash(folder))}"
    first = server.database(name)
    _prepared(first, folder, data)
    numbers = iter(range(1_000_000))

    def fresh() -> str:
        number = next(numbers)
        server.drop(f"{name}_{number - 1}")
        return server.database(f"{name}_{number}", name)

    return Desks(first, fresh, folder, data)


def _prepared(url: str, folder: Path, data: DataFolder) -> None:
    ports = ports_at(url, folder, SetClock(MONDAY_NOON), data)
    prepare(ports)
    ports.db.close()


def _roles() -> list[tuple[str, Role]]:
    known: dict[str, Role] = {"agent": "agent", "trainee": "trainee", "supervisor": "supervisor", "legal": "legal"}
    return [(name, known[role]) for name, role in ROLES.items()]


def _askers(ports: Ports) -> dict[str, Asker]:
    with ports.db.read() as conn:
        ids = {p.name.lower(): p for p in people.everyone(conn)}
    return {name: asker_of(role, ids[name].id, ids[name].name) for name, role in _roles()}
