"""The list of cases and the moves on one, each with its refusals."""

import json
from typing import Any

import pytest

from tests.api.desk import Desk, a_mention

NOBODY = "0" * 20


def move(desk: Desk, case: str, verb: str, body: Any = None, **headers: str) -> Any:
    sent = desk.headers("agent", "agent") | {"Content-Type": "application/json"} | headers
    return desk.client.post(f"/api/v1/cases/{case}/{verb}", content=json.dumps({} if body is None else body), headers=sent)


def listed(desk: Desk, **params: Any) -> Any:
    return desk.client.get("/api/v1/cases", params=params, headers=desk.headers("agent", "agent"))


def test_a_case_has_the_contracts_form(desk: Desk) -> None:
    case = desk.opened(text="Worst airline ever, my flight was cancelled and I am stranded. I will call my lawyer!")
    wanted = {
        "id", "version", "state", "disposition", "hold", "network", "account", "queue", "assignee", "language", "priority", "reply",
        "customer", "mentions", "replies", "clocks", "checklist", "matter", "tags", "trace", "viewers",
    }  # fmt: skip
    assert wanted <= case.keys()
    assert case["priority"].keys() == {"score", "band", "terms", "override"}
    assert case["priority"]["terms"][0].keys() == {"term", "points", "why"}
    assert case["reply"].keys() == {"can", "why", "limit", "until"}
    assert case["reply"]["limit"] == 280
    said = case["mentions"][0]
    assert said["sentiment"]["scored"] is True
    assert said["sentiment"]["compound"] < 0
    assert "legal" in said["risk"]
    assert case["hold"] is True
    assert case["matter"]["kind"] == "legal"
    assert case["reply"] == {"can": "no", "why": "Legal holds this case: nothing goes out.", "limit": 280, "until": None}
    assert case["clocks"][0].keys() == {"metric", "target_seconds", "due_at", "state", "elapsed_seconds", "arithmetic"}
    assert case["checklist"]["items"][0].keys() == {"id", "text", "required", "ticked_by", "ticked_at"}
    assert any(line["matched"] for line in case["trace"])
    assert said["created_at"] == "2026-03-02T11:59:00.000Z"


def test_a_language_that_is_not_scored_says_so(desk: Desk) -> None:
    said = desk.opened(text="پرواز من لغو شد و هیچ کس جواب نمی‌دهد، لطفا کمک کنید")["mentions"][0]
    assert said["sentiment"] == {"compound": None, "scored": False}


def test_pages_of_every_order_follow_each_other_without_gap_or_double(desk: Desk) -> None:
    texts = ["My bag is lost, help!", "When do you open the lounge?", "Love you all, great flight", "URGENT: stranded at the gate, please"]
    for n in range(9):
        desk.deliver(a_mention(external_id=f"p{n}", author={"handle": f"p{n}"}, text=texts[n % 4]))
    for sort in ("next", "newest", "oldest", "deadline", "waiting"):
        whole = [c["id"] for c in listed(desk, sort=sort, limit=50).json()["items"]]
        paged: list[str] = []
        cursor = None
        while True:
            page = listed(desk, sort=sort, limit=2, **({"cursor": cursor} if cursor else {})).json()
            paged += [c["id"] for c in page["items"]]
            cursor = page["next"]
            if cursor is None:
                break
        assert paged == whole, sort
        assert len(set(whole)) == len(whole)
    assert len([c["id"] for c in listed(desk).json()["items"]]) == 9


def test_filters_narrow_the_list(desk: Desk) -> None:
    first = desk.opened()
    other = desk.opened(network="mastodon")
    move(desk, first["id"], "claim")

    def ids(**params: Any) -> set[str]:
        return {c["id"] for c in listed(desk, **params).json()["items"]}

    assert ids(network="mastodon") == {other["id"]}
    assert ids(assignee="me") == {first["id"]}
    assert ids(assignee="none") == {other["id"]}
    assert ids(assignee=desk.people["agent"]) == {first["id"]}
    assert ids(customer=other["customer"]["id"]) == {other["id"]}
    assert ids(state="open,waiting") == {first["id"], other["id"]}
    assert ids(state="done") == set()
    assert ids(queue=first["queue"], band=first["priority"]["band"]) >= {first["id"]}
    assert ids(q="@" + first["mentions"][0]["author"]["handle"]) == {first["id"]}
    assert ids(q=other["id"]) == {other["id"]}
    assert ids(q="nobody at all") == set()
    assert ids(when="{network: mastodon}") == {other["id"]}
    assert ids(when="any: [{assignee: {set: true}}, {network: mastodon}]") == {first["id"], other["id"]}
    assert ids(when="not: {state: open}") == set()
    assert ids(when="{waiting_minutes: {above: 43200}}", network="mastodon") == set()


