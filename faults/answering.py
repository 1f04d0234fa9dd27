"""Cases to answer, made without a process, and what an answer to one looks like on the wire."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import select

from app.actions.accept_mentions import Delivery, accept_mentions
from app.actions.receive_mentions import receive_mentions
from app.cases.tables import CASE
from app.core.clock import rfc3339
from app.engine import intake_queue
from app.judgement.desk import desk_of
from app.policy.gate import missing
from rig.desk import Site

ANSWER: Final = "I am sorry that you are still waiting. I have looked into it and will write to you again this afternoon."
_BATCH: Final = 100


@dataclass(frozen=True, slots=True)
class Answerable:
    """An open case of a customer with a handle of their own. ``ticks`` are the items its checklist demands."""

    id: str
    handle: str
    version: int
    ticks: Sequence[str]

    def body(self, text: str = ANSWER) -> dict[str, Any]:
        """The answer as the API reads it."""
        return {"text": text, "seen_version": self.version, "checklist": dict.fromkeys(self.ticks, True)}

    def form(self, csrf: str, text: str = ANSWER) -> list[tuple[str, str]]:
        """The answer as the composer's form sends it."""
        ticks = [("tick", tick) for tick in self.ticks]
        return [("text", text), ("seen_version", str(self.version)), ("visibility", "public"), ("csrf", csrf), *ticks]


def open_cases(site: Site, count: int) -> list[Answerable]:
    """So many customers write once each; their cases, understood and unclaimed."""
    for first in range(0, count, _BATCH):
        posts = [_post(site, number) for number in range(first, min(count, first + _BATCH))]
        accept_mentions(site.ports, [Delivery("rig", posts)])
        with site.ports.db.write() as tx:
            rows = intake_queue.waiting(tx.conn, tx.now, _BATCH)
        receive_mentions(site.ports, rows)
    with site.ports.db.read() as conn:
        policies = {p.id: p for p in desk_of(site.ports, conn).policies}
        rows_of_cases = conn.execute(select(CASE.c.id, CASE.c.author_handle, CASE.c.version, CASE.c.policy).order_by(CASE.c.id)).all()
    return [Answerable(r.id, r.author_handle, r.version, [i.id for i in missing(policies.get(r.policy), ())]) for r in rows_of_cases]


def _post(site: Site, number: int) -> Mapping[str, Any]:
    return {
        "network": "x", "account": "@acme", "external_id": f"asked-{number}", "author": {"handle": f"asker_{number}", "followers": 12},
        "text": f"@acme where is my order A{1000 + number}? It should have been here on Monday.",
        "created_at": rfc3339(site.ports.clock.now()),
    }  # fmt: skip
