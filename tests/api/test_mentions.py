"""Ingest: what is accepted, counted twice, refused by item, refused whole, and what survives."""

import json
from typing import Any

import pytest
from sqlalchemy import select

from app.api.mentions import MAX_BODY_BYTES, MAX_ITEMS
from app.engine.intake_queue import INTAKE
from app.jobs.intake import one_batch
from app.mentions.tables import MENTION
from tests.api.desk import Desk, a_mention

URL = "/api/v1/mentions"


def post(desk: Desk, body: Any, kind: str = "application/json") -> Any:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return desk.client.post(URL, content=content, headers=desk.headers("ingest") | {"Content-Type": kind})


def waiting(desk: Desk) -> int:
    with desk.ports.db.read() as conn:
        return len(conn.execute(select(INTAKE.c.id)).all())


def test_one_mention_is_accepted_and_waits_in_the_intake(desk: Desk) -> None:
    answer = post(desk, a_mention())
    assert answer.status_code == 202
    assert answer.json() == {
        "accepted": 1, "duplicates": 0, "rejected": 0, "results": [{"index": 0, "external_id": "1", "status": "accepted"}],
    }  # fmt: skip
    assert waiting(desk) == 1


def test_the_same_again_is_a_duplicate_before_and_after_the_pipeline(desk: Desk) -> None:
    assert post(desk, [a_mention(), a_mention()]).json()["duplicates"] == 1
    assert post(desk, a_mention()).json()["duplicates"] == 1
    one_batch(desk.ports)
    assert post(desk, a_mention()).json()["duplicates"] == 1
    assert waiting(desk) == 0


def test_an_edit_is_a_revision_and_a_deletion_is_taken(desk: Desk) -> None:
    desk.deliver(a_mention())
    desk.deliver(a_mention(text="My bag is found, thanks", edited_at="2026-03-02T12:10:00Z"))
    with desk.ports.db.read() as conn:
        row = conn.execute(select(MENTION)).one()
    assert (row.text, row.revision) == ("My bag is found, thanks", 2)
    desk.deliver({"network": "x", "external_id": "1", "deleted": True})
    with desk.ports.db.read() as conn:
        assert conn.execute(select(MENTION)).one().deleted_at is not None


def test_one_bad_item_does_not_stop_the_others(desk: Desk) -> None:
    answer = post(desk, [a_mention(), a_mention(external_id="2", created_at="yesterday"), "no object", a_mention(external_id="3")]).json()
    assert [r["status"] for r in answer["results"]] == ["accepted", "rejected", "rejected", "accepted"]
    assert answer["results"][1]["external_id"] == "2"
    assert answer["results"][1]["error"]["errors"][0]["loc"] == ["created_at"]
    assert "2026-02-24T19:35:52Z" in answer["results"][1]["error"]["detail"]


def test_a_bad_line_is_refused_with_its_number_and_the_rest_goes_on(desk: Desk) -> None:
    lines = [json.dumps(a_mention()), "", '{"network": "x",', json.dumps(a_mention(external_id="2")), '{"a": 1, "a": 2}']
    answer = post(desk, "\n".join(lines).encode(), "application/x-ndjson").json()
    assert [r["status"] for r in answer["results"]] == ["accepted", "rejected", "accepted", "rejected"]
    assert answer["results"][1]["error"]["detail"].startswith("Line 3 is not JSON")
    assert answer["results"][1]["error"]["errors"][0]["loc"] == ["line", 3]
    assert "'a'" in answer["results"][3]["error"]["detail"]


