"""One attempt at a webhook's call: taken under a lease, made outside any transaction, and what came of it written down.

At least once: a process that dies between the two leaves the call to be made again under the same id, by which its receiver knows it.
"""

import json
import secrets
import ssl
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Final

from standardwebhooks import Webhook as Signs

from app.channels import calls
from app.channels.endpoints import secret_of
from app.channels.http_call import Answer, Call, NoAnswer, NotLeft, exchange
from app.channels.model import CallState, Webhook, WebhookCall
from app.channels.reach import Reach, ranges
from app.channels.webhook_answer import retry_after
from app.core.clock import rfc3339, steady
from app.engine.ports import Ports
from app.engine.telemetry import WEBHOOK_CALLS

TRIES: Final = 12  # with the pauses below a little over an hour: who is down for longer is looked at by a person
TIMEOUT_SECONDS: Final = 10.0
_LEASE: Final = timedelta(seconds=30)  # longer than an attempt can take
_LONGEST_PAUSE_SECONDS: Final = 1_800.0
_GONE: Final = 410
_OFF_AGAIN_SECONDS: Final = 60.0

Exchange = Callable[[Call], Answer]


def make_call(ports: Ports, call: WebhookCall, webhook: Webhook | None, tls: ssl.SSLContext | None = None) -> CallState | None:
    """Make one attempt; what became of the call, None when another process has it in hand. May take ``TIMEOUT_SECONDS``.

    A call of a place that ``webhooks.yaml`` does not have any more is parked, one that is switched off waits a minute.
    """
    with ports.db.write() as tx:
        if not calls.take(tx, call, _LEASE):
            return None
    if webhook is None:
        return _settled(ports, call, "parked", f"webhooks.yaml has no place {call.webhook!r}: add it, then try again")
    if not webhook.enabled:
        return _settled(ports, call, "waiting", f"{webhook.id} is switched off in webhooks.yaml", _OFF_AGAIN_SECONDS, count=False)
    reach = Reach(ranges(ports.settings.earshot_webhook_private))
    error, wait = _attempt(ports, call, webhook, partial(exchange, reach=reach, tls=tls))
    if error is None:
        return _settled(ports, call, "sent", "")
    if call.tries + 1 >= TRIES or wait is None:
        return _settled(ports, call, "parked", error)
    return _settled(ports, call, "waiting", error, wait)


def body_of(call: WebhookCall, webhook: Webhook) -> bytes:
    """The message in ASCII, the same at every attempt: what the rule told, cut to the fields that this place gets."""
    told = {name: value for name, value in call.payload.items() if not webhook.fields or name in webhook.fields}
    message = {"type": "rule.called", "timestamp": rfc3339(call.made_at), "data": told | {"webhook": webhook.id}}
    return json.dumps(message, separators=(",", ":")).encode()


def pause_seconds(tries: int, chance: float) -> float:
    """Seconds before the next attempt after so many: doubled each time, less up to half of it by chance."""
    return min(2.0**tries, _LONGEST_PAUSE_SECONDS) * (1 - chance / 2)


def _attempt(ports: Ports, call: WebhookCall, webhook: Webhook, made: Exchange) -> tuple[str | None, float | None]:
    """What went wrong, None for nothing; and the seconds to wait, None where trying again would change nothing."""
    now, body = ports.clock.now(), body_of(call, webhook)
    headers = {
        "Content-Type": "application/json", "Webhook-Id": call.id, "Webhook-Timestamp": str(int(now.timestamp())),
        "Webhook-Signature": Signs(secret_of(ports.keys, webhook)).sign(call.id, now, body.decode()),
        "Earshot-Attempt": str(call.tries + 1),
    }  # fmt: skip
    wait = pause_seconds(call.tries + 1, secrets.randbelow(1_000) / 1_000)
    try:
        answer = made(Call("POST", webhook.url, headers, body, steady() + TIMEOUT_SECONDS))
    except (NotLeft, NoAnswer) as why:
        return str(why), wait
    if 200 <= answer.status < 300:
        return None, None
    if answer.status == _GONE:
        return "the receiver says that it is gone for good (410)", None
    asked = retry_after(answer.headers, now) if answer.status in (429, 503) else None
    return f"the receiver answered {answer.status}", max(wait, asked or 0.0)


def _settled(ports: Ports, call: WebhookCall, state: CallState, error: str, wait: float = 0.0, *, count: bool = True) -> CallState:
    with ports.db.write() as tx:
        calls.settle(tx, call, state, error, tx.now + timedelta(seconds=wait), tries=call.tries + count)
    WEBHOOK_CALLS.labels(state).inc()
    return state
