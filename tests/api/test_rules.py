"""Rules over the API: read, examine, try, publish, go back."""

from typing import Any

from tests.api.desk import Desk, a_mention

ONE = "rules:\n  - id: all-vip\n    do: {queue: vip}\n"
TOP = "  - id: all-vip\n    do: {queue: vip}\n\n"


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


def with_top(desk: Desk) -> str:
    """The default rules under one that sends everything to vip."""
    text: str = call(desk, "GET", "").json()["rules"]
    return text.replace("rules:\n", f"rules:\n{TOP}", 1).partition("\nexamples:")[0] + "\n"


def test_a_new_version_is_obeyed_by_the_next_mention_and_taken_back(desk: Desk) -> None:
    rules = with_top(desk)
    published = call(desk, "PUT", "", {"rules": rules, "reason": "try", "expected_version": 1})
    assert (published.status_code, published.json()["version"], published.json()["by"]) == (200, 2, "Supervisor")
    assert desk.opened()["queue"] == "vip"
    assert published.json()["waits"] is None
    late = call(desk, "PUT", "", {"rules": rules, "reason": "late", "expected_version": 1})
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
    assert (report["total"], report["changed"], report["cases"], report["against"]) == (2, 2, 2, 1)
    assert {len(one["case"]) for one in report["changes"]} == {20}
    assert report["left_out"]
    assert report["moves"][0].keys() == {"before", "after", "mentions"}
    assert call(desk, "POST", "/backtest", {"rules": "rules: 5"}).status_code == 422
    assert call(desk, "POST", "/backtest", {"rules": ONE, "last": 0}).status_code == 422


def test_what_touches_legal_waits_for_a_second_person(desk: Desk) -> None:
    done = call(desk, "PUT", "", {"rules": ONE, "reason": "everything to vip", "expected_version": 1}).json()
    assert (done["version"], done["waits"]["state"], done["waits"]["mine"]) == (1, "waiting", True)
    assert {"rule": "risk-legal", "name": "Threat of a lawyer or a court", "why": "is deleted"} in done["waits"]["touches"]
    id = done["waits"]["id"]
    assert [one["id"] for one in call(desk, "GET", "/waiting").json()["items"]] == [id]
    own = call(desk, "POST", f"/waiting/{id}/confirm")
    assert (own.status_code, "another person" in own.json()["detail"]) == (403, True)
    nobody = desk.client.post(f"/api/v1/rules/waiting/{id}/confirm", headers=desk.headers("admin"))
    assert nobody.status_code == 403, "a token without a person is no second person"
    confirmed = desk.client.post(f"/api/v1/rules/waiting/{id}/confirm", headers=desk.headers("admin", "legal"))
    assert (confirmed.status_code, confirmed.json()["version"], confirmed.json()["by"], confirmed.json()["confirmed_by"]) == (
        200, 2, "Supervisor", "Legal",
    )  # fmt: skip
    late = desk.client.post(f"/api/v1/rules/waiting/{id}/decline", json={"reason": "no"}, headers=desk.headers("admin", "legal"))
    assert late.status_code == 409
    assert call(desk, "GET", f"/waiting/{id}").json()["state"] == "confirmed"
    assert call(desk, "GET", "/waiting/gone").status_code == 404


def test_going_back_over_legals_rules_waits_and_can_be_declined(desk: Desk) -> None:
    id = call(desk, "PUT", "", {"rules": ONE, "reason": "few"}).json()["waits"]["id"]
    desk.client.post(f"/api/v1/rules/waiting/{id}/confirm", headers=desk.headers("admin", "legal"))
    back = call(desk, "POST", "/rollback", {"version": 1, "reason": "back"}, **{"Idempotency-Key": "back"}).json()
    assert (back["version"], back["waits"]["copy_of"]) == (2, 1)
    silent = desk.client.post(f"/api/v1/rules/waiting/{back['waits']['id']}/decline", json={}, headers=desk.headers("admin", "legal"))
    assert silent.status_code == 422
    declined = desk.client.post(
        f"/api/v1/rules/waiting/{back['waits']['id']}/decline", json={"reason": "stay"}, headers=desk.headers("admin", "legal")
    )
    assert (declined.json()["state"], declined.json()["decided_by"], declined.json()["decided_why"]) == ("declined", "Legal", "stay")


def test_why_a_rule_did_not_fire_is_told(desk: Desk) -> None:
    case = desk.opened()["id"]
    told = call(desk, "GET", f"/why?case={case}&rule=vip").json()
    assert (told["moments"][0]["line"]["fired"], "tier" in told["moments"][0]["line"]["because"]) == (False, True)
    assert len(call(desk, "GET", f"/why?case={case}").json()["moments"][0]["lines"]) > 10
    assert call(desk, "GET", "/why?case=none").status_code == 404