@pytest.mark.parametrize(
    ("body", "kind", "status", "word"),
    [
        (b"", "application/json", 400, "not JSON"),
        (b'{"network": ', "application/json", 400, "line 1, column"),
        (b"\xff\xfe{}", "application/json", 400, "UTF-8"),
        (b"[" * 10_000 + b"]" * 10_000, "application/json", 400, "nested deeper"),
        (b'{"a":' * 10_000 + b"1" + b"}" * 10_000, "application/json", 400, "nested deeper"),
        (b"[NaN]", "application/json", 400, "NaN"),
        (b"9" * 5_000, "application/json", 400, "not JSON"),
        (b"17", "application/json", 422, "object"),
        (b"null", "application/json", 422, "object"),
        (b"{}", "text/plain", 415, "text/plain"),
        (b"network=x", "application/x-www-form-urlencoded", 415, "application/json"),
        (b"[" + b",".join([b"{}"] * (MAX_ITEMS + 1)) + b"]", "application/json", 413, "1,000"),
        (b" " * (MAX_BODY_BYTES + 1), "application/json", 413, "bytes"),
    ],
)
def test_a_body_that_cannot_be_read_is_refused_whole(desk: Desk, body: bytes, kind: str, status: int, word: str) -> None:
    answer = post(desk, body, kind)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert word in answer.json()["detail"]
    assert waiting(desk) == 0


def test_a_doubled_key_is_named(desk: Desk) -> None:
    text = json.dumps(a_mention())
    for twice in (text[:-1] + ', "text": "again"}', text.replace('"name"', '"handle": "b", "name"'), f'[{text[:-1]}, "text": "again"}}]'):
        answer = post(desk, twice.encode()).json()
        assert answer["rejected"] == 1
        assert "stands twice" in answer["results"][0]["error"]["detail"]


POISON: dict[str, dict[str, Any]] = {
    "one megabyte of text": {"text": "a" * 1_000_000},
    "NUL": {"text": "lost\x00bag"},
    "lone surrogate": {"text": "lost \ud800 bag"},
    "ten thousand combining marks": {"text": "z" + "\u0301" * 10_000},
    "nested raw": {"raw": json.loads("[" * 60 + "]" * 60)},
    "wrong types": {"text": ["a"], "created_at": 17, "author": "me"},
    "regex bomb": {"text": "a" * 30_000 + "!"},
    "bidi controls": {"text": "\u202egab \u2066tsol\u2069 \u200fplease help"},
    "two thousand joiners": {"text": "\u200d".join("👩" for _ in range(2_000))},
    "one hundred thousand hashtags": {"text": "#a" * 50_000},
    "1970": {"created_at": "1970-01-01T00:00:00Z"},
    "2100": {"created_at": "2100-12-31T23:59:59Z"},
    "unknown network": {"network": "a-network-nobody-knows"},
    "deep raw": {"raw": {"a": json.loads("[" * 500 + "]" * 500)}},
    "huge counts": {"counts": {"likes": 10**30}},
}


@pytest.mark.parametrize("kind", POISON)
def test_poison_is_judged_by_itself_and_nothing_behind_it_waits(desk: Desk, kind: str) -> None:
    answer = post(desk, [a_mention(**{"external_id": "bad", "author": {"handle": "b"}} | POISON[kind]), a_mention(external_id="good")])
    assert answer.status_code == 202
    results = answer.json()["results"]
    assert results[1]["status"] == "accepted"
    assert results[0]["status"] == "accepted" or results[0]["error"]["detail"]
    while one_batch(desk.ports):
        pass
    assert waiting(desk) == 0
    with desk.ports.db.read() as conn:
        assert "good" in conn.execute(select(MENTION.c.external_id)).scalars().all()


def test_bad_utf8_in_one_line_is_that_lines_fault(desk: Desk) -> None:
    body = json.dumps(a_mention()).encode() + b'\n{"text": "\xff"}\n'
    assert [r["status"] for r in post(desk, body, "application/x-ndjson").json()["results"]] == ["accepted", "rejected"]


def test_a_full_intake_takes_nothing_and_says_when_to_come_back(desk: Desk) -> None:
    object.__setattr__(desk.ports, "settings", desk.ports.settings.model_copy(update={"earshot_intake_bound": 2}))
    assert post(desk, [a_mention(external_id=str(n)) for n in range(2)]).status_code == 202
    full = post(desk, [a_mention(external_id=str(n)) for n in range(5, 8)])
    assert full.status_code == 429
    assert int(full.headers["retry-after"]) > 0
    assert waiting(desk) == 2


def test_an_empty_delivery_is_an_answer(desk: Desk) -> None:
    empty = {"accepted": 0, "duplicates": 0, "rejected": 0, "results": []}
    assert post(desk, []).json() == empty
    assert post(desk, b"\n\n", "application/x-ndjson").json() == empty
