"""A desk with the API alone: one person of every role, and a client."""

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from app.core.roles import ROLES
from app.engine.ports import Ports
from app.people import store as people
from tests.api.desk import Desk, api_app

NO_PASSWORD = "!"


@pytest.fixture
def desk(ports: Ports) -> Iterator[Desk]:
    """An empty desk with one person of each role."""
    with TestClient(api_app(ports), raise_server_exceptions=False) as client:
        made = Desk(ports, client)
        with ports.db.write() as tx:
            for role in ROLES:
                made.people[role] = people.add(
                    tx, email=f"{role}@desk.example", name=role.title(), role=role, password_hash=NO_PASSWORD, languages=["en"],
                    skills=["vip", "legal"], queues=["care", "vip", "legal", "community", "bulk"],
                )  # fmt: skip
            for id in made.people.values():
                people.set_presence(tx, id, "available", "")
        yield made