@pytest.mark.parametrize(
    "params",
    [
        {"state": "opened"}, {"band": "red"}, {"sort": "best"}, {"limit": 0}, {"limit": 201}, {"limit": "ten"}, {"cursor": "abc"},
        {"when": "text: refund"}, {"when": "[1"}, {"when": "{colour: red}"}, {"when": "{handle: {in_list: nobody}}"},
        {"color": "red"}, {"q": "a" * 201}, {"q": "a\x00"}, {"cursor": "WyJuZXh0IiwieCIsIngiXQ"},
    ],
)  # fmt: skip
def test_a_wrong_filter_is_named(desk: Desk, params: dict[str, Any]) -> None:
    answer = listed(desk, **params)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["loc"] == ["query", next(iter(params))]


def test_a_cursor_of_another_order_is_refused(desk: Desk) -> None:
    for _ in range(3):
        desk.opened()
    cursor = listed(desk, sort="newest", limit=1).json()["next"]
    assert listed(desk, sort="next", cursor=cursor).status_code == 422


def test_next_claims_the_best_and_says_204_when_none_waits(desk: Desk) -> None:
    assert desk.client.post("/api/v1/cases/next", headers=desk.headers("agent", "agent")).status_code == 204
    desk.opened(text="My bag is lost and nobody answers, please help me")
    best = listed(desk, sort="next", state="open").json()["items"][0]["id"]
    answer = desk.client.post("/api/v1/cases/next", headers=desk.headers("agent", "agent"))
    assert answer.status_code == 200
    assert answer.json()["id"] == best
    assert answer.json()["assignee"]["id"] == desk.people["agent"]


def test_of_two_who_take_a_case_one_wins_and_the_other_is_told_who(desk: Desk) -> None:
    id = desk.opened()["id"]
    assert move(desk, id, "claim").json()["assignee"]["name"] == "Agent"
    late = desk.client.post(f"/api/v1/cases/{id}/claim", headers=desk.headers("agent", "trainee"))
    assert (late.status_code, late.json()["code"]) == (409, "claimed")
    assert late.json()["by"] == {"id": desk.people["agent"], "name": "Agent"}


def test_a_token_without_a_person_cannot_claim(desk: Desk) -> None:
    answer = desk.client.post(f"/api/v1/cases/{desk.opened()['id']}/claim", headers=desk.headers("agent"))
    assert answer.status_code == 403
    assert "--as" in answer.json()["detail"]


def test_every_move_answers_with_the_case_after_it(desk: Desk) -> None:
    id = desk.opened()["id"]
    assert move(desk, id, "claim").json()["assignee"]["id"] == desk.people["agent"]
    assert move(desk, id, "tag", {"add": ["lost-bag"]}).json()["tags"][-1] == "lost-bag"
    assert "lost-bag" not in move(desk, id, "tag", {"remove": ["lost-bag"]}).json()["tags"]
    scored = move(desk, id, "score", {"score": 97, "reason": "a journalist"}).json()["priority"]
    assert (scored["score"], scored["override"]["by"]) == (97, "Agent")
    assert move(desk, id, "score", {"score": None}).json()["priority"]["override"] is None
    snoozed = move(desk, id, "snooze", {"until": "2026-03-03T09:00:00+01:00"}).json()
    assert (snoozed["state"], snoozed["snoozed_until"]) == ("snoozed", "2026-03-03T08:00:00.000Z")
    assert move(desk, id, "wake").json()["state"] == "open"
    assert move(desk, id, "release").json()["assignee"] is None
    assert move(desk, id, "assign", {"person": desk.people["agent"]}).json()["assignee"]["id"] == desk.people["agent"]
    assert move(desk, id, "assign", {"person": None, "reason": "not mine"}).json()["assignee"] is None
    move(desk, id, "claim")
    assert move(desk, id, "skip", {"reason": "needs a colleague who knows more"}).json()["assignee"] is None
    assert move(desk, id, "close", {"disposition": "spam"}).json()["disposition"] == "spam"
    assert move(desk, id, "reopen").json()["state"] == "open"
    held = move(desk, id, "escalate", {"to": "legal", "reason": "threatens to sue"}).json()
    assert (held["hold"], held["matter"]["kind"]) == (True, "legal")
    assert move(desk, id, "close", {"disposition": "spam"}).json()["code"] == "hold"


