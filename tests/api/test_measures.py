"""Measures, people, policies and health over the API."""

from datetime import timedelta
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from app.channels.echo import Echo
from app.core.clock import SetClock
from app.engine import leases
from app.jobs.deadlines import DUTY
from app.jobs.deliver import deliver_due
from app.queries.api_readiness import TICK_DUTY
from tests.api.desk import Desk, a_mention, ticked


def get(desk: Desk, path: str, **params: Any) -> Any:
    return desk.client.get(path, params=params, headers=desk.headers("read"))


def test_response_times_of_an_empty_desk_are_none_and_not_zero(desk: Desk) -> None:
    report = get(desk, "/api/v1/measures/response-times", by="band", tz="Europe/Berlin", calendar="business").json()
    assert report["overall"] == {
        "key": "all", "count": 0, "median_seconds": None, "p90_seconds": None, "p99_seconds": None, "within": 0, "within_share": None,
    }  # fmt: skip
    assert (report["groups"], report["days"]) == ([], [])
    assert report["until"] == "2026-03-02T12:00:00.000Z"


@pytest.mark.parametrize(
    "params",
    [{"tz": "Mars/Olympus"}, {"by": "weather"}, {"from": "yesterday"}, {"to": "2026-03-01"}, {"calendar": "moon"}, {"tz": "../etc"}],
)  # fmt: skip
def test_a_wrong_span_is_named(desk: Desk, params: dict[str, str]) -> None:
    answer = get(desk, "/api/v1/measures/response-times", **params)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["loc"] == ["query", next(iter(params))]


@pytest.mark.parametrize(
    "span",
    [("2026-03-02T12:00:00Z", "2026-03-01T12:00:00Z"), ("2020-01-01T00:00:00Z", "2026-01-01T00:00:00Z"),
     ("0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z")],
)  # fmt: skip
def test_an_impossible_span_is_refused(desk: Desk, span: tuple[str, str]) -> None:
    answer = get(desk, "/api/v1/measures/response-times", **{"from": span[0], "to": span[1]})
    assert answer.json()["errors"][0]["loc"] == ["query", "to"]
    assert get(desk, "/api/v1/measures/response-times", to="0001-01-01T00:00:00Z").status_code == 422
    answer = get(desk, "/api/v1/measures/clocks", **{"from": span[0], "to": span[1]})
    assert answer.json()["errors"][0]["loc"] == ["query", "to"]


def test_the_workload_counts_by_person_and_queue(desk: Desk) -> None:
    case = desk.opened()
    desk.client.post(f"/api/v1/cases/{case['id']}/claim", headers=desk.headers("agent", "agent"))
    load = get(desk, "/api/v1/measures/workload").json()
    assert next(p for p in load["people"] if p["id"] == desk.people["agent"])["open"] == 1
    queue = next(q for q in load["queues"] if q["id"] == case["queue"])
    assert (queue["open"], queue["unassigned"]) == (1, 0)
    assert queue["oldest_waiting_seconds"] >= 0


def test_the_scorecard_names_its_three_criteria(desk: Desk) -> None:
    desk.deliver(a_mention())
    card = get(desk, "/api/v1/measures/stage").json()
    assert [c["id"] for c in card["criteria"]] == ["engagement_model", "social_data", "real_time"]
    assert card["passed"] is False
    assert card["criteria"][0]["figures"][0].keys() == {"name", "value", "unit"}
    assert get(desk, "/api/v1/measures/stage", hours=0).status_code == 422


def test_people_are_listed_and_e_mails_are_for_those_who_change_people(desk: Desk) -> None:
    assert {p["email"] for p in get(desk, "/api/v1/people").json()["items"]} == {None}
    shown = desk.client.get("/api/v1/people", headers=desk.headers("admin")).json()["items"]
    assert "agent@desk.example" in {p["email"] for p in shown}


