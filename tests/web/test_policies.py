"""The policies' screens: reading, acknowledging, changing, and what a wrong text says."""

from html import unescape
from typing import Any

import pytest
from starlette.testclient import TestClient

from app.actions.acknowledge_policy import acknowledge_policy
from app.actions.open_workspace import open_workspace
from app.actions.publish_policy import publish_policy
from app.core.errors import Conflict, Forbidden, Invalid, NotFound
from app.policy import store as policies
from app.policy.model import Policy
from app.policy.written import text_of
from app.web.live.feed import Feed
from tests.support.people import Signed, signed_in
from tests.support.scene import Scene
from tests.support.screen import Screen


def show(client: TestClient, who: Signed, path: str, status: int = 200) -> str:
    answer = client.get(path, headers=who.headers)
    assert answer.status_code == status, answer.text
    return answer.text


def send(client: TestClient, who: Signed, path: str, status: int = 303, **form: Any) -> str:
    answer = client.post(path, data=form | {"csrf": who.visitor.csrf}, headers=who.headers)
    assert answer.status_code == status, answer.text
    return answer.headers["location"] if status == 303 else unescape(answer.text)


def active(scene: Scene, id: str = "public-reply") -> Policy:
    with scene.ports.db.read() as conn:
        return policies.active(conn, id)


def changed(scene: Scene, old: str = "I read the whole thread", new: str = "I read every post") -> str:
    return text_of(active(scene)).replace(old, new)


def test_everybody_reads_the_policies_and_says_so(scene: Scene, client: TestClient) -> None:
    tim = signed_in(scene.ports, scene.tim)
    page = show(client, tim, "/policies")
    for words in ("You have not read 3 policies", "Public reply", "Legal approves", "I read the whole thread", "New policy"):
        assert (words in page) is (words != "New policy")
    page = show(client, tim, "/policies/public-reply")
    for words in ("I have read version 1", "An answer in public is read by everyone", active(scene).hash, "0 of 5"):
        assert words in page
    assert send(client, tim, "/policies/public-reply/acknowledge", version="1") == "/policies/public-reply"
    page = show(client, tim, "/policies/public-reply")
    assert "You have read version 1" in page
    assert "1 of 5" in page
    assert not acknowledge_policy(scene.ports, scene.tim, "public-reply", 1), "a second time changes nothing"
    assert len(scene.events(kind="policy.acknowledged")) == 1
    assert "You have not read 2 policies" in show(client, tim, "/policies")


def test_a_supervisor_publishes_a_version_and_the_next_answer_is_under_it(scene: Scene, client: TestClient, sue: Signed) -> None:
    acknowledge_policy(scene.ports, scene.ana, "public-reply", 1)
    assert "title: Public reply" in show(client, sue, "/policies/public-reply/edit")
    text = changed(scene).replace("\n", "\r\n")
    assert "Version+2+is+in+force" in send(client, sue, "/policies/public-reply/edit", text=text, base="1")
    case = scene.hear()
    assert scene.send(scene.ana, case.id).policy_version == 2
    [event] = scene.events(kind="policy.activated")[-1:]
    assert (event.actor.name, event.data) == ("Sue", {"policy": "public-reply", "version": 2})
    page = show(client, signed_in(scene.ports, scene.ana), "/policies/public-reply")
    assert "I have read version 2" in page, "the new version has to be read again"
    old = show(client, sue, "/policies/public-reply?version=1")
    assert "This is an earlier version" in old
    assert "I read the whole thread" in old
    assert "What version 2 changed" in show(client, sue, "/policies/public-reply?version=2")


def test_a_published_version_survives_a_restart(scene: Scene) -> None:
    publish_policy(scene.ports, scene.sue, "public-reply", changed(scene), 1)
    open_workspace(scene.ports)
    assert (active(scene).version, active(scene).items[0].text[:17]) == (2, "I read every post")


def test_a_wrong_text_is_refused_with_line_and_field_and_kept(scene: Scene, client: TestClient, sue: Signed) -> None:
    text = changed(scene).replace("applies: [public reply, direct reply]", "applies: [publik reply]") + "- [ ] no id\n"
    page = send(client, sue, "/policies/public-reply/edit", 422, text=text, base="1")
    for words in (
        "Not published.",
        'href="#L4"',
        "applies",
        "'publik reply' is not known",
        "checklist",
        "no id",
        "What you typed is still here",
    ):
        assert words in page
    assert active(scene).version == 1
    assert "Nothing was changed" in send(client, sue, "/policies/public-reply/edit", 422, text=text_of(active(scene)), base="1")
    page = send(client, sue, "/policies/public-reply/edit", 422, text="<script>alert(1)</script>", base="1")
    assert "no front matter" in page


def test_who_published_meanwhile_is_not_overwritten_unseen(scene: Scene, client: TestClient, sue: Signed) -> None:
    publish_policy(scene.ports, scene.sue, "public-reply", changed(scene), 1)
    mine = changed(scene, "The answer takes up", "The answer begins with")
    page = send(client, sue, "/policies/public-reply/edit", 409, text=mine, base="1")
    assert "Version 2 of public-reply was published while you wrote" in page
    assert "The answer begins with" in page
    with pytest.raises(Conflict):
        acknowledge_policy(scene.ports, scene.ana, "public-reply", 1)


def test_a_new_policy_takes_its_id_from_its_text(scene: Scene, client: TestClient, sue: Signed) -> None:
    text = (
        "---\nid: refunds\ntitle: Refunds\napplies: [direct reply]\n---\n# How\n<b>Look</b> it up.\n\n- [ ] {looked} Looked up (required)\n"
    )
    assert send(client, sue, "/policies/new", text=text, base="0").startswith("/policies/refunds?")
    page = show(client, sue, "/policies/refunds")
    assert "&lt;b&gt;Look&lt;/b&gt; it up." in page
    assert '<h3 dir="auto">How</h3>' in page


def test_only_supervisors_change_policies(scene: Scene, client: TestClient) -> None:
    ana = signed_in(scene.ports, scene.ana)
    show(client, ana, "/policies/public-reply/edit", 403)
    send(client, ana, "/policies/public-reply/edit", 403, text=changed(scene), base="1")
    with pytest.raises(Forbidden):
        publish_policy(scene.ports, scene.ana, "public-reply", changed(scene), 1)
    with pytest.raises(Invalid):
        publish_policy(scene.ports, scene.sue, "public-reply", "", 1)
    with pytest.raises(NotFound):
        acknowledge_policy(scene.ports, scene.ana, "no-such", 1)
    show(client, ana, "/policies/no-such", 404)
    show(client, ana, "/policies/public-reply?version=9", 404)


def test_open_pages_follow(scene: Scene, client: TestClient, sue: Signed) -> None:
    feed = Feed(scene.ports)
    both = [Screen(client, scene.ports, sue, path, feed) for path in ("/policies", "/policies/public-reply")]
    acknowledge_policy(scene.ports, scene.ana, "public-reply", 1)
    for screen in both:
        screen.catch_up()
        assert not (found := screen.differences()), "\n".join(found)
    publish_policy(scene.ports, scene.sue, "public-reply", changed(scene), 1)
    both[1].catch_up()
    newer = both[1].page.by_id("policy-newer")
    assert newer is not None
    assert newer.having("href", "/policies/public-reply")
