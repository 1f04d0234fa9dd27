"""The places that rules call: what waits for each, what was given up and why, and the secret by which its receiver checks a call."""

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from sqlalchemy import Connection

from app.channels import calls, endpoints
from app.core.asker import Asker
from app.core.errors import Invalid
from app.engine.ports import Ports


@dataclass(frozen=True, slots=True)
class PlaceShown:
    """One place of ``webhooks.yaml``, or one that is not there any more and still has calls (then ``host`` is "")."""

    id: str
    title: str
    host: str
    enabled: bool
    secret: str
    waiting: int
    parked: int


@dataclass(frozen=True, slots=True)
class ParkedCall:
    """A call that was given up."""

    id: str
    webhook: str
    case: str
    trigger: str
    tries: int
    error: str
    made_at: datetime


@dataclass(frozen=True, slots=True)
class WebhooksShown:
    """Every place with its calls; ``fault`` is what is wrong with the file, "" for nothing."""

    places: tuple[PlaceShown, ...]
    parked: tuple[ParkedCall, ...]
    fault: str


def webhooks(ports: Ports, conn: Connection, asker: Asker) -> WebhooksShown:
    """How the calls of rules stand."""
    asker.need("settings.edit")
    try:
        places, fault = endpoints.places_of(ports.data), ""
    except Invalid as wrong:
        places, fault = (), wrong.detail
    counts = calls.counts(conn)
    shown = [
        PlaceShown(
            p.id, p.title, urlsplit(p.url).netloc, p.enabled, endpoints.secret_of(ports.keys, p), counts.get(p.id, {}).get("waiting", 0),
            counts.get(p.id, {}).get("parked", 0),
        )
        for p in places
    ]  # fmt: skip
    known = {p.id for p in places}
    shown += [PlaceShown(id, "", "", False, "", of.get("waiting", 0), of.get("parked", 0)) for id, of in counts.items() if id not in known]
    parked = tuple(
        ParkedCall(c.id, c.webhook, c.case_id or "", str(c.payload.get("trigger", "")), c.tries, c.last_error, c.made_at)
        for c in calls.parked(conn)
    )
    return WebhooksShown(tuple(shown), parked, fault)