def test_presence_is_ones_own_or_a_supervisors_to_set(desk: Desk) -> None:
    url = f"/api/v1/people/{desk.people['agent']}/presence"
    mine = desk.client.post(url, json={"presence": "away", "reason": "lunch"}, headers=desk.headers("agent", "agent"))
    assert (mine.status_code, mine.json()["presence"], mine.json()["presence_reason"]) == (200, "away", "lunch")
    assert desk.client.post(url, json={"presence": "busy"}, headers=desk.headers("agent", "trainee")).status_code == 403
    assert desk.client.post(url, json={"presence": "busy"}, headers=desk.headers("admin", "supervisor")).json()["presence"] == "busy"
    assert desk.client.post(url, json={"presence": "asleep"}, headers=desk.headers("agent", "agent")).status_code == 422


def test_policies_and_their_versions(desk: Desk) -> None:
    found = get(desk, "/api/v1/policies").json()["items"]
    assert found
    one = get(desk, f"/api/v1/policies/{found[0]['id']}").json()
    assert one["items"]
    assert get(desk, f"/api/v1/policies/{one['id']}/versions").json()["items"][0]["active"] is True
    for path in ("nothing", "nothing/versions", "N%00", "UPPER"):
        assert get(desk, f"/api/v1/policies/{path}").status_code == 404


def test_health_is_open_and_says_what_is_amiss(desk: Desk, clock: SetClock) -> None:
    assert desk.client.get("/healthz").json() == {"status": "ok"}
    amiss = desk.client.get("/readyz")
    assert amiss.status_code == 503
    assert [c["name"] for c in amiss.json()["checks"] if not c["ok"]] == ["scheduler"]
    assert DUTY == TICK_DUTY
    leases.hold(desk.ports.db, DUTY, "me", 3)
    assert desk.client.get("/readyz").json()["ready"] is True
    desk.client.post("/api/v1/mentions", json=a_mention(), headers=desk.headers("ingest"))
    clock.move(seconds=61)
    leases.hold(desk.ports.db, DUTY, "me", 3)
    assert [c["name"] for c in desk.client.get("/readyz").json()["checks"] if not c["ok"]] == ["intake"]


def test_metrics_are_for_this_machine_or_for_a_token_that_may_read(desk: Desk) -> None:
    assert desk.client.get("/metrics").status_code == 401
    assert desk.client.get("/metrics", headers=desk.headers("ingest")).status_code == 403
    shown = desk.client.get("/metrics", headers=desk.headers("read"))
    assert "earshot_mentions_accepted" in {f.name for f in text_string_to_metric_families(shown.text)}


def test_an_answer_that_left_is_measured(desk: Desk, clock: SetClock) -> None:
    case = desk.opened()
    clock.move(minutes=5)
    body = {"text": "Sorry about your bag. Please send us your booking code.", "seen_version": case["version"], "checklist": ticked(case)}
    made = desk.client.post(f"/api/v1/cases/{case['id']}/replies", json=body, headers=desk.headers("agent", "agent"))
    assert made.status_code == 201, made.text
    clock.move(seconds=11)
    assert deliver_due(desk.ports, {"echo": Echo(desk.ports.db)}) == 1
    report = get(desk, "/api/v1/measures/response-times", by="agent", to=(clock.now() + timedelta(minutes=1)).isoformat()).json()
    assert report["overall"]["count"] == 1
    assert 300 <= report["overall"]["median_seconds"] <= 400
    assert report["groups"][0]["key"] == desk.people["agent"]
    clocks = {one["metric"]: one for one in get(desk, "/api/v1/measures/clocks", to=report["until"]).json()["clocks"]}
    assert len(clocks) == 7
    answered = clocks["first_response"]
    assert (answered["met"], answered["missed"], answered["kept_share"], answered["fell_away"]) == (1, 0, 1.0, 0)
    assert 300 <= answered["median_seconds"] <= 400
    assert clocks["resolution"]["median_seconds"] is None
