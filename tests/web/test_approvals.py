"""The approval desk: whoever may decide sees the question, the text and what the checks find; nobody decides their own."""

import pytest
from starlette.testclient import TestClient

from app.engine.ports import Ports
from app.web.live.feed import Feed
from tests.support.people import signed_in
from tests.support.scene import ANSWER, ORDER, THREAT, Scene
from tests.support.screen import Screen
from tests.web.test_legal import send, show


@pytest.fixture
def asked(scene: Scene) -> str:
    """A trainee's answer that waits for a supervisor."""
    return str(scene.send(scene.tim, scene.hear(ORDER).id).id)


def test_the_list_shows_the_question_the_text_and_the_findings(scene: Scene, client: TestClient, asked: str) -> None:
    page = show(client, signed_in(scene.ports, scene.sue), "/approvals")
    for words in (
        "I am furious!",
        ANSWER,
        "Tim",
        "public-reply v1",
        "I read the whole thread",
        "The text checks find nothing.",
        "For supervisor",
    ):
        assert words in page
    assert f"/replies/{asked}/approve" in page


def test_one_can_be_read_whole_changed_and_rejected(scene: Scene, client: TestClient, asked: str) -> None:
    sue = signed_in(scene.ports, scene.sue)
    id = show(client, sue, "/approvals").split('href="/approvals/')[1].split('"')[0]
    one = show(client, sue, f"/approvals/{id}")
    for words in ("For supervisor to decide", "Approve this text", "Reject with a reason", "Our reply"):
        assert words in one
    send(client, sue, f"/replies/{asked}/approve", text=ANSWER + "\r\nAna", next="/approvals")
    assert scene.reply(asked).text == ANSWER + "\nAna"
    assert "Sue decided this answer already: it is changed." in show(client, sue, f"/approvals/{id}", 409)


def test_nobody_decides_their_own(scene: Scene, client: TestClient, ports: Ports) -> None:
    reply = scene.send(scene.leo, scene.hear(THREAT).id, propose=True)
    leo = signed_in(ports, scene.leo)
    page = show(client, leo, "/approvals")
    assert "You wrote this: another person decides." in page
    assert f"/replies/{reply.id}/approve" not in page
    assert "You asked for this approval" in send(client, leo, f"/replies/{reply.id}/approve", 409)


def test_who_may_decide_nothing_is_refused(scene: Scene, client: TestClient, asked: str) -> None:
    show(client, signed_in(scene.ports, scene.tim), "/approvals", 403)
    tim = signed_in(scene.ports, scene.tim)
    assert "Only supervisor can decide" in send(client, tim, f"/replies/{asked}/approve", 403)
    assert asked not in show(client, signed_in(scene.ports, scene.ana), "/approvals")


def test_an_open_list_stays_true(scene: Scene, client: TestClient, ports: Ports) -> None:
    case = scene.hear(ORDER).id
    screen = Screen(client, ports, signed_in(ports, scene.sue), "/approvals", Feed(ports))
    reply = scene.send(scene.tim, case)
    screen.catch_up()
    assert ANSWER in screen.page.plain()
    assert not screen.differences()
    send(client, signed_in(ports, scene.sue), f"/replies/{reply.id}/reject", reason="kinder, please")
    screen.catch_up()
    assert not screen.differences()
    assert "No answer waits for you" in screen.page.plain()
