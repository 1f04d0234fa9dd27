"""The rules' screens, used as a supervisor without JavaScript uses them: press, be led back, read what stands there."""

import re
from html import unescape
from typing import Any

from starlette.testclient import TestClient

from app.actions.publish_rules import publish_rules
from app.routing import emit
from app.web.live.feed import Feed
from tests.support.people import Signed, hire, signed_in
from tests.support.rule_pages import PARKING, active, seen_in, send, show
from tests.support.scene import Scene
from tests.support.screen import Screen


def test_a_supervisor_makes_a_rule_tries_it_publishes_it_and_the_next_mention_obeys(scene: Scene, client: TestClient, sue: Signed) -> None:
    scene.hear("@acme is there parking beside the shop?", handle="early")
    assert "Change anything: it goes into a working copy" in show(client, sue, "/rules")
    assert "Where it stands" in show(client, sue, "/rules/new")
    assert send(client, sue, "/rules/new", **PARKING).endswith("#rules-work")
    page = show(client, sue, "/rules")
    for words in ("Your working copy", "1 rule added", "examples held, no warnings.", 'id="rule-parking"', "3 Publish v2"):
        assert words in page
    assert active(scene)[0] == 1, "nothing holds before it is published"
    tried = show(client, sue, "/rules/try?run=1")
    for words in ("1 of the last 1 mentions would have been decided otherwise", "is there parking beside the shop?", "community"):
        assert words in tried
    publish = show(client, sue, "/rules/publish")
    assert "What changes: 1 rule added" in publish
    assert 'class="diff-line diff-added"' in publish
    form: dict[str, Any] = {"reason": "parking is asked a lot", "seen": seen_in(publish), "expected": "1"}
    assert "Version+2+is+in+force" in send(client, sue, "/rules/publish", **form)
    case = scene.hear("@acme where is the garage?", handle="late")
    assert (case.queue, case.rules_version, "parking" in case.tags) == ("community", 2, True)
    scene.clock.move(minutes=1)
    page = show(client, sue, "/rules")
    assert "Version 2 in force" in page
    assert "parking is asked a lot" in page
    assert "Your working copy" not in page
    assert 'title="Fired in the last day: 1"' in page.partition('id="rule-parking"')[2].partition("</li>")[0]


def test_the_list_can_be_switched_moved_copied_and_cut(scene: Scene, client: TestClient, sue: Signed) -> None:
    show(client, sue, "/rules")
    assert send(client, sue, "/rules/rule/loud-voice/switch", on="false") == "/rules#rule-loud-voice"
    send(client, sue, "/rules/rule/vip/move", to="up")
    assert send(client, sue, "/rules/rule/spanish/duplicate") == "/rules#rule-spanish-copy"
    send(client, sue, "/rules/rule/target-near/delete")
    page = show(client, sue, "/rules")
    for words in ("1 rule changed", "1 rule added", "1 rule deleted", "1 rule moved", "Deleted in your working copy", "Spanish (copy)"):
        assert words in page
    assert page.index('id="rule-vip"') < page.index('id="rule-vip-angry"')
    assert "Take the example out" in page, "an example expects the rule that is off"
    while found := re.search(r'formaction="/rules/drop-example"[^>]* name="name" value="([^"]+)"', show(client, sue, "/rules")):
        send(client, sue, "/rules/drop-example", name=found[1])  # whatever else of the default examples expects what is gone
    assert "examples held" in show(client, sue, "/rules")
    assert "working+copy+is+gone" in send(client, sue, "/rules/discard")
    assert "Your working copy</h2>" not in show(client, sue, "/rules")
    send(client, sue, "/rules/rule/no-such/move", 404, to="up")
    send(client, sue, "/rules/rule/vip/burn", 404)


def test_a_form_changes_its_shape_and_keeps_what_was_typed(client: TestClient, sue: Signed) -> None:
    typed = PARKING | {"name": "Half a na", "do": "group:w"}
    assert send(client, sue, "/rules/new", **typed) == "/rules/new#w"
    page = show(client, sue, "/rules/new")
    assert 'name="w.1.0.field"' in page
    assert "Half a na" in page
    assert "not in your working copy yet" in page
    assert 'class="field-error"' not in page, "nobody has tried to save it"
    assert "a new rule" in show(client, sue, "/rules"), "the list says that a form waits"
    faulty = PARKING | {"w.0.value": "", "floor": "140", "name": "Half a name"}
    assert send(client, sue, "/rules/new", **faulty) == "/rules/new?view=form"
    page = show(client, sue, "/rules/new")
    for words in (
        "Not saved.",
        "This list is empty. Name at least one value.",
        "The floor must be a whole number from 0 to 100",
        "Half a name",
    ):
        assert words in page
    assert send(client, sue, "/rules/new", **PARKING).endswith("#rules-work")
    assert "Half a name" not in show(client, sue, "/rules/new")


