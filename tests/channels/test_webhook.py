"""The signed webhook against a real receiver: signed, bounded, in time, to allowed addresses only, and honest about what it knows."""

import json
import ssl
from base64 import b64encode
from dataclasses import replace
from typing import Any

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from app.channels.http_call import ANSWER_BYTES
from app.channels.no_receiver import NoReceiver
from app.channels.port import Failed, Outcome, Outgoing, RetryAfter, Sent, TryAgain, Unknown, key_of
from app.channels.reach import Reach, ranges
from app.channels.receiver import Receiver, receiver_of
from app.channels.webhook import WebhookPublisher, body_of, webhook_publisher
from app.core.clock import SystemClock, steady
from app.core.ids import ReplyId
from app.core.settings import Settings
from tests.channels.receiver import HANGS, answer, json_answer, receiver

SECRET = "whsec_" + b64encode(b"0123456789abcdef0123456789abcdef").decode()
OUT = Outgoing(
    ReplyId("06eawtv601bvdyzcjb9x"), "x", "", "@acme", "570306", "https://x.example/570306", "jo", "Sorry! 😀 \u202e “now”", "public"
)
FOUND = b'{"external_id": "n-1", "url": "https://x.example/n-1"}'


def publisher(url: str, **more: Any) -> WebhookPublisher:
    given: dict[str, Any] = {"timeout_seconds": 10.0} | more
    return WebhookPublisher(Receiver(url, SECRET, **given), SystemClock(), ssl.create_default_context())


def sent(told: bytes, **more: Any) -> Outcome:
    with receiver(told) as there:
        return publisher(there.url, **more).publish(OUT)


def test_a_post_is_signed_and_the_same_at_every_attempt() -> None:
    with receiver(json_answer(FOUND), json_answer(FOUND)) as there:
        for attempt in (1, 2):
            outcome = publisher(there.url).publish(replace(OUT, attempt=attempt))
            assert outcome == Sent("n-1", "https://x.example/n-1")
    first, second = there.heard
    assert first.line == "POST /replies HTTP/1.1"
    assert first.headers["webhook-id"] == second.headers["webhook-id"] == key_of(OUT.reply_id)
    assert first.body == second.body == body_of(OUT).encode()
    assert (first.headers["earshot-attempt"], second.headers["earshot-attempt"]) == ("1", "2")
    said = Webhook(SECRET).verify(first.body, first.headers)
    assert said["type"] == "reply.publish"
    assert said["data"]["text"] == OUT.text
    assert said["data"]["in_reply_to"] == {"external_id": "570306", "url": "https://x.example/570306", "author": "jo"}


@pytest.mark.parametrize("spoil", ["body", "webhook-id", "webhook-timestamp", "webhook-signature"])
def test_a_verifier_notices_tampering(spoil: str) -> None:
    with receiver(json_answer(FOUND)) as there:
        publisher(there.url).publish(OUT)
    (heard,) = there.heard
    body, headers = heard.body, dict(heard.headers)
    if spoil == "body":
        body = body.replace(b"Sorry", b"Never")
    elif spoil == "webhook-timestamp":
        headers[spoil] = "1"
    else:
        # Not its last character, a part of which stands for nothing: one spoilt in sixteen would still be the same signature.
        headers[spoil] = headers[spoil][:4] + ("B" if headers[spoil][4] == "A" else "A") + headers[spoil][5:]
    with pytest.raises((WebhookVerificationError, ValueError)):
        Webhook(SECRET).verify(body, headers)


