"""How many statements the requests of an agent's day take: on PostgreSQL each is a way to the server and back, and many are a slow desk."""

import pytest
from starlette.testclient import TestClient

from app.engine.ports import Ports
from app.main import Parts, build_app
from tests.support.databases import statements
from tests.support.people import signed_in
from tests.support.scene import Scene

OK = 200
SESSION = 1  # who asks, whether they may, and where the log stands
INBOX = SESSION + 2  # the numbers of the frame, and the rows
NEXT = SESSION + 18
"""The asker, the best case, its lease, its clocks as they were, as they are and their timers, rules and policies in force, how often they
were asked, the post, the customer, the decision, the rules' timers, the case, tallies, on PostgreSQL the turn to append, where the log
stands, events, and what the asker holds then; on SQLite an insert of more than ten rows is two."""


@pytest.fixture
def client(ports: Ports) -> TestClient:
    """Without what runs beside the requests: nobody else asks anything."""
    return TestClient(build_app(ports, Parts(jobs=False)), base_url=ports.settings.base_url, follow_redirects=False)


@pytest.fixture
def scene(scene: Scene) -> Scene:
    """Two cases wait that somebody has to look at in time, and what is read once a process has been read."""
    scene.hear("my bag is lost", handle="ann")
    scene.hear("my bag is lost", handle="bob")
    return scene


@pytest.mark.parametrize("who", ["ana", "sue"])  # a supervisor's frame counts the rules that wait too
def test_the_inbox_takes_two_beside_the_session(scene: Scene, client: TestClient, who: str) -> None:
    reader = signed_in(scene.ports, getattr(scene, who))
    assert client.get("/inbox", headers=reader.headers).status_code == OK
    with statements(scene.ports, readers=True) as told:
        client.get("/inbox", headers=reader.headers)
    assert len(told) == INBOX, told


def test_next_asks_for_nothing_twice(scene: Scene, client: TestClient) -> None:
    ana = signed_in(scene.ports, scene.ana)
    headers = {**ana.headers, "X-CSRF-Token": ana.visitor.csrf}
    assert "/cases/" in client.post("/cases/next", headers=headers).headers["location"]
    with statements(scene.ports, readers=True) as told:
        assert "/cases/" in client.post("/cases/next", headers=headers).headers["location"]
    read = [sql for sql in told if sql.startswith("SELECT")]
    assert len(read) == len(set(read)), sorted(sql for sql in read if read.count(sql) > 1)
    assert len(told) <= NEXT, told