def test_the_yaml_of_a_rule_is_the_same_rule(client: TestClient, sue: Signed) -> None:
    page = show(client, sue, "/rules/rule/flood?view=yaml")
    assert "cluster_size: {at_least: 5}" in page
    text = page.partition('wrap="off"')[2].partition(">\n")[2].partition("</textarea>")[0]
    assert send(client, sue, "/rules/rule/flood", text=text.replace("at_least: 5", "atleast: 5"), do="save").endswith("?view=yaml")
    page = show(client, sue, "/rules/rule/flood?view=yaml")
    for words in ('href="#L5"', "rules[flood].when.cluster_size.atleast", "Did you mean at_least?", 'class="yaml-error"', "atleast: 5"):
        assert words in page
    assert (
        send(client, sue, "/rules/rule/flood", text=text.replace("at_least: 5", "at_least: 7"), do="view:form")
        == "/rules/rule/flood?view=form"
    )
    assert 'value="7"' in show(client, sue, "/rules/rule/flood")


def test_a_fault_is_said_with_the_line_of_its_own_rule_beside_one_whose_id_begins_alike(
    scene: Scene, client: TestClient, sue: Signed
) -> None:
    head, _, tail = active(scene)[1].partition("  - id: vip\n")
    assert "- id: vip-angry" in head
    send(client, sue, "/rules/file", text=f"{head}  - id: vip\n{tail.replace('queue: vip', 'queue: vipp', 1)}")
    page = show(client, sue, "/rules/rule/vip?view=yaml")
    assert "Did you mean vip?" in page
    assert 'href="#L7"' in page


def test_the_whole_text_is_kept_however_wrong_and_its_errors_lead_to_their_lines(scene: Scene, client: TestClient, sue: Signed) -> None:
    text = active(scene)[1].replace("queue: vip\n", "queue: vipp\n", 1)
    send(client, sue, "/rules/file", text=text.replace("\n", "\r\n"))
    line = next(number for number, one in enumerate(text.split("\n"), 1) if "vipp" in one)
    page = show(client, sue, "/rules/file")
    assert f'href="#L{line}"' in page
    assert "There is no queue 'vipp'. <span class=\"fault-mend\">Did you mean vip?" in page
    assert f'<li id="L{line}" class="yaml-error">' in page
    send(client, sue, "/rules/file", text="rules: [")
    page = show(client, sue, "/rules")
    assert "Your working copy cannot be read as rules" in page
    assert "/rules/rule/vip/move" not in page, "what is shown is in force and has no buttons"
    assert "cannot be tried yet" in show(client, sue, "/rules/try")
    show(client, sue, "/rules/rule/vip", 404)
    refused = send(client, sue, "/rules/publish", 422, reason="x", seen=seen_in(show(client, sue, "/rules/publish")), expected="1")
    assert "cannot be published" in refused
    assert active(scene)[0] == 1


def test_who_published_meanwhile_is_told_and_shown(scene: Scene, client: TestClient, sue: Signed) -> None:
    send(client, sue, "/rules/new", **PARKING)
    seen = seen_in(show(client, sue, "/rules/publish"))
    other = emit.set_enabled(active(scene)[1], "late-in-bulk", False).replace(
        "expect: {queue: care, escalate: null}", "expect: {escalate: null}"
    )
    publish_rules(scene.ports, hire(scene.ports, "Kim", "admin"), other, reason="less noise", expected=1)
    assert send(client, sue, "/rules/publish", reason="mine", seen=seen, expected="1") == "/rules/publish#rules-behind"
    page = show(client, sue, "/rules/publish")
    assert "Version 2 was published after your copy was begun" in page
    assert "late-in-bulk" in page, "the diff says what would be taken back"
    send(client, sue, "/rules/stand-on", version="2")
    send(client, sue, "/rules/publish", reason="mine", seen=seen, expected="2")
    assert active(scene)[0] == 3


