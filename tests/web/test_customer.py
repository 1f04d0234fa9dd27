"""One customer's page: question and answer on the timeline, and every act on the record."""

import json

import pytest
from starlette.testclient import TestClient

from app.actions.add_note import add_note
from app.actions.claim_case import claim_case
from app.actions.upsert_customer import upsert_customer
from app.engine.ports import Ports
from app.web.live.feed import Feed
from tests.support.people import hire, signed_in
from tests.support.scene import ANSWER, ORDER, THREAT, Scene
from tests.support.screen import Screen
from tests.web.test_legal import send, show

RECORD = {
    "name": "Jo Harker",
    "tier": "gold",
    "lifetime_value": "4120",
    "currency": "EUR",
    "email": "jo@harker.example",
    "handles": {"x": "jo_harker"},
}


@pytest.fixture
def jo(scene: Scene) -> str:
    """A known customer."""
    return str(upsert_customer(scene.ports, scene.ana, "K-1", RECORD).customer_id)


def test_question_and_answer_stand_with_time_policy_version_and_ticks(scene: Scene, client: TestClient, jo: str) -> None:
    case = scene.hear(ORDER, url="https://x.example/1").id
    claim_case(scene.ports, scene.ana, case)
    add_note(scene.ports, scene.ana, case, "Second contact")
    scene.clock.move(minutes=12)
    scene.send(scene.ana, case)
    scene.deliver()
    who = signed_in(scene.ports, scene.ana)
    page = show(client, who, f"/customers/{jo}")
    for words in (
        "my order 4471 has not arrived",
        ANSWER,
        "Second contact",
        "Answered after 12 min 11 s under public-reply v1",
        "EUR 4,120",
    ):
        assert words in page
    answer = page.split('class="told told-reply told-said"')[1].split("</li>\n")[0]
    for words in ("Ana", ANSWER, "public-reply v1", "I read the whole thread, not only the last post", "2026-03-02T12:12:11"):
        assert words in answer
    assert page.count(ANSWER) == 1
    replies = show(client, who, f"/customers/{jo}?group=reply")
    assert ANSWER in replies
    assert "my order 4471" not in replies.split("<main")[1]
    assert "1 scored" in page


def test_what_others_wrote_is_escaped_and_isolated(scene: Scene, client: TestClient, jo: str) -> None:
    scene.hear("<img src=x onerror=alert(1)> \u202eevil", handle="jo_harker")
    page = show(client, signed_in(scene.ports, scene.ana), f"/customers/{jo}")
    assert "<img" not in page
    assert "&lt;img" in page
    assert '<p class="said" dir="auto">' in page


def test_only_changed_fields_are_sent_on(scene: Scene, client: TestClient, jo: str) -> None:
    who = signed_in(scene.ports, scene.ana)
    upsert_customer(scene.ports, scene.ben, "K-1", {"phone": "+49 30 1234567"})
    form = {
        "ref": "K-1",
        "name": "Jo B. Harker",
        "was_name": "Jo Harker",
        "phone": "",
        "was_phone": "",
        "email": "",
        "was_email": "jo@harker.example",
    }
    send(client, who, f"/customers/{jo}/edit", **form)
    page = show(client, who, f"/customers/{jo}")
    assert "Jo B. Harker" in page
    assert "+49 30 1234567" in page
    assert "jo@harker.example" not in page.split("<details")[0]
    assert "no e-mail address" in send(client, who, f"/customers/{jo}/edit", 422, ref="K-1", email="nonsense", was_email="")


def test_a_prospect_becomes_a_known_customer_with_its_history(scene: Scene, client: TestClient) -> None:
    prospect = scene.hear(ORDER).customer_id
    who = signed_in(scene.ports, scene.ana)
    assert "Make it a known customer" in show(client, who, f"/customers/{prospect}")
    assert "CRM" in send(client, who, f"/customers/{prospect}/edit", 422, name="Jo", was_name="")
    to = send(client, who, f"/customers/{prospect}/edit", ref="K-9", name="Jo Harker", was_name="")
    page = show(client, who, to)
    for words in ("K-9", "my order 4471", "named by the CRM"):
        assert words in page


