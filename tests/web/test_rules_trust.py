"""The rules' screens of trust: a second person, a trial that streams and can be stopped, why a rule fired or not, what it comes to."""

import json
from html import unescape

import pytest
from starlette.testclient import TestClient

from app.actions.add_note import add_note
from app.actions.confirm_rules import decline_rules
from app.actions.edit_rules import WriteAll, edit_rules
from app.actions.publish_rules import Published, publish_rules
from app.routing import emit
from app.web.live.feed import Feed
from tests.support.people import Signed, hire, signed_in
from tests.support.rule_pages import active, seen_in, send, show
from tests.support.rule_text import obey
from tests.support.scene import ORDER, THREAT, Scene
from tests.support.screen import Screen


@pytest.fixture
def leo(scene: Scene) -> Signed:
    """Legal's browser."""
    return signed_in(scene.ports, scene.leo)


def legal_text(scene: Scene) -> str:
    return active(scene)[1].replace("the customer speaks of legal steps", "a lawyer was named")


def asked(scene: Scene) -> Published:
    return publish_rules(scene.ports, scene.sue, legal_text(scene), reason="plainer <b>words</b>", expected=1)


def test_a_change_that_touches_legal_is_asked_looked_at_and_confirmed_by_another(
    scene: Scene, client: TestClient, sue: Signed, leo: Signed
) -> None:
    edit_rules(scene.ports, scene.sue, WriteAll(legal_text(scene)))
    page = show(client, sue, "/rules/publish")
    for words in ("A second person has to confirm this.", "Threat of a lawyer or a court", "Ask for a second person"):
        assert words in page
    at = send(client, sue, "/rules/publish", reason="plainer words", seen=seen_in(page), expected="1").partition("?")[0]
    assert at.startswith("/rules/waiting/")
    assert active(scene)[0] == 1
    own = show(client, sue, at)
    assert "You asked for it, so you cannot confirm it" in own
    assert "/confirm" not in own
    send(client, sue, f"{at}/confirm", 403)
    for path in ("/rules", "/approvals"):
        assert "Rules wait for a second person" in show(client, leo, path)
        assert at in show(client, leo, path)
    assert 'id="count-rules" class="count num" data-region="replace">1<' in show(client, leo, "/legal"), "every page says that one waits"
    page = show(client, leo, at)
    for words in ("a lawyer was named", "plainer words", "Confirm: put it in force", "Until then version 1 stays in force"):
        assert words in page
    assert "Version+2+is+in+force" in send(client, leo, f"{at}/confirm")
    page = show(client, sue, "/rules")
    assert "Version 2 in force" in page
    assert "confirmed by <bdi>Leo</bdi>" in page
    assert "Your working copy</h2>" not in page
    assert "confirmed by" in show(client, sue, "/rules/versions")
    assert "confirmed by <bdi>Leo</bdi>" in show(client, sue, "/rules/versions/2")
    assert "Confirmed" in show(client, sue, at)
    send(client, leo, f"{at}/confirm", 409)


def test_declined_its_author_reads_why(scene: Scene, client: TestClient, sue: Signed, leo: Signed) -> None:
    edit_rules(scene.ports, scene.sue, WriteAll(legal_text(scene)))
    waits = asked(scene).waits
    assert waits is not None
    assert "waits for a second person already" in show(client, sue, "/rules/publish")
    send(client, leo, f"/rules/waiting/{waits.id}/decline", 422, reason=" ")
    send(client, leo, f"/rules/waiting/{waits.id}/decline", reason="customers sue too")
    page = show(client, sue, "/rules/publish")
    assert "declined this very text" in page
    assert "customers sue too" in page
    assert "customers sue too" in show(client, sue, f"/rules/waiting/{waits.id}")


def test_going_back_over_legals_rules_is_asked_too(scene: Scene, client: TestClient, sue: Signed, leo: Signed) -> None:
    waits = asked(scene).waits
    assert waits is not None
    send(client, leo, f"/rules/waiting/{waits.id}/confirm")
    assert "Going back touches what legal relies on" in show(client, sue, "/rules/versions/1")
    at = send(client, sue, "/rules/versions/1/roll-back", reason="it did not help", expected="2")
    assert at.startswith("/rules/waiting/")
    assert active(scene)[0] == 2
    send(client, sue, "/rules/versions/1/roll-back", 409, reason="late", expected="1")


def test_what_was_overtaken_says_so(scene: Scene, client: TestClient, leo: Signed) -> None:
    waits = asked(scene).waits
    assert waits is not None
    text = emit.add_rule(active(scene)[1], {"id": "extra", "do": {"tags": ["extra"]}}, "vip")
    publish_rules(scene.ports, hire(scene.ports, "Kim", "admin"), text, reason="tags", expected=1)
    page = show(client, leo, f"/rules/waiting/{waits.id}")
    assert "Version 2 came into force after this was asked for" in page
    assert "Confirm: put it in force" not in page
    assert "Out of date" in show(client, leo, "/rules")