@pytest.mark.parametrize(
    ("told", "outcome"),
    [
        (answer("204 No Content"), Sent(key_of(OUT.reply_id))),
        (answer("200 OK", b"ok", "Content-Type: text/plain"), Sent(key_of(OUT.reply_id))),
        (json_answer(b'{"external_id": 7, "url": "javascript:alert(1)"}', "201 Created"), Sent("7")),
        (json_answer(b'{"external_id": ["x"]}'), Sent(key_of(OUT.reply_id))),
        (answer("429 Too Many Requests", b"", "Retry-After: 7"), RetryAfter(7, "the receiver asks for patience (429)")),
        (answer("503 Unavailable", b"", "Retry-After: 999999999"), RetryAfter(3600, "the receiver asks for patience (503)")),
        (answer("503 Unavailable", b"", "Retry-After: soon"), TryAgain("the receiver asks for patience (503)")),
        (answer("429 Too Many Requests"), TryAgain("the receiver asks for patience (429)")),
        (json_answer(b'{"detail": "too long"}', "422 Unprocessable"), Failed("the receiver refused it (422): too long", fixable=True)),
        (answer("401 No", b"who\x00are\xe2\x80\xaeyou"), Failed("the receiver refused it (401): who are you", fixable=False)),
        (answer("403 No", b"<h1>No</h1>", "Content-Type: text/html"), Failed("the receiver refused it (403)", fixable=False)),
        (answer("302 Found", b"", "Location: http://169.254.169.254/"),
         Failed("the receiver sent it elsewhere: set its final address (302)", fixable=False)),
        (answer("500 Oh", b'{"message": "dead"}'), Unknown("the receiver broke down over it (500): dead")),
        (answer("502 Bad Gateway"), Unknown("the receiver broke down over it (502)")),
        (json_answer(b"{"), Unknown("the receiver said 200, but its answer broke off or is no JSON")),
        (answer("200 OK", FOUND, length=4000), Unknown("the receiver said 200, but its answer broke off or is no JSON")),
        (b"", Unknown("the line was cut before an answer came")),
        (b"SMTP ready\r\n\r\n", Unknown("the line was cut before an answer came")),
    ],
)  # fmt: skip
def test_what_an_answer_means(told: bytes, outcome: Outcome) -> None:
    assert sent(told) == outcome


def test_a_conflict_is_work_in_progress_only_where_keys_are_honoured() -> None:
    told = json_answer(b'{"detail": "in progress"}', "409 Conflict")
    assert isinstance(sent(told, honours_keys=True), Unknown)
    assert isinstance(sent(told), Failed)


def test_a_date_to_come_back_at() -> None:
    outcome = sent(answer("503 Later", b"", "Retry-After: Wed, 21 Oct 2015 07:28:00 GMT"))
    assert outcome == RetryAfter(1, "the receiver asks for patience (503)")


def test_patience_asked_for_holds_at_once_for_every_thread_on_the_account() -> None:
    with receiver(answer("429 Slow", b"", "Retry-After: 60"), json_answer(FOUND)) as there:
        one = publisher(there.url)
        assert isinstance(one.publish(OUT), RetryAfter)
        again = one.publish(replace(OUT, reply_id=ReplyId("06eawtv601bvdyzcjb9y")))
        assert isinstance(again, RetryAfter)
        assert 50 < again.seconds <= 60
        assert isinstance(one.publish(replace(OUT, account="@elsewhere")), Sent)
    assert there.connections == 2


def test_the_receivers_words_are_bounded() -> None:
    outcome = sent(answer("400 Bad", b"x" * 50_000))
    assert isinstance(outcome, Failed)
    assert len(outcome.reason) < 400


def test_a_big_answer_is_not_read_to_its_end() -> None:
    outcome = sent(answer("200 OK", b" " * (ANSWER_BYTES + 1), length=10**12))
    assert isinstance(outcome, Unknown)


def test_redirects_are_not_followed() -> None:
    with receiver(json_answer(FOUND)) as elsewhere, receiver(answer("307 Moved", b"", f"Location: {elsewhere.url}")) as there:
        assert isinstance(publisher(there.url).publish(OUT), Failed)
    assert elsewhere.connections == 0


def test_no_answer_in_time_is_unknown_and_ends_in_time() -> None:
    began = steady()
    assert sent(HANGS, timeout_seconds=1.0) == Unknown("no answer in time")
    assert steady() - began < 15


def test_a_trickle_does_not_stretch_the_time() -> None:
    """The deadline is for the whole exchange: a head that grows byte by byte runs into it as silence does."""
    assert sent(b"HTTP/1.1 200 OK\r\nX-Slow: 1", timeout_seconds=1.0) in (
        Unknown("no answer in time"), Unknown("the line was cut before an answer came"),
    )  # fmt: skip


