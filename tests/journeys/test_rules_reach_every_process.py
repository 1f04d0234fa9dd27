"""Rules published through one process are obeyed by another from the next mention on."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from httpx2 import Client
from sqlalchemy import select

from app.cases.tables import CASE
from app.core.clock import rfc3339
from app.engine.columns import table_of
from app.routing.tables import DecisionRow
from rig.desk import Site
from rig.waiting import until
from tests.support.desk import mention

DECISION = table_of(DecisionRow)
RULES = """rules:
  - id: umbrella-recall
    when:
      text: {contains_any: [umbrella]}
    do:
      tags: [recall]

"""


def put(program: Client, text: str, expected: int) -> int:
    """Publish; the version that is in force."""
    answer = program.put("/api/v1/rules", json={"rules": text, "reason": "a recall", "expected_version": expected})
    assert answer.status_code == 200, answer.text
    return int(answer.json()["version"])


def hear(program: Client, id: str) -> None:
    """A post about an umbrella."""
    said = mention(id, "@acme my umbrella broke on day one", handle=f"a{id}", created_at=rfc3339(datetime.now(UTC)))
    assert program.post("/api/v1/mentions", json=said).status_code == 202


def judged(site: Site, id: str) -> Any:
    """The decision on that post and the tags of its case, as soon as there are any."""

    def look() -> Any:
        with site.ports.db.read() as conn:
            asked = select(DECISION.c.version, CASE.c.id, CASE.c.tags).join(CASE, CASE.c.id == DECISION.c.case_id)
            return conn.execute(asked.where(CASE.c.author_handle == f"a{id}")).first()

    return until(look, f"the decision on {id}")


def test_the_next_mention_elsewhere_obeys(tmp_path: Path, database_url: str, record_property: Callable[[str, object], None]) -> None:
    with (
        Site(tmp_path / "site", database_url) as site,
        site.processes("web", "serve") as (publishes, judges),
        Client(base_url=publishes.url, headers=site.token("admin")) as rules,
        Client(base_url=judges.url, headers=site.token()) as posts,
    ):
        before = rules.get("/api/v1/rules").json()
        hear(posts, "1")
        assert judged(site, "1").version == before["version"]

        version = put(rules, before["rules"].replace("rules:\n", RULES, 1), before["version"])
        published = time.monotonic()
        hear(posts, "2")
        decided = judged(site, "2")
        record_property("seconds from publishing to a decision elsewhere", round(time.monotonic() - published, 3))
        assert (decided.version, list(decided.tags)) == (version, ["recall"])

        back = rules.post("/api/v1/rules/rollback", json={"version": before["version"], "reason": "the recall is over"})
        hear(posts, "3")
        decided = judged(site, "3")
        assert (decided.version, list(decided.tags)) == (back.json()["version"], [])
