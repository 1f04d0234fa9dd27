"""Two lanes into the desk: while many wait, what cannot wait overtakes them, is taken above the bound, and never stops them."""

from typing import Any

import pytest

from app.actions.accept_mentions import TRIAGED_FROM, Delivery, accept_mentions
from app.engine import intake_queue
from app.engine.intake_queue import PRESSING_BOUND, PRESSING_SHARE, Arrival
from app.engine.ports import Ports
from app.jobs.intake import one_batch
from tests.support.databases import statements
from tests.support.desk import mention

DANGER = "@acme the charger caught fire, my lawyer will be in touch"


def put(ports: Ports, count: int, *, pressing: bool = False, name: str = "k") -> None:
    with ports.db.write() as tx:
        body: dict[str, Any] = {}
        intake_queue.put(tx, [Arrival(f"{name}{i}", "test", body, pressing) for i in range(count)])


def next_keys(ports: Ports, limit: int = 100) -> list[str]:
    with ports.db.write() as tx:
        return [row.key for row in intake_queue.claim(tx, limit)]


def test_while_many_wait_what_cannot_wait_goes_first(ports: Ports) -> None:
    put(ports, TRIAGED_FROM)
    accept_mentions(ports, [Delivery("test", [mention("calm", "@acme hello"), mention("danger", DANGER)])])
    first, *rest = next_keys(ports)
    assert "danger" in first
    assert rest == [f"k{i}" for i in range(99)]


def test_in_calm_everything_leaves_as_it_came(ports: Ports) -> None:
    put(ports, 3)
    accept_mentions(ports, [Delivery("test", [mention("danger", DANGER)])])
    assert next_keys(ports)[:3] == ["k0", "k1", "k2"]


def test_what_cannot_wait_never_takes_a_whole_batch(ports: Ports) -> None:
    put(ports, 200)
    put(ports, 200, pressing=True, name="p")
    keys = next_keys(ports)
    assert len(keys) == 100
    assert sum(key.startswith("p") for key in keys) == int(100 * PRESSING_SHARE)


@pytest.mark.parametrize(("text", "taken"), [(DANGER, True), ("@acme hello", False)])
def test_above_the_bound_only_what_cannot_wait_is_taken(ports: Ports, text: str, taken: bool) -> None:
    put(ports, ports.settings.earshot_intake_bound)
    (answer,) = accept_mentions(ports, [Delivery("test", [mention("late", text)])])
    assert isinstance(answer, tuple) is taken


def test_one_that_can_wait_turns_its_whole_call_away_and_the_reserve_has_an_end(ports: Ports) -> None:
    put(ports, ports.settings.earshot_intake_bound)
    (mixed,) = accept_mentions(ports, [Delivery("test", [mention("a", DANGER), mention("b", "@acme hello")])])
    assert not isinstance(mixed, tuple)
    put(ports, PRESSING_BOUND, pressing=True, name="p")
    (last,) = accept_mentions(ports, [Delivery("test", [mention("a", DANGER)])])
    assert not isinstance(last, tuple)


@pytest.mark.parametrize(
    "odd",
    [
        {"raw": {"n": 10**30}}, {"raw": {"\ud800": "a\x00b"}}, {"media": [{"url": "https://x.example/\ud800", "alt": "\ud800"}]},
        {"thread": "t" * 500, "in_reply_to": "r" * 500}, {"author": {"handle": "h" * 500}}, {"account": "a" * 120, "instance": "i" * 120},
        {"author": {"external_id": "e" * 255, "handle": "ß" * 200, "name": "ﷺ" * 2_000}}, {"content_warning": "\ud800" * 10},
    ],
)  # fmt: skip
def test_whatever_is_accepted_can_be_stored_on_both_databases(ports: Ports, odd: dict[str, Any]) -> None:
    (answer,) = accept_mentions(ports, [Delivery("test", [mention("odd", "@acme hello") | odd])])
    assert isinstance(answer, tuple)
    assert answer[0].status == "accepted"
    assert one_batch(ports) == 1
    with ports.db.read() as conn:
        assert intake_queue.depth(conn, 10) == 0


def test_a_delivery_is_put_in_with_one_statement_and_in_its_order(ports: Ports) -> None:
    ids = [str(n) for n in (7, 3, 9, 1, 5)]
    with statements(ports) as told:
        accept_mentions(ports, [Delivery("test", [mention(id, "hello") for id in ids])])
    (put,) = [said for said in told if said.startswith("INSERT INTO intake")]
    assert ports.db.embedded or "json_to_recordset" in put, "on a server each row would be a way there and back"
    with ports.db.read() as conn:
        assert [row.body["external_id"] for row in intake_queue.waiting(conn, ports.clock.now(), 10)] == ids