def test_an_account_is_linked_and_one_of_another_customer_is_refused(scene: Scene, client: TestClient, jo: str) -> None:
    who = signed_in(scene.ports, scene.ana)
    send(client, who, f"/customers/{jo}/identities", network="Bluesky", handle="@jo.example")
    assert "linked by an agent" in show(client, who, f"/customers/{jo}")
    other = upsert_customer(scene.ports, scene.ana, "K-2", {"name": "Bo"}).customer_id
    send(client, who, f"/customers/{other}/identities", 409, network="bluesky", handle="jo.example")


def test_a_merge_shows_both_sides_and_is_taken_back(scene: Scene, client: TestClient, jo: str) -> None:
    who = signed_in(scene.ports, scene.ana)
    twin = upsert_customer(
        scene.ports, scene.ana, "K-2", {"name": "Joe Harker", "email": "jo@harker.example", "phone": "+49 30 7654321"}
    ).customer_id
    assert "same e-mail" in show(client, who, f"/customers/{jo}")
    both = show(client, who, f"/customers/{jo}/merge?with={twin}")
    for words in ("Are these one person?", "Joe Harker", "Jo Harker", "+49 30 7654321", "The other way round"):
        assert words in both
    send(client, who, f"/customers/{jo}/merge", source=twin)
    page = show(client, who, f"/customers/{jo}")
    for words in ("Take the merge back", "+49 30 7654321"):
        assert words in page
    assert client.get(f"/customers/{twin}", headers=who.headers).headers["location"] == f"/customers/{jo}"
    send(client, who, f"/customers/{jo}/unmerge", source=twin)
    assert "Take the merge back" not in show(client, who, f"/customers/{jo}")
    for bad in ("", jo, "nobody"):
        show(client, who, f"/customers/{jo}/merge?with={bad}", 404 if bad == "nobody" else 422)


def test_export_and_erasure(scene: Scene, client: TestClient, jo: str) -> None:
    case = scene.hear(THREAT).id
    ana, adi = signed_in(scene.ports, scene.ana), signed_in(scene.ports, hire(scene.ports, "Adi", "admin"))
    answer = client.get(f"/customers/{jo}/export", headers=ana.headers)
    assert "attachment" in answer.headers["content-disposition"]
    assert json.loads(answer.text)["mentions"][0]["text"] == THREAT
    assert "Erase at their request" not in show(client, ana, f"/customers/{jo}")
    send(client, ana, f"/customers/{jo}/erase", 403, sure="yes")
    assert "A case of this customer is held" in show(client, adi, f"/customers/{jo}")
    assert "held or under an open matter" in send(client, adi, f"/customers/{jo}/erase", 423, sure="yes")
    leo = signed_in(scene.ports, scene.leo)
    send(client, leo, f"/legal/{scene.matter(case).id}/release", reason="settled")
    send(client, adi, f"/customers/{jo}/erase", 422)
    send(client, adi, f"/customers/{jo}/erase", sure="yes")
    page = show(client, adi, f"/customers/{jo}")
    assert "Erased customer" in page
    assert "lawyer" not in page
    assert "Harker" not in page


def test_an_open_page_stays_true(scene: Scene, client: TestClient, ports: Ports, jo: str) -> None:
    case = scene.hear(ORDER).id
    feed, who = Feed(ports), signed_in(ports, scene.ben)
    screens = [Screen(client, ports, who, path, feed) for path in (f"/customers/{jo}", f"/customers/{jo}?group=reply")]
    scene.send(scene.ana, case)
    for step in (lambda: None, scene.deliver, lambda: upsert_customer(ports, scene.sue, "K-1", {"tier": "platinum"})):
        step()
        for screen in screens:
            screen.catch_up()
            assert not (found := screen.differences()), "\n".join(found)
