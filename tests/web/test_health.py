"""Health: parked mentions with their error that run again, troubles of the outbox with their cases, the checks."""

from starlette.testclient import TestClient

from app.actions.accept_mentions import Delivery, accept_mentions
from app.actions.repair_intake import note_failure
from app.channels.port import Failed
from app.engine import intake_queue, leases
from tests.support.desk import mention
from tests.support.people import signed_in
from tests.support.scene import Network, Scene
from tests.web.test_people import post
from tests.web.test_settings import admin


def park(scene: Scene) -> int:
    """A mention that fails until it is parked; its number."""
    accept_mentions(scene.ports, [Delivery("test", [mention("bad1", "this one <b>breaks</b> the pipeline")])])
    for _ in range(intake_queue.MAX_ATTEMPTS):
        scene.clock.move(minutes=1)
        with scene.ports.db.read() as conn:
            (row,) = intake_queue.waiting(conn, scene.clock.now(), 10)
        note_failure(scene.ports, row, "ValueError: <odd>")
    return row.id


def test_a_parked_mention_is_seen_and_run_again(scene: Scene, client: TestClient) -> None:
    kim, id = admin(scene), park(scene)
    page = client.get("/health", headers=kim.headers).text
    for words in ("ValueError: &lt;odd&gt;", "bad1", "&lt;b&gt;breaks&lt;/b&gt;", "Wants a look"):
        assert words in page
    assert post(client, kim, f"/health/parked/{id}/again")[0] == 303
    assert "every mention went through" in client.get("/health", headers=kim.headers).text
    with scene.ports.db.read() as conn:
        assert [row.id for row in intake_queue.waiting(conn, scene.clock.now(), 10)] == [id]
    assert post(client, kim, f"/health/parked/{id}/again")[0] == 409
    assert post(client, kim, "/health/parked/9999999999999999999999/again")[0] == 404


def test_the_outbox_leads_to_its_cases(scene: Scene, client: TestClient) -> None:
    kim, case = admin(scene), scene.hear().id
    assert "Nothing waits and nothing failed." in client.get("/health", headers=kim.headers).text
    scene.send(scene.ana, case)
    scene.deliver(Network(lambda _: Failed("the network said no", fixable=False)))
    page = client.get("/health", headers=kim.headers).text
    assert "the network said no" in page
    assert f'href="/cases/{case}"' in page


def test_checks_and_leases(scene: Scene, client: TestClient) -> None:
    kim = admin(scene)
    assert "No process holds the tick" in client.get("/health", headers=kim.headers).text
    leases.hold(scene.ports.db, "tick", "test-process", 3)
    page = client.get("/health", headers=kim.headers).text
    assert "Beating" in page
    assert "test-process" in page
    scene.clock.move(minutes=1)
    assert "Nobody" in client.get("/health", headers=kim.headers).text


def test_who_may(scene: Scene, client: TestClient) -> None:
    sue = signed_in(scene.ports, scene.sue)
    assert client.get("/health", headers=sue.headers).status_code == 403
    assert post(client, sue, "/health/parked/1/again")[0] == 403
