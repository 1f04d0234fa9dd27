"""Channels: state, pause and publisher take effect on answers; the demo network shows what went out."""

from dataclasses import replace

from starlette.testclient import TestClient

from app.actions.pause_channel import choose_publisher
from app.channels import store as channels
from app.channels.port import RetryAfter, Unknown
from app.queries.channels import WebhookShown
from app.queries.channels import channels as channels_page
from tests.support.people import signed_in
from tests.support.scene import ANSWER, Network, Scene
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


def test_a_channel_says_why_its_last_answer_did_not_leave(scene: Scene, client: TestClient) -> None:
    case, sue = scene.hear().id, signed_in(scene.ports, scene.sue)
    scene.send(scene.ana, case)
    scene.deliver(Network(lambda _: RetryAfter(120, "the receiver asks for patience (429): <b>slow</b>")))
    page = client.get("/channels", headers=sue.headers).text
    for words in ("Failing", "asks for patience (429): &lt;b&gt;slow", "answers leave again"):
        assert words in page
    ana = signed_in(scene.ports, scene.ana)
    assert "It waits to leave: the receiver asks" in client.get(f"/cases/{case}", headers=ana.headers).text


def test_a_webhook_is_offered_where_one_is_set_up(scene: Scene, client: TestClient) -> None:
    scene.hear()
    sue = signed_in(scene.ports, scene.sue)
    at = f"/channels/{only_channel(scene)}/publisher"
    assert "by webhook" not in client.get("/channels", headers=sue.headers).text
    assert post(client, sue, at, publisher="webhook")[0] == 422
    known = {"earshot_webhook_url": "https://bridge.example/replies?token=hidden", "earshot_webhook_secret": "whsec_" + "c2VjcmV0" * 6}
    webhook = replace(scene.ports, settings=scene.ports.settings.model_copy(update=known))
    assert choose_publisher(webhook, scene.sue, only_channel(scene), "webhook").publisher == "webhook"
    with webhook.db.read() as conn:
        shown = channels_page(webhook, conn, scene.sue).webhook
    assert shown == WebhookShown("bridge.example", "never")
    page = client.get("/channels", headers=sue.headers).text
    assert "No webhook is set up, so its answers fail" in page
    assert "c2VjcmV0" not in page


def test_an_answer_that_wants_a_person_is_seen_in_the_inbox_and_on_its_page(scene: Scene, client: TestClient) -> None:
    case, ana = scene.hear().id, signed_in(scene.ports, scene.ana)
    reply = scene.send(scene.ana, case)
    scene.deliver(Network(lambda _: Unknown("no answer in time"), sure="never"))
    assert "Answer in doubt" in client.get("/inbox", headers=ana.headers).text
    page = client.get(f"/cases/{case}", headers=ana.headers).text
    for words in ("It may be on the network: no answer in time", "It is posted", "Send again", "Do not send"):
        assert words in page
    assert post(client, ana, f"/replies/{reply.id}/mark-sent", url="javascript:alert(1)")[0] == 422
    assert post(client, ana, f"/replies/{reply.id}/drop")[0] == 303
    assert "Answer in doubt" not in client.get("/inbox", headers=ana.headers).text
    assert scene.reply(reply.id).state == "cancelled"


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
