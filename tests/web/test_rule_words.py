"""Word lists on the page of the rules: made, changed, used by a rule, and deleted only when nobody asks for them."""

import re

from starlette.testclient import TestClient

from app.routing.condition_form import split
from app.routing.emit_lists import put_list
from app.routing.store_drafts import draft_of
from tests.routing.written import set_of
from tests.support.people import Signed, hire, signed_in
from tests.support.rule_pages import PARKING, send, show
from tests.support.scene import Scene


def lists_of(scene: Scene) -> dict[str, tuple[str, ...]]:
    with scene.ports.db.read() as conn:
        draft = draft_of(conn, scene.sue.person())
    assert draft is not None
    return {one.name: one.words for one in set_of(draft.text).lists}


def test_a_list_is_made_used_changed_and_deleted_when_nothing_asks_for_it(scene: Scene, client: TestClient, sue: Signed) -> None:
    assert "There is none yet." in show(client, sue, "/rules")
    in_list = PARKING | {"w.0.op": "in_list", "w.0.value": ["parking"]}
    send(client, sue, "/rules/new", **PARKING | {"w.0.op": "in_list", "w.0.value": "", "do": "keep:w"})
    assert "There is no word list yet" in show(client, sue, "/rules/new")
    assert send(client, sue, "/rules/lists", name="parking", words="parking, garage\r\n").endswith("#words-parking")
    assert lists_of(scene) == {"parking": ("parking, garage",)}, "by lines: a word may have a comma"
    send(client, sue, "/rules/lists", name="parking", words="parking, garage", seen="parking, garage\n")
    assert lists_of(scene) == {"parking": ("parking", "garage")}
    page = show(client, sue, "/rules")
    assert "No rule asks for it." in page
    assert "Delete the list parking" in page

    assert '<input type="checkbox" name="w.0.value" value="parking"><span>parking (parking, garage)</span>' in show(
        client, sue, "/rules/new"
    )
    send(client, sue, "/rules/new", **in_list)
    page = show(client, sue, "/rules")
    assert 'Asked for by <a href="/rules/rule/parking">Parking</a>' in page
    assert "Delete the list parking" not in page
    assert "asked for by parking" in send(client, sue, "/rules/lists/drop", 422, name="parking")
    send(client, sue, "/rules/rule/parking", **in_list | {"w.0.value": ["parking", "gone"], "id": "parking"})
    assert "gone (not known here)" in show(client, sue, "/rules/rule/parking")
    send(client, sue, "/rules/rule/parking/delete")
    send(client, sue, "/rules/lists/drop", name="parking")
    assert lists_of(scene) == {}


def test_what_somebody_else_added_to_a_list_stays(scene: Scene, client: TestClient, sue: Signed) -> None:
    send(client, sue, "/rules/lists", name="late", words="late, still waiting")
    send(client, sue, "/rules/lists", name="late", words="late, soon", seen="late")
    assert lists_of(scene) == {"late": ("late", "still waiting", "soon")}
    assert "There is a list late already" in send(client, sue, "/rules/lists", 422, name="late", words="other")
    assert "cannot be the name of a list" in send(client, sue, "/rules/lists", 422, name="Not A Name", words="x")
    assert lists_of(scene) == {"late": ("late", "still waiting", "soon")}


def test_words_with_a_comma_come_back_from_the_field_as_they_went(scene: Scene, client: TestClient, sue: Signed) -> None:
    text = put_list(show_file(client, sue), "odd", ["well, well", "é*"])
    send(client, sue, "/rules/file", text=text)
    page = show(client, sue, "/rules").partition('id="words-odd"')[2]
    (seen,) = re.findall(r'<textarea name="seen" hidden>\n(.*?)</textarea>', page, re.DOTALL)
    assert split(seen) == ["well, well", "é*"]


def show_file(client: TestClient, who: Signed) -> str:
    return show(client, who, "/rules/file").partition('wrap="off"')[2].partition(">\n")[2].partition("</textarea>")[0]


def test_who_may_change_a_list(scene: Scene, client: TestClient) -> None:
    agent = signed_in(scene.ports, hire(scene.ports, "Ned", "agent"))
    send(client, agent, "/rules/lists", 403, name="late", words="late")
    send(client, agent, "/rules/lists/drop", 403, name="late")