def test_agents_see_that_something_waits_and_have_no_buttons(scene: Scene, client: TestClient) -> None:
    waits = asked(scene).waits
    assert waits is not None
    ana = signed_in(scene.ports, scene.ana)
    page = show(client, ana, f"/rules/waiting/{waits.id}")
    assert 'method="post" action="/rules/waiting' not in page
    assert "<b>words" not in client.get(f"/rules/waiting/{waits.id}", headers=ana.headers).text
    assert 'id="count-rules"' not in show(client, ana, "/rules")
    send(client, ana, f"/rules/waiting/{waits.id}/confirm", 403)
    send(client, ana, f"/rules/waiting/{waits.id}/decline", 403, reason="no")
    show(client, ana, "/rules/waiting/none", 404)


def test_open_pages_are_told_at_once(scene: Scene, client: TestClient, leo: Signed, sue: Signed) -> None:
    feed = Feed(scene.ports)
    screens = [
        Screen(client, scene.ports, who, path, feed)
        for who, path in ((leo, "/rules"), (leo, "/approvals"), (leo, "/legal"), (sue, "/rules"))
    ]
    waits = asked(scene).waits
    assert waits is not None
    for screen in screens:
        screen.catch_up()
        assert not (found := screen.differences()), "\n".join(found)
    assert screens[0].page.by_id("rules-waiting") is not None
    decline_rules(scene.ports, scene.leo, waits.id, "no")
    for screen in screens:
        screen.catch_up()
        assert not (found := screen.differences()), "\n".join(found)


def test_a_trial_streams_how_far_it_is_and_ends_with_its_result(scene: Scene, client: TestClient, sue: Signed) -> None:
    for number in range(3):
        scene.hear(f"@acme where is the garage {number}?", handle=f"h{number}")
    text = emit.add_rule(active(scene)[1], {"id": "garage", "when": {"text": "garage"}, "do": {"queue": "community"}}, "risk-safety")
    edit_rules(scene.ports, scene.sue, WriteAll(text))
    answer = client.get("/rules/try/run?last=100", headers=sue.headers)
    assert answer.headers["content-type"].startswith("application/x-ndjson")
    lines = [json.loads(line) for line in answer.text.splitlines()]
    assert lines[0] == {"done": 3, "total": 3}
    result = unescape(lines[-1]["html"])
    for words in ("3 of the last 3 mentions", "Before and after: 3 cases", "where is the garage 2?", "What a trial does not know"):
        assert words in result
    page = show(client, sue, "/rules/try?run=1&last=100")
    assert "3 of the last 3 mentions" in page, "without script the page itself has the result"
    assert "3 of the last 3" not in show(client, sue, "/rules/try"), "and nothing is tried until it is asked"
    show(client, signed_in(scene.ports, scene.ana), "/rules/try/run", 403)


def test_a_copy_that_cannot_be_read_says_so_in_the_stream(scene: Scene, client: TestClient, sue: Signed) -> None:
    edit_rules(scene.ports, scene.sue, WriteAll("rules: ["))
    [line] = client.get("/rules/try/run", headers=sue.headers).text.splitlines()
    assert "line 2" in json.loads(line)["refused"]


def test_why_is_reached_from_the_case_and_from_the_rule(scene: Scene, client: TestClient, sue: Signed) -> None:
    case = scene.hear(ORDER)
    ana = signed_in(scene.ports, scene.ana)
    assert f'href="/rules/why?case={case.id}"' in show(client, ana, f"/cases/{case.id}")
    page = show(client, ana, f"/rules/why?case={case.id}")
    assert "rules did not fire" in page
    assert f"/rules/why?rule=vip&case={case.id}" in page
    page = show(client, ana, f"/rules/why?rule=vip&case={case.id}")
    assert "did not fire" in page
    assert "Valuable customer who wants an answer asks:" in page
    assert "/rules/why?rule=order" in show(client, sue, "/rules/rule/order")
    assert "jo_harker" in show(client, ana, "/rules/why?rule=order"), "the last cases can be chosen"
    assert "There is no such case" in show(client, ana, "/rules/why?case=<script>")
    assert "<script>alert" not in show(client, ana, "/rules/why?case=%3Cscript%3Ealert(1)")


def test_why_says_in_words_what_a_guard_stopped_and_what_was_wanted_and_not_done(scene: Scene, client: TestClient, sue: Signed) -> None:
    case = scene.hear(THREAT)
    obey(scene.ports, "id: echo\non: [note.added]\ndo: {note: and again, close: spam}")
    scene.clock.move(minutes=1)
    add_note(scene.ports, scene.ana, case.id, "go")
    page = show(client, sue, f"/rules/why?rule=echo&case={case.id}")
    assert "but a guard kept it from firing: The rule echo was not asked again" in page
    assert "Wanted and not done: close as spam: legal holds it." in page


def test_what_a_rule_comes_to_stands_on_its_page_and_in_the_list(scene: Scene, client: TestClient, sue: Signed) -> None:
    case = scene.hear(ORDER)
    send(client, sue, f"/cases/{case.id}/tag", remove="order")
    page = show(client, sue, "/rules/rule/order")
    for words in ("What it comes to", "Fired in two weeks", "100 of 100 fires", "version 1", "too few to say"):
        assert words in page
    row = show(client, sue, "/rules").partition('id="rule-order"')[2].partition("</li>")[0]
    assert 'aria-label="Fired 1 times in two weeks"' in row
    assert "1 undone" in row
