"""Acts on many cases in the browser and without a script: planned, done in steps or at once, shown case by case, undone."""

import re

from starlette.testclient import TestClient

from app.actions.bulk_steps import AT_ONCE
from app.actions.claim_case import claim_case
from app.actions.release_case import assign_case
from tests.support.people import signed_in
from tests.support.scene import THREAT, Scene
from tests.web.test_people import post


def sentence(page: str) -> str:
    """What a plan or a result says."""
    found = re.search(r'class="plan-sentence">(.*?)</p>', page, re.DOTALL)
    assert found is not None
    return re.sub(r"<[^>]+>", "", found[1]).strip()


def test_a_plan_says_what_it_will_do_and_changes_nothing(scene: Scene, client: TestClient) -> None:
    sue = signed_in(scene.ports, scene.sue)
    cases = [scene.hear(handle=f"jo_{n}").id for n in range(3)]
    held = scene.hear(THREAT, handle="lawyer").id
    claim_case(scene.ports, scene.ben, cases[0])
    before = len(scene.events())
    status, page, _ = post(client, sue, "/bulk/plan", verb="assign", case=[*cases, held])
    assert (status, sentence(page)) == (200, "Choose whom to give them to.")
    assert "that somebody else is working on" in page
    _, page, _ = post(client, sue, "/bulk/plan", verb="assign", case=[*cases, held], person=scene.ana.person())
    assert sentence(page) == "3 cases go to Ana, 1 stays held by legal; 1 stays: Ben is working on it."
    assert "Stays: Ben is working on it" in page
    _, page, _ = post(client, sue, "/bulk/plan", verb="assign", case=cases, person=scene.ana.person(), taken_too="true")
    assert sentence(page) == "3 cases go to Ana, 1 is being worked on."
    _, page, _ = post(client, sue, "/bulk/plan", verb="close", case=[*cases, held], disposition="spam")
    assert sentence(page).endswith("1 stays: Ben is working on it; 1 stays: legal holds it.")
    for verb, more in (("queue", {"queue": "bulk"}), ("tag", {"tags": "#storm, refund"}), ("snooze", {"minutes": "60"}), ("release", {})):
        assert post(client, sue, "/bulk/plan", verb=verb, case=cases, **more)[0] == 200
    assert post(client, sue, "/bulk/plan", verb="dance", case=cases)[0] == 422
    assert post(client, sue, "/bulk/plan", verb="snooze", case=cases, minutes="0")[0] == 422
    assert len(scene.events()) == before


def test_all_of_a_view_means_what_the_server_lists(scene: Scene, client: TestClient) -> None:
    sue = signed_in(scene.ports, scene.sue)
    cases = [scene.hear(handle=f"jo_{n}").id for n in range(3)]
    assign_case(scene.ports, scene.sue, cases[2], scene.ana.person())
    values = {"verb": "tag", "tags": "storm", "case": cases[:1], "scope": "view", "in_view": f"view=all&assignee={scene.ana.person()}"}
    _, page, _ = post(client, sue, "/bulk/plan", **values)
    assert sentence(page) == "1 case gets #storm."
    _, _, to = post(client, sue, "/bulk", **values)
    assert sentence(client.get(to, headers=sue.headers).text) == "1 case got #storm."
    assert "storm" in scene.case(cases[2]).tags
    assert "storm" not in scene.case(cases[0]).tags


def test_done_at_once_without_a_script_and_undone_with_what_could_not_be(scene: Scene, client: TestClient) -> None:
    sue, ben = signed_in(scene.ports, scene.sue), signed_in(scene.ports, scene.ben)
    cases = [scene.hear(handle=f"jo_{n}").id for n in range(3)]
    status, _, to = post(client, sue, "/bulk", verb="assign", case=cases, person=scene.ana.person(), reason="flood")
    assert (status, to.startswith("/bulk/")) == (303, True)
    assert sentence(client.get(to, headers=sue.headers).text) == "3 cases went to Ana."
    assert client.get(to, headers=ben.headers).status_code == 403
    assert to in client.get("/bulk", headers=sue.headers).text
    assert f"{to}/undo" in client.get("/people", headers=sue.headers).text
    assign_case(scene.ports, scene.sue, cases[0], scene.ben.person())
    assert post(client, ben, f"{to}/undo")[0] == 403
    _, _, back = post(client, sue, f"{to}/undo?next=/inbox")
    page = client.get(back, headers=sue.headers).text
    assert back == to, "what could not be given back is shown, wherever one came from"
    assert "2 of 3 given back; 1 could not be" in re.sub(r"\s+", " ", page)
    assert "Not given back: Ben has it since" in page
    assert [scene.case(id).assignee_name for id in cases] == ["Ben", None, None]
    assert to not in client.get("/bulk", headers=sue.headers).text


def test_a_whole_undo_leads_back_to_where_one_was_and_nowhere_else(scene: Scene, client: TestClient) -> None:
    sue, case = signed_in(scene.ports, scene.sue), scene.hear().id
    _, _, to = post(client, sue, "/bulk", verb="tag", case=[case], tags="storm")
    assert post(client, sue, f"{to}/undo?next=//evil.example")[2] == to
    _, _, to = post(client, sue, "/bulk", verb="tag", case=[case], tags="storm")
    assert post(client, sue, f"{to}/undo?next=/inbox?view=mine")[2].startswith("/inbox?view=mine&notice=Undone")
    assert "storm" not in scene.case(case).tags


def test_a_script_goes_on_step_by_step(scene: Scene, client: TestClient) -> None:
    sue, case = signed_in(scene.ports, scene.sue), scene.hear().id
    many = [*(f"{n:020d}" for n in range(AT_ONCE)), case]
    _, _, to = post(client, sue, "/bulk", verb="tag", case=many, tags="storm", by_steps="true")
    page = client.get(to, headers=sue.headers).text
    assert f'data-waits="1" data-done="{AT_ONCE}"' in page
    post(client, sue, f"{to}/on")
    assert 'data-waits="0"' in client.get(to, headers=sue.headers).text
    assert "storm" in scene.case(case).tags


def test_who_may_not_work_sees_no_plan(scene: Scene, client: TestClient) -> None:
    leo, case = signed_in(scene.ports, scene.leo), scene.hear().id
    assert post(client, leo, "/bulk/plan", verb="release", case=[case])[0] == 403
    assert post(client, leo, "/bulk", verb="release", case=[case])[0] == 403