def test_nobody_there_is_surely_not_sent() -> None:
    with receiver() as gone:
        pass
    outcome = publisher(gone.url).publish(OUT)
    assert isinstance(outcome, TryAgain)
    assert "no connection" in outcome.reason


def test_an_attempt_whose_time_is_over_leaves_nothing() -> None:
    with receiver(json_answer(FOUND)) as there:
        assert publisher(there.url).publish(replace(OUT, leave_by=steady() - 1)) == TryAgain("no connection in time")
    assert not there.heard


def test_no_proxy_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    with receiver(json_answer(FOUND)) as proxy, receiver(json_answer(FOUND)) as there:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        assert isinstance(publisher(there.url).publish(OUT), Sent)
    assert proxy.connections == 0


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://10.1.2.3/replies", "private address"),
        ("https://169.254.169.254/latest/meta-data", "private address"),
        ("https://[64:ff9b::a9fe:a9fe]/", "private address"),
        ("http://2130706433/", "this machine itself"),
        ("http://192.0.2.1/", "private address"),
        ("http://1.1.1.1/", "use https"),
    ],
)
def test_where_the_desk_does_not_call(url: str, why: str) -> None:
    outcome = publisher(url).publish(OUT)
    assert isinstance(outcome, TryAgain)
    assert why in outcome.reason


def test_a_name_that_leads_to_this_machine_is_refused_unless_named() -> None:
    """The machine's own name resolves to loopback or to a private address; either is refused, and neither is once it is named."""
    with receiver(json_answer(FOUND)) as there:
        url = f"http://127.1:{there.port}/replies"  # a spelling that only the resolver understands
        assert isinstance(publisher(url).publish(OUT), TryAgain)
        assert there.connections == 0
        assert isinstance(publisher(url, reach=Reach(ranges("127.0.0.0/8"))).publish(OUT), Sent)


def test_the_network_is_asked_by_the_same_key() -> None:
    with receiver(json_answer(FOUND), answer("404 No"), answer("500 Oh"), json_answer(b"{}"), b"") as there:
        asking = publisher(there.url, lookup_url=f"http://127.0.0.1:{there.port}/posts?key={{key}}")
        assert asking.sure == "asked"
        assert [asking.reconcile(OUT) for _ in range(5)] == [Sent("n-1", "https://x.example/n-1"), "absent", "unsure", "unsure", "unsure"]
    assert there.heard[0].line == f"GET /posts?key={key_of(OUT.reply_id)} HTTP/1.1"
    Webhook(SECRET).verify(b"", there.heard[0].headers, json_parse=False)


def test_what_a_receiver_offers_against_doubles() -> None:
    url = "https://bridge.example/"
    assert publisher(url, honours_keys=True, lookup_url="https://bridge.example/{key}").sure == "keyed"
    assert publisher(url).sure == "never"
    assert publisher(url).reconcile(OUT) == "unsure"


def test_a_text_that_is_no_unicode_is_still_sent_as_ascii() -> None:
    assert json.loads(body_of(replace(OUT, text="half \ud83d of it")).encode("ascii"))["data"]["text"] == "half \ud83d of it"


def test_without_a_webhook_what_should_leave_fails_at_once() -> None:
    settings = Settings(_env_file=None)
    assert receiver_of(settings) is None
    nobody = webhook_publisher(settings, SystemClock())
    assert isinstance(nobody, NoReceiver)
    assert isinstance(nobody.publish(OUT), Failed)


def test_a_receiver_from_the_settings() -> None:
    named: dict[str, Any] = {
        "earshot_webhook_url": "https://bridge.example/replies", "earshot_webhook_secret": SECRET, "earshot_webhook_honours_keys": True,
        "earshot_webhook_timeout_seconds": 4, "earshot_webhook_private": "10.1.2.3, fd00::/8",
    }  # fmt: skip
    found = receiver_of(Settings(_env_file=None, **named))
    assert found is not None
    assert (found.timeout_seconds, len(found.reach.named), found.honours_keys) == (4, 2, True)
    made = webhook_publisher(Settings(_env_file=None, **named), SystemClock())
    assert (made.sure, made.longest_seconds, made.settle_seconds) == ("keyed", 4, 60)