@pytest.mark.parametrize(
    ("verb", "body", "loc"),
    [
        ("close", {}, ["body", "disposition"]),
        ("close", {"disposition": "gone"}, ["body", "disposition"]),
        ("snooze", {"until": "tomorrow"}, ["body", "until"]),
        ("snooze", {"until": "2026-03-03T09:00:00"}, ["body", "until"]),
        ("snooze", {"until": "2020-01-01T00:00:00Z"}, ["until"]),
        ("note", {"text": ""}, ["body", "text"]),
        ("note", {"text": "a\x00b"}, ["body", "text"]),
        ("note", {"text": "\ud800"}, ["body", "text"]),
        ("note", {"text": "a", "\ud800": 1}, ["body"]),
        ("note", {"text": "a", "color": "red"}, ["body", "color"]),
        ("tag", {"add": "urgent"}, ["body", "add"]),
        ("tag", {"add": ["<b>"]}, ["add"]),
        ("score", {"score": 101}, ["body", "score"]),
        ("score", {}, ["body", "score"]),
        ("score", {"score": 5, "hours": 0}, ["body", "hours"]),
        ("assign", {"person": "me"}, ["body", "person"]),
        ("skip", {}, ["body", "reason"]),
        ("skip", {"reason": "  "}, ["body", "reason"]),
        ("skip", {"reason": "x" * 201}, ["body", "reason"]),
        ("escalate", {"to": "press", "reason": "x"}, ["body", "to"]),
        ("escalate", {"to": "legal", "reason": " "}, ["body", "reason"]),
        ("claim", {"really": True}, ["body", "really"]),
        ("claim", [], ["body"]),
    ],
)
def test_a_wrong_body_is_named_by_its_place(desk: Desk, verb: str, body: Any, loc: list[str]) -> None:
    answer = move(desk, desk.opened()["id"], verb, body)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["loc"] == loc


@pytest.mark.parametrize("id", [NOBODY, "nobody", "%00", "%F0%9F%98%80", "0" * 5000])
def test_an_id_that_is_none_is_not_found(desk: Desk, id: str) -> None:
    for method, path in (("GET", ""), ("POST", "/claim")):
        answer = desk.client.request(method, f"/api/v1/cases/{id}{path}", headers=desk.headers("agent", "agent"))
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_another_content_type_is_refused_and_a_doubled_key_named(desk: Desk) -> None:
    url, headers = f"/api/v1/cases/{desk.opened()['id']}/note", desk.headers("agent", "agent")
    form = desk.client.post(url, data={"text": "a"}, headers=headers)
    assert (form.status_code, form.json()["code"]) == (415, "unsupported_media_type")
    as_json = headers | {"Content-Type": "application/json"}
    twice = desk.client.post(url, content=b'{"text": "a", "text": "b"}', headers=as_json)
    assert (twice.status_code, twice.json()["errors"][0]["loc"]) == (422, ["body", "text"])
    assert desk.client.post(url, content=b"[" * 10_000, headers=as_json).status_code == 400
    assert desk.client.post(url, content=b'{"text": ' + b'{"a":' * 100 + b"1" + b"}" * 101, headers=as_json).status_code == 400
    assert desk.client.post(url, content=b" " * 1_100_000, headers=as_json).status_code == 413
