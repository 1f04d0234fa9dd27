"""The list of customers as a page."""

from starlette.testclient import TestClient

from app.actions.upsert_customer import upsert_customer
from tests.support.people import signed_in
from tests.support.scene import Scene
from tests.web.test_legal import show


def test_rows_say_who_what_worth_where_and_when(scene: Scene, client: TestClient) -> None:
    record = {"name": "Jo Harker", "tier": "gold", "lifetime_value": "4120", "currency": "EUR", "handles": {"x": "jo_harker"}}
    upsert_customer(scene.ports, scene.ana, "K-1", record)
    scene.hear()
    scene.hear("@acme hello there", handle="stray\u202e")
    who = signed_in(scene.ports, scene.ana)
    page = show(client, who, "/customers")
    for words in ("Jo Harker", "K-1", "EUR 4,120", "Gold", "jo_harker", "Prospect", ">RLO<", "2026-03-02T12:00:00"):
        assert words in page
    assert "Stray" not in show(client, who, "/customers?q=jo")
    assert "Jo Harker" not in show(client, who, "/customers?known=no")
    assert "Jo Harker" in show(client, who, "/customers?tier=gold")
    assert "Nobody found" in show(client, who, "/customers?q=%22%3E%3Cscript%3E")


def test_it_is_paged_by_key_and_refuses_what_it_does_not_know(scene: Scene, client: TestClient) -> None:
    for number in range(60):
        upsert_customer(scene.ports, scene.ana, f"K-{number}", {"name": f"Name {number:03}"})
    who = signed_in(scene.ports, scene.ana)
    page, seen = show(client, who, "/customers?known=yes"), set[str]()
    while True:
        seen |= {cell.split("<")[0] for cell in page.split("<bdi>Name ")[1:]}
        if 'rel="next"' not in page:
            break
        page = show(client, who, page.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&"))
    assert len(seen) == 60
    for query in ("known=maybe", "tier=tin", "cursor=%25%25"):
        show(client, who, f"/customers?{query}", 422)
