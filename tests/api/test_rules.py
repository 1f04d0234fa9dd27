"""Rules over the API: read, examine, try, publish, go back."""

from typing import Any

from tests.api.desk import Desk, a_mention

ONE = "rules:\n  - id: all-vip\n    do: {queue: vip}\n"


def call(desk: Desk, method: str, path: str, body: Any = None, **headers: str) -> Any:
    return desk.client.request(method, f"/api/v1/rules{path}", json=body, headers=desk.headers("admin", "supervisor") | headers)


def test_the_active_rules_and_their_history(desk: Desk) -> None:
    active = call(desk, "GET", "").json()
    assert (active["version"], active["active"], active["by"]) == (1, True, "Earshot")
    assert "rules:" in active["rules"]
    assert call(desk, "GET", "/versions").json()["items"][0]["version"] == 1
    assert call(desk, "GET", "?version=99").status_code == 404


def test_an_examination_names_line_and_field(desk: Desk) -> None:
    found = call(desk, "POST", "/check", {"rules": "rules:\n  - id: a\n    do: {queue: nowhere}\n    colour: red\n"}).json()
    assert found["ok"] is False
    assert found["problems"][0].keys() >= {"line", "column", "field", "msg", "mend", "severity"}
    assert call(desk, "POST", "/check", {"rules": ONE}).json()["ok"] is True
    assert call(desk, "POST", "/check", {"rules": "rules: [" * 500}).json()["ok"] is False


def test_editors_get_the_schema_with_the_desks_own_names(desk: Desk) -> None:
    made = call(desk, "GET", "/schema").json()
    assert "care" in made["$defs"]["actions"]["properties"]["queue"]["enum"]


def test_a_new_version_is_obeyed_by_the_next_mention_and_taken_back(desk: Desk) -> None:
    published = call(desk, "PUT", "", {"rules": ONE, "reason": "try", "expected_version": 1})
    assert (published.status_code, published.json()["version"], published.json()["by"]) == (200, 2, "Supervisor")
    assert desk.opened()["queue"] == "vip"
    late = call(desk, "PUT", "", {"rules": ONE, "reason": "late", "expected_version": 1})
    assert (late.status_code, late.json()["code"]) == (409, "conflict")
    back = call(desk, "POST", "/rollback", {"version": 1, "reason": "not good"}, **{"Idempotency-Key": "back"})
    assert (back.json()["version"], back.json()["copy_of"]) == (3, 1)
    assert call(desk, "POST", "/rollback", {"version": 77}).status_code == 404


def test_wrong_rules_are_not_published(desk: Desk) -> None:
    refused = call(desk, "PUT", "", {"rules": "rules:\n  - id: a\n    do: {queue: nowhere}\n", "reason": "x"})
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["line"] in (2, 3)  # the rule, or the action in it
    assert call(desk, "GET", "").json()["version"] == 1


def test_a_trial_says_what_would_have_been_otherwise(desk: Desk) -> None:
    for n in range(3):
        desk.deliver(a_mention(external_id=f"t{n}", author={"handle": f"t{n}"}))
    report = call(desk, "POST", "/backtest", {"rules": ONE, "last": 2}).json()
    assert (report["total"], report["changed"]) == (2, 2)
    assert report["moves"][0].keys() == {"before", "after", "mentions"}
    assert call(desk, "POST", "/backtest", {"rules": "rules: 5"}).status_code == 422
    assert call(desk, "POST", "/backtest", {"rules": ONE, "last": 0}).status_code == 422
