"""Settings: the data in force as tables, secrets never, tokens shown once and revoked."""

import re

from starlette.testclient import TestClient

from app.core.settings import Settings
from app.people import store as people
from app.queries.settings import _queue, _settings
from app.routing.model import Queue
from tests.support.people import Signed, hire, signed_in
from tests.support.scene import Scene
from tests.web.test_people import post


def admin(scene: Scene) -> Signed:
    """A browser of an admin."""
    return signed_in(scene.ports, hire(scene.ports, "Kim", "admin"))


def test_tables_of_what_is_in_force(scene: Scene, client: TestClient) -> None:
    page = client.get("/settings", headers=admin(scene).headers).text
    for words in (
        "first-urgent/platinum", "7 min 30 s", "Europe/Berlin", "08:00 to 13:00, 14:00 to 22:00", "Customer care in Persian",
        "agents take the next case themselves", "risk · legal", "EARSHOT_UNDO_SECONDS", "service_levels.yaml",
    ):  # fmt: skip
        assert words in page, words


def test_queues_say_in_words_how_their_cases_are_given_out() -> None:
    plain = _queue(Queue("care", "Care"), {})
    assert (plain.gives, plain.lead, plain.weights) == (
        "agents take the next case themselves", "nobody: the supervisors are told", "each as one",
    )  # fmt: skip
    vip = Queue("vip", "VIP", ("es",), ("vip",), 0, "least_loaded", True, "Sue@desk.example", {"direct": 0.5})
    said = _queue(vip, {"sue@desk.example": "Sue"})
    assert said.gives == "given to whoever is there and has the most room; a customer comes back to who answered them last"
    assert (said.languages, said.skills, said.lead, said.weights) == ("Spanish", "vip", "Sue", "public as 1, direct as 0.5")
    assert _queue(vip, {}).lead == "nobody here is Sue@desk.example: the supervisors are told"


def test_secrets_are_not_shown() -> None:
    kept = Settings(
        _env_file=None, secret_key="hush-hush-hush", database_url="postgresql://desk:pa55w0rd@db.example/desk?password=pa55w0rd"
    )
    shown = {line.variable: line.value for line in _settings(kept)}
    assert shown["SECRET_KEY"] == "set, not shown"
    assert shown["DATABASE_URL"] == "postgresql://desk:***@db.example/desk"
    assert not any("pa55w0rd" in value or "hush" in value for value in shown.values())


def test_a_token_is_shown_once_works_and_is_revoked(scene: Scene, client: TestClient) -> None:
    kim = admin(scene)
    status, page, _ = post(client, kim, "/settings/tokens", name="Crawler", scope="read", email="")
    assert status == 200
    secret = re.search(r'class="secret">([^<]+)<', page)
    assert secret is not None
    assert secret[1] not in client.get("/settings", headers=kim.headers).text
    bearer = {"Authorization": f"Bearer {secret[1]}"}
    assert client.get("/api/v1/cases", headers=bearer).status_code == 200
    with scene.ports.db.read() as conn:
        (token,) = people.tokens(conn)
    assert post(client, kim, f"/settings/tokens/{token.id}/revoke")[0] == 303
    assert client.get("/api/v1/cases", headers=bearer).status_code == 401
    assert post(client, kim, f"/settings/tokens/{token.id}/revoke")[0] == 409
    assert [e.data["token"] for e in scene.events(kind="token.revoked")] == [token.id]
    for wrong in ({"name": ""}, {"scope": "world"}, {"email": "nobody@desk.example"}):
        status, page, _ = post(client, kim, "/settings/tokens", **({"name": "Crawler", "scope": "read", "email": ""} | wrong))
        assert status in (404, 422)
        assert "Not done yet" in page


def test_who_may(scene: Scene, client: TestClient) -> None:
    sue = signed_in(scene.ports, scene.sue)
    assert client.get("/settings", headers=sue.headers).status_code == 403
    assert post(client, sue, "/settings/tokens", name="x", scope="admin", email="")[0] == 403
