"""Webhooks of rules: a row of the decision's transaction, signed, made at least once, with pauses after trouble, parked when it lasts."""

import asyncio
import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from standardwebhooks import Webhook as Verifies

from app.actions.call_webhook import payload_of, queue_webhook
from app.actions.make_call import TRIES, make_call
from app.cases import store as cases
from app.cases.model import Case
from app.cases.tables import CASE
from app.channels import calls, endpoints
from app.channels.model import Webhook, WebhookCall
from app.core.clock import SetClock, rfc3339
from app.core.errors import Invalid
from app.engine.data_folder import DataFolder
from app.engine.ports import Ports
from app.jobs.call import AT_ONCE_PER_PLACE, call_due, run
from tests.channels.receiver import Receiver, answer, receiver
from tests.support.desk import mention, take_in
from tests.support.scene import ORDER

PATIENCE_SECONDS = 60.0


def placed(ports: Ports, folder: Path, place: Receiver, more: str = "") -> Ports:
    """The desk with one place for its rules to call."""
    (folder / "webhooks.yaml").write_text(f"webhooks:\n  - id: crm\n    url: {place.url}\n{more}", encoding="utf-8")
    return replace(ports, data=DataFolder(folder))


def queued(ports: Ports, clock: SetClock, count: int = 1, name: str = "crm") -> list[str]:
    case = take_one(ports, clock)
    with ports.db.write() as tx:
        return [queue_webhook(tx, name, payload_of(case, "clock.breached", ["late"], 1), case=case.id) for _ in range(count)]


def take_one(ports: Ports, clock: SetClock) -> Case:
    """A case, without people around it: they can be hired once."""
    take_in(ports, mention("post1", ORDER, handle="jo_harker", created_at=rfc3339(clock.now())))
    with ports.db.read() as conn:
        return cases.case_of(conn.execute(CASE.select()).one())


def kept(ports: Ports, id: str) -> WebhookCall:
    with ports.db.read() as conn:
        call = calls.get(conn, id)
    assert call is not None
    return call


def test_it_is_signed_and_carries_no_words_of_a_customer(ports: Ports, clock: SetClock, tmp_path: Path) -> None:
    with receiver(answer("204 No Content")) as place:
        (id,) = queued(ports, clock)
        ports = placed(ports, tmp_path, place)
        assert call_due(ports) == 1
    (heard,) = place.heard
    secret = endpoints.secret_of(ports.keys, Webhook("crm", place.url))
    signed = Verifies(secret).sign(id, clock.now(), heard.body.decode())
    assert heard.headers["webhook-signature"] == signed
    assert heard.headers["webhook-timestamp"] == str(int(clock.now().timestamp()))
    assert heard.headers["webhook-id"] == id
    told = json.loads(heard.body)
    assert (told["type"], told["data"]["trigger"], told["data"]["rules"]) == ("rule.called", "clock.breached", ["late"])
    assert b"order 4471" not in heard.body
    assert b"jo_harker" not in heard.body
    assert kept(ports, id).state == "sent"
    assert call_due(ports) == 0


def test_it_is_tried_again_under_the_same_id_and_body(ports: Ports, clock: SetClock, tmp_path: Path) -> None:
    """Pitfall "Webhook doubles" (CW#11901): who is called twice knows it by the id."""
    with receiver(answer("500 Broken"), b"", answer("429 Slow", b"", "Retry-After: 300"), answer("200 OK")) as place:
        (id,) = queued(ports, clock)
        ports = placed(ports, tmp_path, place)
        assert call_due(ports) == 1
        assert call_due(ports) == 0, "not at once"
        for _ in range(2):
            clock.move(minutes=1)
            assert call_due(ports) == 1
        clock.move(minutes=4)
        assert call_due(ports) == 0, "the receiver asked for five minutes"
        clock.move(minutes=2)
        assert call_due(ports) == 1
    assert len({h.headers["webhook-id"] for h in place.heard}) == len({h.body for h in place.heard}) == 1
    assert [h.headers["earshot-attempt"] for h in place.heard] == ["1", "2", "3", "4"]
    assert kept(ports, id).state == "sent"


def test_what_lasts_is_parked_with_its_error_and_can_be_tried_anew(ports: Ports, clock: SetClock, tmp_path: Path) -> None:
    with receiver(*[answer("503 Down")] * TRIES, answer("200 OK")) as place:
        (id,) = queued(ports, clock)
        ports = placed(ports, tmp_path, place)
        for _ in range(TRIES):
            clock.move(hours=1)
            call_due(ports)
        assert (kept(ports, id).state, kept(ports, id).last_error) == ("parked", "the receiver answered 503")
        clock.move(hours=1)
        assert call_due(ports) == 0
        with ports.db.write() as tx:
            assert calls.retry(tx, id)
        call_due(ports)
    assert kept(ports, id).state == "sent"


