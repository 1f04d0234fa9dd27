"""Answering: the gate's refusals by their codes, approval, the undo window, and the key that makes a retry harmless."""

from typing import Any

import pytest

from app.core.clock import SetClock
from app.core.roles import Role
from tests.api.desk import Desk, ticked

GOOD = "Sorry about your bag. Please send us your booking code in a direct message and we will look for it."


def answer(desk: Desk, case: dict[str, Any], role: Role = "agent", key: str | None = None, **other: Any) -> Any:
    body = {"text": GOOD, "seen_version": case["version"], "checklist": ticked(case)} | other
    headers = desk.headers("agent", role) | ({"Idempotency-Key": key} if key else {})
    return desk.client.post(f"/api/v1/cases/{case['id']}/replies", json=body, headers=headers)


def decide(desk: Desk, reply: str, verb: str, role: Role, body: dict[str, Any] | None = None) -> Any:
    return desk.client.post(f"/api/v1/replies/{reply}/{verb}", json=body or {}, headers=desk.headers("admin", role))


def test_a_good_answer_is_queued_and_stands_on_the_case(desk: Desk) -> None:
    case = desk.opened()
    made = answer(desk, case)
    assert made.status_code == 201, made.text
    assert made.json()["state"] == "queued"
    after = desk.case(case["id"])
    assert after["state"] == "waiting"
    assert after["replies"][0].keys() >= {"id", "text", "state", "by", "queued_at", "sent_at", "external_id"}


def test_an_answer_to_an_older_version_is_stale(desk: Desk) -> None:
    case = desk.opened()
    refused = answer(desk, case | {"version": case["version"] + 1})
    assert (refused.status_code, refused.json()["code"]) == (409, "stale")
    assert refused.json()["version"] == case["version"]


def test_while_an_answer_is_on_its_way_another_is_stale_and_names_its_writer(desk: Desk) -> None:
    case = desk.opened()
    answer(desk, case)
    refused = answer(desk, desk.case(case["id"]), "supervisor")
    assert (refused.status_code, refused.json()["code"], refused.json()["by"]["name"]) == (409, "stale", "Agent")


def test_a_case_that_another_holds_is_claimed(desk: Desk) -> None:
    case = desk.opened()
    desk.client.post(f"/api/v1/cases/{case['id']}/claim", headers=desk.headers("agent", "supervisor"))
    refused = answer(desk, case)
    assert (refused.status_code, refused.json()["code"]) == (409, "claimed")


def test_an_unticked_checklist_names_the_missing_items(desk: Desk) -> None:
    case = desk.opened()
    required = [i["id"] for i in case["checklist"]["items"] if i["required"]]
    refused = answer(desk, case, checklist={})
    assert (refused.status_code, refused.json()["code"]) == (422, "checklist")
    assert refused.json()["missing"] == required


def test_a_text_that_breaks_the_policy_says_what_it_breaks(desk: Desk) -> None:
    refused = answer(desk, desk.opened(), text="Write to ana@shop.example about it")
    assert (refused.status_code, refused.json()["code"]) == (422, "policy")
    assert refused.json()["breaks"]


def test_a_held_case_answers_423(desk: Desk) -> None:
    refused = answer(desk, desk.opened(text="You lost my bag again. I will call my lawyer and sue you!"))
    assert (refused.status_code, refused.json()["code"]) == (423, "hold")


def test_a_trainees_answer_waits_and_a_supervisor_lets_it_out(desk: Desk) -> None:
    case = desk.opened()
    made = answer(desk, case, "trainee")
    assert (made.status_code, made.json()["state"]) == (202, "pending_approval")
    id = made.json()["id"]
    assert decide(desk, id, "approve", "trainee").status_code == 403
    narrow = desk.client.post(f"/api/v1/replies/{id}/approve", json={}, headers=desk.headers("agent", "supervisor"))
    assert narrow.status_code == 403
    done = decide(desk, id, "approve", "supervisor", {"text": GOOD + " Thank you."})
    assert (done.status_code, done.json()["state"], done.json()["approved_by"]) == (200, "queued", "Supervisor")
    assert decide(desk, id, "approve", "supervisor").status_code == 409


def test_a_rejected_answer_goes_back_with_its_reason(desk: Desk) -> None:
    id = answer(desk, desk.opened(), "trainee").json()["id"]
    assert decide(desk, id, "reject", "supervisor", {"reason": ""}).status_code == 422
    done = decide(desk, id, "reject", "supervisor", {"reason": "promises too much"}).json()
    assert (done["state"], done["error"]) == ("cancelled", "rejected: promises too much")


def test_legal_lets_out_a_proposed_answer_to_a_held_case(desk: Desk) -> None:
    case = desk.opened(text="You lost my bag again. I will call my lawyer and sue you!")
    proposed = answer(desk, case, propose=True)
    assert proposed.status_code == 202, proposed.text
    done = decide(desk, proposed.json()["id"], "approve", "legal", {"reason": "fine"})
    assert (done.status_code, done.json()["state"]) == (200, "queued"), done.text
    assert desk.case(case["id"])["hold"] is False


def test_an_answer_can_be_taken_back_until_its_window_ends(desk: Desk, clock: SetClock) -> None:
    first, second = desk.opened(), desk.opened()
    id = answer(desk, first).json()["id"]
    assert decide(desk, id, "cancel", "agent").json()["state"] == "cancelled"
    assert decide(desk, id, "cancel", "agent").json()["state"] == "cancelled"
    id = answer(desk, second).json()["id"]
    clock.move(seconds=11)
    late = decide(desk, id, "cancel", "agent")
    assert (late.status_code, late.json()["code"]) == (409, "conflict")


def test_only_a_failed_answer_can_be_tried_again_and_only_one_by_hand_marked(desk: Desk) -> None:
    id = answer(desk, desk.opened(), "trainee").json()["id"]
    assert decide(desk, id, "retry", "supervisor").status_code == 409
    assert decide(desk, id, "sent", "supervisor", {"url": "https://x.com/i/status/1"}).status_code == 409
    assert decide(desk, id, "sent", "supervisor", {"url": "javascript:alert(1)"}).status_code == 422


def test_the_same_key_gives_the_first_answer_again(desk: Desk) -> None:
    case = desk.opened()
    first = answer(desk, case, key="k1")
    again = answer(desk, case, key="k1")
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    other = answer(desk, case, key="k1", text=GOOD + " Thanks.")
    assert (other.status_code, other.json()["code"]) == (422, "invalid")
    assert len(desk.case(case["id"])["replies"]) == 1


@pytest.mark.parametrize(
    "body", [{"text": ""}, {"text": 5}, {"seen_version": "7"}, {"seen_version": -1}, {"visibility": "secret"}, {"checklist": {"a": "yes"}}]
)
def test_a_wrong_answer_is_named_by_its_field(desk: Desk, body: dict[str, Any]) -> None:
    refused = answer(desk, desk.opened(), **body)
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["loc"][1] == next(iter(body))
