"""Customers over the API: upsert, find, show, link, merge, erase."""

from typing import Any

import pytest

from app.jobs.intake import one_batch
from tests.api.desk import Desk, a_mention

ANA = {
    "name": "Ana Souza",
    "email": "ana@shop.example",
    "tier": "gold",
    "lifetime_value": 12400,
    "currency": "EUR",
    "handles": {"x": "anasouza"},
}


def put(desk: Desk, ref: str, body: Any) -> Any:
    return desk.client.put(f"/api/v1/customers/by-ref/{ref}", json=body, headers=desk.headers("agent"))


def shown(desk: Desk, id: str, **params: Any) -> Any:
    return desk.client.get(f"/api/v1/customers/{id}", params=params, headers=desk.headers("read"))


def test_an_upsert_makes_changes_and_leaves_alone(desk: Desk) -> None:
    made = put(desk, "C-1", ANA)
    assert (made.status_code, made.json()["outcome"]) == (201, "created")
    assert put(desk, "C-1", ANA).json()["outcome"] == "unchanged"
    changed = put(desk, "C-1", {"tier": "platinum", "city": "Lisbon"})
    assert (changed.status_code, changed.json()["outcome"]) == (200, "updated")
    page = shown(desk, made.json()["customer_id"]).json()
    assert (page["name"], page["tier"], page["custom"]) == ("Ana Souza", "platinum", {"city": "Lisbon"})
    assert page["identities"][0]["handle"] == "anasouza"


def test_a_ref_may_hold_a_slash(desk: Desk) -> None:
    id = put(desk, "crm/7/ana", ANA).json()["customer_id"]
    assert shown(desk, id).json()["ref"] == "crm/7/ana"


@pytest.mark.parametrize(
    ("body", "place"),
    [({"email": "ana"}, "email"), ({"lifetime_value": "much"}, "lifetime_value"), ({"handles": [5]}, "handles"), ({"ref": "C-2"}, "ref"),
     ({"name": "a\x00"}, "name"), ({"segments": 5}, "segments")],
)  # fmt: skip
def test_a_wrong_field_is_named(desk: Desk, body: dict[str, Any], place: str) -> None:
    refused = put(desk, "C-1", body)
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["loc"] == ["body", place]


def test_a_body_that_is_no_object_is_refused(desk: Desk) -> None:
    assert put(desk, "C-1", ["Ana"]).status_code == 422
    assert put(desk, "C" * 300, ANA).status_code == 404


def test_customers_are_found_by_any_word_and_listed_in_pages(desk: Desk) -> None:
    for n in range(3):
        put(desk, f"C-{n}", {"name": f"Ana Souza {n}"})
    found = desk.client.get("/api/v1/customers", params={"q": "souza", "limit": 2}, headers=desk.headers("read")).json()
    assert len(found["items"]) == 2
    rest = desk.client.get("/api/v1/customers", params={"q": "souza", "limit": 2, "cursor": found["next"]}, headers=desk.headers("read"))
    assert [len(rest.json()["items"]), rest.json()["next"]] == [1, None]
    prospects = desk.client.get("/api/v1/customers", params={"known": "false"}, headers=desk.headers("read")).json()
    assert prospects == {"items": [], "next": None}


def test_the_timeline_stands_on_the_customer_and_is_paged(desk: Desk) -> None:
    id = put(desk, "C-1", ANA).json()["customer_id"]
    for n in range(4):
        desk.deliver(a_mention(external_id=f"a{n}", author={"handle": "anasouza"}))
    page = shown(desk, id, group="post", limit=3).json()["timeline"]
    assert len(page["items"]) == 3
    rest = shown(desk, id, group="post", limit=3, cursor=page["next"]).json()["timeline"]["items"]
    assert [i["kind"] for i in page["items"] + rest].count("mention.received") == 4
    assert shown(desk, id, group="weather").status_code == 422
    assert shown(desk, id, cursor="WyJhIl0").status_code == 422


def test_an_account_is_linked_once_and_its_history_comes_along(desk: Desk) -> None:
    desk.deliver(a_mention(author={"handle": "ana_on_x"}))
    id = put(desk, "C-1", {"name": "Ana"}).json()["customer_id"]
    url = f"/api/v1/customers/{id}/identities"
    headers = desk.headers("agent", "agent") | {"Idempotency-Key": "link-1"}
    made = desk.client.post(url, json={"network": "x", "handle": "@ana_on_x"}, headers=headers)
    assert (made.status_code, made.json()["linked"]) == (201, True)
    again = desk.client.post(url, json={"network": "x", "handle": "@ana_on_x"}, headers=headers)
    assert (again.status_code, again.json(), again.headers["idempotent-replayed"]) == (201, made.json(), "true")
    plainly = desk.client.post(url, json={"network": "x", "handle": "@ana_on_x"}, headers=desk.headers("agent", "agent"))
    assert (plainly.status_code, plainly.json()["linked"]) == (200, False)
    other = desk.client.post(url, json={"network": "x", "handle": "@other"}, headers=headers)
    assert (other.status_code, other.json()["errors"][0]["loc"]) == (422, ["header", "Idempotency-Key"])
    assert shown(desk, id).json()["mention_count"] == 1
    assert desk.client.post(url, json={"network": "x"}, headers=desk.headers("agent")).status_code == 422


def test_a_merge_lets_one_answer_for_both(desk: Desk) -> None:
    a, b = (put(desk, ref, {"name": ref}).json()["customer_id"] for ref in ("C-1", "C-2"))
    headers = desk.headers("agent", "agent") | {"Idempotency-Key": "merge-1"}
    body = {"source": a, "target": b}
    merged = desk.client.post("/api/v1/customers/merge", json=body, headers=headers)
    assert (merged.status_code, merged.json()["target"]) == (200, b)
    assert desk.client.post("/api/v1/customers/merge", json=body, headers=headers).json() == merged.json()
    assert desk.client.post("/api/v1/customers/merge", json=body, headers=desk.headers("agent")).json()["code"] == "conflict"
    assert shown(desk, a).json()["id"] == b
    assert desk.client.post("/api/v1/customers/merge", json={"source": a, "target": a}, headers=desk.headers("agent")).status_code == 409


def test_an_erased_customer_leaves_no_word(desk: Desk) -> None:
    id = put(desk, "C-1", ANA).json()["customer_id"]
    desk.deliver(a_mention(author={"handle": "anasouza"}, text="My bag is lost, I am Ana Souza"))
    erased = desk.client.delete(f"/api/v1/customers/{id}", headers=desk.headers("admin"))
    assert (erased.status_code, erased.json()["mentions"]) == (200, 1)
    assert "Souza" not in shown(desk, id).text
    assert desk.client.delete(f"/api/v1/customers/{id}", headers=desk.headers("admin")).status_code == 409


def test_a_held_customer_is_not_erased(desk: Desk) -> None:
    desk.deliver(a_mention(text="You lost my bag again. I will call my lawyer and sue you!"))
    while one_batch(desk.ports):
        pass
    id = desk.client.get("/api/v1/cases", headers=desk.headers("read")).json()["items"][0]["customer"]["id"]
    assert desk.client.delete(f"/api/v1/customers/{id}", headers=desk.headers("admin")).json()["code"] == "hold"