def test_who_dies_over_it_leaves_it_to_be_made_again(ports: Ports, clock: SetClock, tmp_path: Path) -> None:
    with receiver(answer("200 OK")) as place:
        (id,) = queued(ports, clock)
        ports = placed(ports, tmp_path, place)
        lost = kept(ports, id)
        with ports.db.write() as tx:
            assert calls.take(tx, lost, timedelta(seconds=30))
        assert call_due(ports) == 0, "its lease runs"
        assert make_call(ports, lost, None) is None, "who read it before it was taken does not get it"
        clock.move(seconds=31)
        assert call_due(ports) == 1
        with ports.db.write() as tx:
            assert not calls.settle(tx, lost, "parked", "late"), "and whoever wakes late changes nothing"
    assert kept(ports, id).state == "sent"


def test_a_dead_place_keeps_nobody_waiting_and_an_unknown_one_is_parked(ports: Ports, clock: SetClock, tmp_path: Path) -> None:
    with receiver(answer("200 OK")) as place:
        queued(ports, clock, count=30, name="gone")
        clock.move(seconds=1)
        (mine,) = queued(ports, clock)
        ports = placed(ports, tmp_path, place)
        assert call_due(ports) == AT_ONCE_PER_PLACE, "the longest due first, but no more than its places"
        while call_due(ports):
            pass
    assert kept(ports, mine).state == "sent"
    with ports.db.read() as conn:
        parked = calls.parked(conn)
        assert calls.counts(conn) == {"gone": {"parked": 30}}
    assert "has no place 'gone'" in parked[0].last_error


async def test_calls_are_made_as_they_come_and_go_on_as_places_become_free(
    ports: Ports, clock: SetClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.jobs.call.TICK_SECONDS", 3_600.0)  # nobody waits for it
    count = AT_ONCE_PER_PLACE * 3
    ids = queued(ports, clock)
    with receiver(*[answer("200 OK")] * (1 + count)) as place:
        job = asyncio.create_task(run(placed(ports, tmp_path, place)))
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                with ports.bus.listen(calls.TOPIC) as news:
                    for more in (count, 0):  # the first is found by looking; who has looked is told of those after it
                        while not all(kept(ports, id).state == "sent" for id in ids):
                            await news.wait(0.05)
                        ids += await asyncio.to_thread(queued, ports, clock, more)
        finally:
            job.cancel()
            await asyncio.gather(job, return_exceptions=True)
    assert len(place.heard) == 1 + count


def test_private_addresses_are_not_called(ports: Ports, clock: SetClock, tmp_path: Path) -> None:
    (id,) = queued(ports, clock)
    (tmp_path / "webhooks.yaml").write_text("webhooks:\n  - {id: crm, url: 'http://169.254.169.254/latest'}\n", encoding="utf-8")
    ports = replace(ports, data=DataFolder(tmp_path))
    call_due(ports)
    assert "a private address" in kept(ports, id).last_error


def test_a_place_gets_its_fields_and_one_that_is_off_waits(ports: Ports, clock: SetClock, tmp_path: Path) -> None:
    with receiver(answer("200 OK")) as place:
        (id,) = queued(ports, clock)
        off = placed(ports, tmp_path, place, "    enabled: false\n")
        call_due(off)
        assert (kept(ports, id).state, kept(ports, id).tries) == ("waiting", 0)
        clock.move(minutes=2)
        (tmp_path / "on").mkdir()
        call_due(placed(ports, tmp_path / "on", place, "    fields: [case, band]\n"))
    assert set(json.loads(place.heard[0].body)["data"]) == {"case", "band", "webhook"}


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("webhooks:\n  - {id: CRM, url: 'https://a.example'}\n", "needs an id"),
        ("webhooks:\n  - {id: crm, url: 'ftp://a.example'}\n", "needs a url"),
        ("webhooks:\n  - {id: crm, url: 'https://a.example', secret: x}\n", "means nothing here"),
        ("webhooks:\n  - {id: a, url: 'https://a.example'}\n  - {id: a, url: 'https://b.example'}\n", "stands twice"),
        ("webhooks: {a: 1}\n", "a list of places"),
        ("webhooks: [\n", "no YAML"),
    ],
)
def test_a_file_that_is_wrong_says_where(text: str, fault: str) -> None:
    with pytest.raises(Invalid, match=fault):
        endpoints.parse(text)


def test_secrets_differ_by_place_and_change_with_their_version(ports: Ports) -> None:
    one, other = Webhook("crm", "https://a.example"), Webhook("bi", "https://a.example")
    made = {endpoints.secret_of(ports.keys, w) for w in (one, other, replace(one, secret_version=2))}
    assert len(made) == 3
    assert all(secret.startswith("whsec_") for secret in made)
