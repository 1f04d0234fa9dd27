"""Acts on many cases over the API: done, answered for case by case, undone as one."""

from typing import Any

from tests.api.desk import Desk


def send(desk: Desk, path: str, body: Any, role: Any = "supervisor", **headers: str) -> Any:
    """A POST of a person with the scope of an admin's or an agent's token."""
    scope = "admin" if role == "supervisor" else "agent"
    return desk.client.post(f"/api/v1{path}", json=body, headers=desk.headers(scope, role) | headers)


def test_many_are_closed_and_opened_again_as_one_act(desk: Desk) -> None:
    plain, held = desk.opened(text="where is my bag?"), desk.opened(text="I will sue you, my lawyer writes tomorrow")
    made = send(desk, "/cases/bulk", {"verb": "close", "cases": [plain["id"], held["id"], "0" * 20], "disposition": "spam"})
    assert made.status_code == 201
    act = made.json()
    assert [(c["outcome"], c["why"]) for c in act["cases"]] == [
        ("moved", ""), ("stays", "legal holds it"), ("stays", "it was erased with its customer"),
    ]  # fmt: skip
    assert act["moved"] == 1
    assert act["said"].startswith("1 case closed as spam; ")
    assert desk.case(plain["id"])["state"] == "done"
    assert desk.client.get(f"/api/v1/bulk/{act['id']}", headers=desk.headers("admin", "supervisor")).json() == act
    back = send(desk, f"/bulk/{act['id']}/undo", {})
    assert back.status_code == 200
    assert [c["undone"] for c in back.json()["cases"]] == [True, None, None]
    assert desk.case(plain["id"])["state"] == "open"


def test_the_same_key_is_the_same_act(desk: Desk) -> None:
    case = desk.opened()["id"]
    body, key = {"verb": "tag", "cases": [case], "tags": ["storm"]}, {"Idempotency-Key": "once"}
    sent = desk.headers("agent", "agent") | key
    first = desk.client.post("/api/v1/cases/bulk", json=body, headers=sent)
    again = desk.client.post("/api/v1/cases/bulk", json=body, headers=sent)
    assert (first.status_code, again.json()["id"]) == (201, first.json()["id"])


def test_what_cannot_be_asked_is_refused_with_its_place(desk: Desk) -> None:
    case = desk.opened()["id"]
    for body, place in (
        ({"verb": "assign", "cases": [case]}, ["person"]),
        ({"verb": "queue", "cases": [case], "queue": "nowhere"}, ["queue"]),
        ({"verb": "snooze", "cases": [case]}, ["until"]),
        ({"verb": "dance", "cases": [case]}, ["body", "verb"]),
        ({"verb": "release", "cases": []}, ["body", "cases"]),
    ):
        refused = send(desk, "/cases/bulk", body)
        assert refused.status_code == 422, body
        assert refused.json()["errors"][0]["loc"] == place
    assert send(desk, "/cases/bulk", {"verb": "queue", "cases": [case], "queue": "bulk"}, "agent").status_code == 403
    assert send(desk, f"/bulk/{'0' * 20}/undo", {}).status_code == 404
