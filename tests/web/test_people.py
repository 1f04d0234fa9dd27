"""People: adding with a password shown once, changing, presence, signing out everywhere, shutting out; and what is refused."""

import re

from starlette.testclient import TestClient

from app.people import store as people
from tests.support.people import Signed, hire, person, signed_in
from tests.support.scene import Scene


def post(client: TestClient, who: Signed, path: str, **values: object) -> tuple[int, str, str]:
    """Send a form; status, text, and where it leads."""
    answer = client.post(path, data=values | {"csrf": who.visitor.csrf}, headers=who.headers)
    return answer.status_code, answer.text, answer.headers.get("location", "")


def test_everyone_sees_the_list_and_only_supervisors_the_forms(scene: Scene, client: TestClient) -> None:
    page = client.get("/people", headers=signed_in(scene.ports, scene.ana).headers).text
    assert "Sue" in page
    assert "Add a person" not in page
    assert "@desk.example" not in page
    assert "Add a person" in client.get("/people", headers=signed_in(scene.ports, scene.sue).headers).text
    assert post(client, signed_in(scene.ports, scene.ana), "/people", name="X", email="x@desk.example", role="agent")[0] == 403


def test_a_new_person_gets_a_password_that_works_and_is_shown_once(scene: Scene, client: TestClient) -> None:
    sue = signed_in(scene.ports, scene.sue)
    status, page, _ = post(
        client,
        sue,
        "/people",
        name="Nia Ng",
        email="nia@desk.example",
        role="agent",
        languages="en, FA",
        skills="vip",
        queues=["care", "vip"],
        capacity="3",
    )
    assert status == 200
    password = re.search(r'class="secret">([^<]+)<', page)
    assert password is not None
    assert 'class="secret"' not in client.get("/people", headers=sue.headers).text
    with scene.ports.db.read() as conn:
        found = people.by_email(conn, "nia@desk.example")
    assert found is not None
    assert (found[0].languages, found[0].skills, found[0].queues, found[0].capacity) == (("en", "fa"), ("vip",), ("care", "vip"), 3)
    answer = client.post("/sign-in", data={"email": "nia@desk.example", "password": password[1]})
    assert answer.status_code == 303
    status, page, _ = post(client, sue, "/people", name="Nia Ng", email="nia@desk.example", role="agent")
    assert status == 409
    assert "already a person" in page
    assert 'value="nia@desk.example"' in page
    status, page, _ = post(client, sue, "/people", name="", email="no", role="agent")
    assert status == 422
    assert "is no e-mail address" in page


def test_changing_a_person(scene: Scene, client: TestClient) -> None:
    sue, at = signed_in(scene.ports, scene.sue), f"/people/{scene.ana.person()}"
    assert "Sign out everywhere" in client.get(f"/people?edit={scene.ana.person()}", headers=sue.headers).text
    ana = signed_in(scene.ports, scene.ana)
    form = {"languages": "en, en, de", "skills": "", "queues": ["care"], "capacity": "4"}
    status, _, to = post(client, sue, at, role="agent", **form)
    assert status == 303
    assert to.startswith("/people?notice=")
    now = person(scene.ports, scene.ana)
    assert (now.languages, now.skills, now.queues, now.capacity) == (("en", "de"), (), ("care",), 4)
    assert client.get("/people", headers=ana.headers).status_code == 200  # the same role leaves them signed in
    before = len(scene.events(kind="person.updated"))
    post(client, sue, at, role="agent", **form)
    assert len(scene.events(kind="person.updated")) == before
    post(client, sue, at, role="trainee", **form)
    assert client.get("/people", headers=ana.headers).status_code == 303
    assert [e.data["session"] for e in scene.events(kind="session.ended")] == [ana.visitor.session]
    for wrong in ({"queues": ["nowhere"]}, {"capacity": "0"}, {"capacity": "many"}, {"role": "king"}, {"languages": "x" * 41}):
        assert post(client, sue, at, **({"role": "agent"} | form | wrong))[0] == 422


def test_nobody_lifts_another_above_themselves(scene: Scene, client: TestClient) -> None:
    sue, boss = signed_in(scene.ports, scene.sue), hire(scene.ports, "Kim", "admin")
    form = {"languages": "", "skills": "", "queues": ["care"], "capacity": "4"}
    for who, role in ((scene.ana, "admin"), (scene.ana, "legal"), (boss, "agent"), (scene.leo, "agent")):
        assert post(client, sue, f"/people/{who.person()}", role=role, **form)[0] == 403
    assert post(client, sue, "/people", name="Eve", email="eve@desk.example", role="admin")[0] == 403
    for verb in ("sign-out", "disable", "enable"):
        assert post(client, sue, f"/people/{boss.person()}/{verb}")[0] == 403
    kim = signed_in(scene.ports, boss)
    assert post(client, kim, f"/people/{scene.ana.person()}", role="legal", **form)[0] == 303
    assert post(client, kim, f"/people/{boss.person()}", role="agent", **form)[0] == 409
    assert post(client, kim, f"/people/{boss.person()}/disable")[0] == 409


def test_presence_signing_out_and_shutting_out(scene: Scene, client: TestClient) -> None:
    sue, at = signed_in(scene.ports, scene.sue), f"/people/{scene.ana.person()}"
    browsers = [signed_in(scene.ports, scene.ana) for _ in range(2)]
    post(client, sue, f"{at}/presence", presence="busy")
    assert person(scene.ports, scene.ana).presence == "busy"
    assert post(client, sue, f"{at}/presence", presence="asleep")[0] == 422
    assert "2+sessions" in post(client, sue, f"{at}/sign-out")[2].replace("%20", "+")
    assert {e.data["session"] for e in scene.events(kind="session.ended")} == {b.visitor.session for b in browsers}
    assert person(scene.ports, scene.ana).presence == "away"
    post(client, sue, f"{at}/sign-out")
    assert len(scene.events(kind="session.ended")) == 2
    post(client, sue, f"{at}/disable")
    assert person(scene.ports, scene.ana).disabled
    page = client.get("/people", headers=sue.headers).text
    assert "Disabled" in page
    assert f"{at}/enable" in page
    post(client, sue, f"{at}/enable")
    assert not person(scene.ports, scene.ana).disabled
    assert f"{at}/enable" not in client.get("/people", headers=sue.headers).text
    before = len(scene.events())
    post(client, sue, f"{at}/enable")
    assert len(scene.events()) == before, "a second time nothing happens"
    assert client.get("/people", headers=browsers[0].headers).status_code == 303, "what was ended stays ended"
    assert client.get("/people", headers=signed_in(scene.ports, scene.ana).headers).status_code == 200
    assert post(client, sue, "/people/nobody/sign-out")[0] == 404
