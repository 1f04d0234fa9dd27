"""The publisher of a signed webhook (Standard Webhooks): whoever stands behind the address posts the answer on its network.

The id of the message is the reply's idempotency key and its body never changes, so a receiver that remembers keys posts it once.
One that can be asked is asked by the same key. docs/webhooks.md is the receiver's side of it.
"""

import json
import ssl
from typing import Final
from urllib.parse import quote

import httpcore2
from standardwebhooks import Webhook

from app.channels.http_call import Answer, Call, NoAnswer, NotLeft, exchange
from app.channels.no_receiver import NoReceiver
from app.channels.port import Found, Outcome, Outgoing, RetryAfter, Sent, Sureness, TryAgain, Unknown, key_of
from app.channels.receiver import KEY_PLACE, Receiver, receiver_of
from app.channels.webhook_answer import found_of, outcome_of
from app.core.clock import Clock, steady
from app.core.settings import Settings

_LOOKUP_SECONDS: Final = 5.0


class WebhookPublisher:
    """Posts one reply to the receiver and judges its answer. It may be used by several threads at once."""

    def __init__(self, receiver: Receiver, clock: Clock, tls: ssl.SSLContext | None = None) -> None:
        self._to, self._clock = receiver, clock
        self._signs = Webhook(receiver.secret)
        self._tls = tls or httpcore2.default_ssl_context()
        # What the network asked for a moment ago, known before it is written down: other threads may be about to call. As many as
        # there are accounts.
        self._quiet: dict[tuple[str, str, str], float] = {}

    @property
    def sure(self) -> Sureness:
        """As the receiver offers."""
        return self._to.sure

    @property
    def longest_seconds(self) -> float:
        """The time for the whole exchange."""
        return self._to.timeout_seconds

    @property
    def settle_seconds(self) -> float:
        """How long the receiver may still be at work after nobody waits for its answer."""
        return self._to.settle_seconds

    def publish(self, out: Outgoing) -> Outcome:
        """One POST. Where no byte of it left, nothing was published; where it left and no answer came, nobody knows."""
        account = (out.network, out.instance, out.account)
        rest = self._quiet.get(account, 0.0) - steady()
        if rest > 0:
            return RetryAfter(rest, "the network asked for patience a moment ago")
        key, body = key_of(out.reply_id), body_of(out)
        deadline = min(out.leave_by, steady() + self._to.timeout_seconds)
        headers = {"Content-Type": "application/json", "Earshot-Attempt": str(out.attempt)}
        try:
            answer = self._call("POST", self._to.url, key, body, headers, deadline)
        except NotLeft as why:
            return TryAgain(str(why))
        except NoAnswer as why:
            return Unknown(str(why))
        outcome = outcome_of(answer, key, self._clock.now(), keyed=self._to.honours_keys)
        if isinstance(outcome, RetryAfter):
            self._quiet[account] = steady() + outcome.seconds
        return outcome

    def reconcile(self, out: Outgoing) -> Sent | Found:
        """Ask by the key, where the receiver can be asked."""
        if not self._to.lookup_url:
            return "unsure"
        key = key_of(out.reply_id)
        deadline = steady() + min(_LOOKUP_SECONDS, self._to.timeout_seconds)
        try:
            return found_of(self._call("GET", self._to.lookup_url.replace(KEY_PLACE, quote(key)), key, "", {}, deadline))
        except (NotLeft, NoAnswer):
            return "unsure"

    def _call(self, method: str, url: str, key: str, body: str, headers: dict[str, str], deadline: float) -> Answer:
        now = self._clock.now()
        signed = {
            "Webhook-Id": key,
            "Webhook-Timestamp": str(int(now.timestamp())),
            "Webhook-Signature": self._signs.sign(key, now, body),
        }
        return exchange(Call(method, url, headers | signed, body.encode(), deadline), self._to.reach, self._tls)


def webhook_publisher(settings: Settings, clock: Clock) -> WebhookPublisher | NoReceiver:
    """The publisher that the settings ask for."""
    receiver = receiver_of(settings)
    return NoReceiver() if receiver is None else WebhookPublisher(receiver, clock)


def body_of(out: Outgoing) -> str:
    """The message: the same bytes at every attempt, in ASCII, so that no proxy on the way can spoil the signature."""
    to = {"external_id": out.in_reply_to, "url": out.in_reply_to_url, "author": out.author_handle}
    data = {
        "key": key_of(out.reply_id), "reply": out.reply_id, "network": out.network, "instance": out.instance or None,
        "account": out.account or None, "in_reply_to": to, "text": out.text, "visibility": out.visibility,
    }  # fmt: skip
    return json.dumps({"type": "reply.publish", "data": data}, separators=(",", ":"))
