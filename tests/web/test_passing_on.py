"""Passing a case on from its page, going on with what a colleague left, and saying why one is away."""

import re

from starlette.testclient import TestClient

from app.actions.claim_case import claim_case
from app.actions.release_case import release_case
from app.actions.save_draft import save_draft
from app.engine.sightings import taken
from app.people import store as people
from tests.support.people import Signed, person, signed_in
from tests.support.scene import Scene
from tests.web.test_people import post


def case_page(client: TestClient, who: Signed, case: str) -> str:
    return client.get(f"/cases/{case}", headers=who.headers).text


def test_a_case_is_passed_on_with_a_reason_from_the_list_or_in_ones_own_words(scene: Scene, client: TestClient) -> None:
    ana, case = signed_in(scene.ports, scene.ana), scene.hear().id
    claim_case(scene.ports, scene.ana, case)
    page = case_page(client, ana, case)
    assert 'popovertarget="skip-menu"' in page
    assert 'value="Wrong queue"' in page
    status, _, to = post(client, ana, f"/cases/{case}/skip", reason="Wrong queue")
    assert (status, to) == (303, "/inbox?notice=Passed%20on.%20It%20is%20not%20offered%20to%20you%20again%20for%2060%20minutes.")
    assert scene.case(case).assignee_id is None
    claim_case(scene.ports, scene.ana, case)
    post(client, ana, f"/cases/{case}/skip", words="It needs a lawyer")
    assert [e.data["reason"] for e in scene.events(case, kind="case.skipped")] == ["Wrong queue", "It needs a lawyer"]
    assert "passed the case on: It needs a lawyer" in case_page(client, ana, case)
    assert post(client, ana, f"/cases/{case}/skip")[0] == 422


def test_who_does_not_hold_it_and_who_only_reads_cannot_pass_it_on(scene: Scene, client: TestClient) -> None:
    case = scene.hear().id
    claim_case(scene.ports, scene.ben, case)
    for asker in (scene.ana, scene.leo):
        assert "skip-menu" not in case_page(client, signed_in(scene.ports, asker), case)
    assert post(client, signed_in(scene.ports, scene.ana), f"/cases/{case}/skip", reason="x")[0] == 409
    assert post(client, signed_in(scene.ports, scene.leo), f"/cases/{case}/skip", reason="x")[0] == 403


def test_what_a_colleague_had_begun_is_offered_and_taken_over(scene: Scene, client: TestClient) -> None:
    ben, case = signed_in(scene.ports, scene.ben), scene.hear().id
    claim_case(scene.ports, scene.ana, case)
    save_draft(scene.ports, scene.ana, case, "Dear Jo, <b>I have</b> looked")
    assert "left-draft" not in case_page(client, ben, case), "what its holder is writing is theirs alone"
    release_case(scene.ports, scene.ana, case)
    page = case_page(client, ben, case)
    assert "Dear Jo, &lt;b&gt;I have&lt;/b&gt; looked</blockquote>" in page
    assert post(client, ben, f"/cases/{case}/adopt-draft")[0] == 303
    assert scene.draft(case, scene.ben) == scene.draft(case, scene.ana) == "Dear Jo, <b>I have</b> looked"
    page = case_page(client, ben, case)
    assert "left-draft" not in page
    assert "Dear Jo, &lt;b&gt;I have&lt;/b&gt; looked</textarea>" in page
    save_draft(scene.ports, scene.ben, case, "My own words")
    assert post(client, ben, f"/cases/{case}/adopt-draft")[0] == 409
    assert scene.draft(case, scene.ben) == "My own words"


def test_presence_is_said_with_a_reason_and_shown_with_since_when(scene: Scene, client: TestClient) -> None:
    ana = signed_in(scene.ports, scene.ana)
    assert post(client, ana, "/presence", presence="away:Lunch")[0] == 303
    assert (person(scene.ports, scene.ana).presence, person(scene.ports, scene.ana).presence_reason) == ("away", "Lunch")
    page = client.get("/inbox", headers=ana.headers).text
    menu = re.search(r'id="me-menu".*?</div>', page, re.DOTALL)
    assert menu is not None
    assert re.search(r"<bdi>Lunch</bdi>,.*?since <time", menu[0], re.DOTALL)
    assert re.search(r'value="away:Lunch"[^>]*aria-current="true"', menu[0])
    assert 'data-act="presence"' in page
    post(client, ana, "/presence", presence="busy", reason="a call: the bank")
    assert person(scene.ports, scene.ana).presence_reason == "a call: the bank"
    post(client, ana, "/presence", presence="available")
    assert person(scene.ports, scene.ana).presence_reason == ""


def test_next_best_says_when_one_holds_more_than_one_should(scene: Scene, client: TestClient) -> None:
    ana = signed_in(scene.ports, scene.ana)
    with scene.ports.db.write() as tx:
        people.change(tx, scene.ana.person(), capacity=1, hard_capacity=2)
    for n, text in enumerate(
        ("@acme invoice 7 names the wrong street", "@acme the blue lamp has no cable", "@acme two glasses are broken")
    ):
        scene.hear(text, handle=f"jo_{n}")
    assert "?notice=" not in post(client, ana, "/cases/next")[2]
    to = post(client, ana, "/cases/next")[2]
    assert "You%20hold%202%20open%20cases%3B%201%20are%20meant%20at%20once%2C%20and%202%20are%20the%20most." in to
    status, page, _ = post(client, ana, "/cases/next")
    assert status == 409
    assert "holds 2 of 2, the most they may" in page


def test_a_request_is_a_sign_of_life(scene: Scene, client: TestClient) -> None:
    taken()
    client.get("/inbox", headers=signed_in(scene.ports, scene.ana).headers)
    assert taken() == [scene.ana.person()]
