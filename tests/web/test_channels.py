"""Channels: state, pause and publisher take effect on answers; the demo network shows what went out."""

from starlette.testclient import TestClient

from app.channels import store as channels
from tests.support.people import signed_in
from tests.support.scene import ANSWER, Scene
from tests.web.test_people import post


def only_channel(scene: Scene) -> str:
    """The id of the one channel there is."""
    with scene.ports.db.read() as conn:
        (channel,) = channels.everything(conn)
    return channel.id


def test_a_channel_appears_and_is_paused(scene: Scene, client: TestClient) -> None:
    sue = signed_in(scene.ports, scene.sue)
    assert "No channel yet" in client.get("/channels", headers=sue.headers).text
    case = scene.hear().id
    page = client.get("/channels", headers=sue.headers).text
    for words in ("@acme", "Live", 'class="figure">1<'):
        assert words in page
    at = f"/channels/{only_channel(scene)}"
    assert post(client, sue, f"{at}/pause")[0] == 303
    assert "Paused" in client.get("/channels", headers=sue.headers).text
    ana = signed_in(scene.ports, scene.ana)
    assert "is paused" in client.get(f"/cases/{case}", headers=ana.headers).text
    answer = client.post(
        f"/cases/{case}/check", data={"text": ANSWER, "csrf": ana.visitor.csrf}, headers=ana.headers | {"HX-Request": "true"}
    )
    assert "is paused" in answer.text
    post(client, sue, f"{at}/pause")
    assert len(scene.events(kind="channel.changed")) == 1
    post(client, sue, f"{at}/resume")
    scene.send(scene.ana, case)


def test_the_publisher_of_a_channel_is_used(scene: Scene, client: TestClient) -> None:
    case, sue = scene.hear().id, signed_in(scene.ports, scene.sue)
    at = f"/channels/{only_channel(scene)}/publisher"
    assert post(client, sue, at, publisher="by_hand")[0] == 303
    assert scene.send(scene.ana, case).publisher == "by_hand"
    assert post(client, sue, at, publisher="pigeon")[0] == 422
    assert post(client, sue, "/channels/none/publisher", publisher="echo")[0] == 404


def test_the_demo_network_shows_what_went_out(scene: Scene, client: TestClient) -> None:
    ana = signed_in(scene.ports, scene.ana)
    assert "Nothing went out yet" in client.get("/channels/echo", headers=ana.headers).text
    case = scene.hear().id
    scene.send(scene.ana, case, "Hello <b>Jo</b>, we look into it and will write to you again this afternoon.")
    scene.deliver()
    page = client.get("/channels/echo", headers=ana.headers).text
    assert "Hello &lt;b&gt;Jo&lt;/b&gt;" in page
    assert f'href="/cases/{case}"' in page
    assert client.get("/channels/echo?cursor=%25", headers=ana.headers).status_code == 422


def test_who_may(scene: Scene, client: TestClient) -> None:
    scene.hear()
    ana = signed_in(scene.ports, scene.ana)
    assert client.get("/channels", headers=ana.headers).status_code == 403
    assert post(client, ana, f"/channels/{only_channel(scene)}/pause")[0] == 403
