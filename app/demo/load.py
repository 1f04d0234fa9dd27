"""Load the demo workspace into an empty desk: its people, with passwords made now, and its customers. Once, ever."""

import json
import os
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from app.actions.add_person import add_person
from app.actions.import_customers import import_customers
from app.core.asker import DESK
from app.customers.file_form import read_file
from app.demo.stream import customers_csv_path, people
from app.engine import log, workspace
from app.engine.ports import Ports
from app.people import store

DEMO: Final = "demo"
_SIGN_INS: Final = "demo_sign_ins.json"
_PASSWORD_BYTES: Final = 9


@dataclass(frozen=True, slots=True)
class SignIn:
    """One demo sign-in, as it is printed at the start."""

    role: str
    name: str
    email: str
    password: str


def load_demo(ports: Ports) -> datetime | None:
    """The moment the demo stream starts, when it was loaded now; None when this desk has people or mentions of its own."""
    with ports.db.read() as conn:
        if workspace.get(conn, DEMO) is not None or store.everyone(conn) or log.head(conn) > _HEAD_OF_AN_EMPTY_DESK:
            return None
    made = []
    for person in people():
        password = secrets.token_urlsafe(_PASSWORD_BYTES)
        add_person(
            ports, DESK, email=person.email, name=person.name, role=person.role, password=password, languages=person.languages,
            skills=person.skills, queues=person.queues, capacity=person.capacity,
        )  # fmt: skip
        made.append(SignIn(person.role, person.name, person.email, password))
    import_customers(ports, DESK, read_file(customers_csv_path(), today=ports.clock.now().date()))
    _keep(ports.settings.earshot_data_dir, made)
    start = ports.clock.now()
    with ports.db.write() as tx:
        workspace.put(tx, DEMO, {"started_at": start.isoformat()})
    return start.astimezone(UTC)


_HEAD_OF_AN_EMPTY_DESK: Final = 50  # the default rules and policies leave a few events


def sign_ins(ports: Ports) -> tuple[SignIn, ...]:
    """The demo's sign-ins, kept beside the database for the person who started it; empty where there is no demo."""
    path = ports.settings.earshot_data_dir / _SIGN_INS
    return tuple(SignIn(**one) for one in json.loads(path.read_text(encoding="utf-8"))) if path.is_file() else ()


def _keep(folder: Path, made: list[SignIn]) -> None:
    path = folder / _SIGN_INS
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        json.dump([{"role": s.role, "name": s.name, "email": s.email, "password": s.password} for s in made], file, indent=1)