def test_what_was_not_seen_is_not_published(scene: Scene, client: TestClient, sue: Signed) -> None:
    send(client, sue, "/rules/new", **PARKING)
    seen = seen_in(show(client, sue, "/rules/publish"))
    send(client, sue, "/rules/rule/parking/switch", on="false")
    assert "changed+in+another+window" in send(client, sue, "/rules/publish", reason="mine", seen=seen, expected="1")
    assert "Say why" in send(client, sue, "/rules/publish", 422, reason="  ", seen=seen, expected="1")
    assert active(scene)[0] == 1


def test_the_history_and_the_way_back(scene: Scene, client: TestClient, sue: Signed) -> None:
    send(client, sue, "/rules/new", **PARKING)
    send(client, sue, "/rules/publish", reason="<b>parking</b>", seen=seen_in(show(client, sue, "/rules/publish")), expected="1")
    raw = client.get("/rules/versions", headers=sue.headers).text
    assert "&lt;b&gt;parking" in raw
    assert raw.index("Version 2") < raw.index("Version 1")
    assert "Go back to this version" not in show(client, sue, "/rules/versions/2")
    page = show(client, sue, "/rules/versions/1")
    assert "A copy of it becomes version 3" in page
    assert "Back+to+version+1" in send(client, sue, "/rules/versions/1/roll-back", reason="it did not help")
    assert scene.hear("@acme where is the garage?").queue == "care"
    show(client, sue, "/rules/versions/9", 404)


def test_readers_see_the_rules_and_no_buttons(scene: Scene, client: TestClient) -> None:
    ana = signed_in(scene.ports, scene.ana)
    page = show(client, ana, "/rules")
    assert 'id="rule-risk-legal"' in page
    for words in ("/rules/rule/vip/move", "New rule", "working copy"):
        assert words not in page
    assert "readonly" in show(client, ana, "/rules/file")
    show(client, ana, "/rules/versions/1")
    for path in ("/rules/new", "/rules/rule/vip", "/rules/try", "/rules/publish"):
        show(client, ana, path, 403)
    for path in ("/rules/new", "/rules/rule/vip/switch", "/rules/file", "/rules/publish", "/rules/versions/1/roll-back", "/rules/discard"):
        send(client, ana, path, 403)


def test_the_trial_isolates_what_customers_write(scene: Scene, client: TestClient, sue: Signed) -> None:
    scene.hear("@acme parking \u202e<img src=x onerror=alert(1)>")
    send(client, sue, "/rules/new", **PARKING)
    raw = client.get("/rules/try?run=1", headers=sue.headers).text
    assert "<img" not in raw
    assert 'class="control" title="invisible character">RLO' in raw
    assert 'class="said tried-text" dir="auto"' in raw


def test_an_open_list_follows_what_is_published(scene: Scene, client: TestClient, sue: Signed) -> None:
    feed = Feed(scene.ports)
    reader = Screen(client, scene.ports, signed_in(scene.ports, scene.ana), "/rules", feed)
    send(client, sue, "/rules/new", **PARKING)
    editor = Screen(client, scene.ports, sue, "/rules", feed)
    assert reader.catch_up() == [], "a working copy is nobody's news"
    text = emit.add_rule(active(scene)[1], {"id": "extra", "do": {"tags": ["extra"]}}, "risk-safety")
    publish_rules(scene.ports, hire(scene.ports, "Kim", "admin"), text, reason="tags", expected=1)
    for screen in (reader, editor):
        screen.catch_up()
        assert not (found := screen.differences()), "\n".join(found)
    assert reader.page.by_id("rule-extra") is not None


def test_each_rule_has_its_history_with_words_and_lines(scene: Scene, client: TestClient, sue: Signed) -> None:
    assert "Version 1" in show(client, sue, "/rules/rule/flood/history")
    text = active(scene)[1].replace("cluster_size: {at_least: 5}", "cluster_size: {at_least: 7}", 1)
    publish_rules(scene.ports, hire(scene.ports, "Kim", "admin"), text, reason="<b>seven</b>", expected=1)
    raw = client.get("/rules/rule/flood/history", headers=signed_in(scene.ports, scene.ana).headers).text
    assert "&lt;b&gt;seven" in raw
    page = unescape(raw)
    for words in ("Changed", "at least 7", "-    cluster_size: {at_least: 5}", "+    cluster_size: {at_least: 7}", "New"):
        assert words in page
    assert "Version 2" not in show(client, sue, "/rules/rule/spanish/history"), "it did not change there"
    show(client, sue, "/rules/rule/no-such/history", 404)
