"""F4: fifty mentions of one author whom nobody knows arrive at the same time, at two web processes, with two workers behind them.

Forty are public and ten direct, each a thread of its own: by the joining rule they are one public and one direct case.
"""

import json
from contextlib import ExitStack
from typing import Any, Final

from sqlalchemy import text

from app.core.clock import rfc3339
from faults import checker
from faults.model import Count, Fault, Place, Row, Scale
from rig.desk import Site
from rig.load import Load
from rig.sending import sending

AT_ONCE: Final = 50
DIRECT: Final = 10
GOAL: Final = "1 customer and 2 cases an author, 0 errors, nothing doubled"


def run(place: Place, scale: Scale) -> Row:
    """One author after the other, so that each finds an idle desk."""
    authors = scale.of(20, 2)
    statuses: dict[str, int] = {}
    with place.site() as site, ExitStack() as stack:
        embedded = site.ports.db.embedded
        started = stack.enter_context(site.processes(*(("serve", "web") if embedded else ("web", "web", "worker", "worker"))))
        urls, token = [running.url for running in started if running.part != "worker"], site.token()
        for number in range(authors):
            bodies = place.folder / "bodies"
            bodies.write_text("".join(json.dumps(_mention(site, number, post)) + "\n" for post in range(AT_ONCE)), encoding="utf-8")
            with sending(Load(urls, token, connections=AT_ONCE, bodies=str(bodies), retry=False), place.folder) as sender:
                for status, count in sender.wait().statuses.items():
                    statuses[status] = statuses.get(status, 0) + count
            checker.drained(site)
        found = checker.damage(site, [f"a{n}-{post}" for n in range(authors) for post in range(AT_ONCE)])
        most = {"customers": _most(site, "customer_id"), "identities": _most(site, "identity_id"), "cases": _most(site, "case_id")}
        failed = [line for line in site.logs().splitlines() if '"level": "error"' in line or "failed" in line]
        if found.doubled:
            place.say(f"doubled: {checker.doubles(site)}")
        for line in failed[:3]:
            place.say(line[:1_000])
    errors = sum(count for status, count in statuses.items() if status != "202")
    counted: dict[str, Count] = {
        "authors": authors, "most customers": most["customers"], "most identities": most["identities"], "most cases": most["cases"],
        "lost": found.lost, "doubled": found.doubled, "errors": errors, "failed batches": len(failed), "integrity": found.integrity,
    }  # fmt: skip
    met = most == {"customers": 1, "identities": 1, "cases": 2} and errors == len(failed) == 0 and found.none
    return Row("F4", place.database, counted, GOAL, met)


def _most(site: Site, column: str) -> int:
    """The largest number of these that one author has."""
    query = f"SELECT max(n) FROM (SELECT count(DISTINCT {column}) AS n FROM mention GROUP BY author_handle) AS counted"
    with site.ports.db.read() as conn:
        return int(conn.execute(text(query)).scalar_one())


def _mention(site: Site, author: int, post: int) -> dict[str, Any]:
    return {
        "network": "x", "account": "@acme", "external_id": f"a{author}-{post}", "text": f"@acme please help, this is the {post + 1}th time",
        "created_at": rfc3339(site.ports.clock.now()), "author": {"handle": f"stranger_{author}", "name": "A Stranger"},
        "visibility": "direct" if post < DIRECT else "public",
    }  # fmt: skip


FAULT = Fault("F4", "fifty mentions of one unknown author at once", run)
