"""Generated requests against a real server: nothing fails inside, and every answer is one the document announces.

Two checks of the tool are left out. It takes each 422 for a request that its schema allows as a fault, but cursors, keys, dates and
checklists are judged by what the desk holds; and what an id in the address may be overlaps with fixed names (``/cases/next``).
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from app.engine import leases
from app.jobs.deadlines import DUTY
from app.people import store as people
from tests.api.desk import Desk, api_app, ticked
from tests.api.server import serving
from tests.conftest import ROOT

EXAMPLES = 4
AT_MOST_SECONDS = 900  # half a minute on a machine that does nothing else
LEFT_OUT = "positive_data_acceptance,unsupported_method,use_after_free,ensure_resource_availability,missing_required_header"
# 202 because a mention that is wrong is refused by itself, inside that answer; by-ref because the CRM's rows are read leniently.
CONFIG = """
[checks.negative_data_rejection]
expected-statuses = ["202", "400", "401", "403", "404", "405", "409", "413", "415", "422", "423", "429"]

[[operations]]
include-path = "/api/v1/customers/by-ref/{ref}"
[operations.checks.negative_data_rejection]
enabled = false
"""


@pytest.mark.only_on("sqlite", reason="half a minute, and it asks about what is taken in and refused, which no database decides")
def test_generated_requests_find_no_fault(desk: Desk, tmp_path: Path) -> None:
    case = desk.opened()
    text = "Sorry about your bag. Please send us your booking code."
    body = {"text": text, "seen_version": case["version"], "checklist": ticked(case)}
    reply = desk.client.post(f"/api/v1/cases/{case['id']}/replies", json=body, headers=desk.headers("agent", "agent")).json()
    ids = {"cases": case["id"], "replies": reply["id"], "customers": case["customer"]["id"], "people": desk.people["agent"]}
    with desk.ports.db.write() as tx:
        people.add_token(tx, secret="generated", name="generated", scope="admin", person=desk.people["admin"])
    leases.hold(desk.ports.db, DUTY, "me", 10_000)
    (tmp_path / "schemathesis.toml").write_text(CONFIG)
    hooks = {"SCHEMATHESIS_HOOKS": "tests.api.generated_hooks", "PYTHONPATH": str(ROOT), "EARSHOT_TEST_IDS": json.dumps(ids)}
    with serving(api_app(desk.ports)) as address:
        ran = subprocess.run(
            [
                Path(sys.executable).parent / "st", "--config-file", tmp_path / "schemathesis.toml", "run",
                f"http://{address}/api/openapi.json", "--header", "Authorization: Bearer generated",
                "--phases", "examples,coverage,fuzzing",
                "--workers", "1",  # two threads that parse source at once trip over a fault of CPython 3.11 (SystemError in ast.parse)
                "--max-examples", str(EXAMPLES), "--seed", "1", "--checks", "all", "--exclude-checks", LEFT_OUT, "--continue-on-failure",
                # The long poll waits on purpose; test_live.py asks it.
                "--exclude-path", "/api/v1/events", "--no-color", "--warnings", "off",
            ],
            cwd=tmp_path, capture_output=True, text=True, timeout=AT_MOST_SECONDS, check=False,
            env=os.environ | hooks,
        )  # fmt: skip
    assert ran.returncode == 0, ran.stdout[-12_000:] + ran.stderr[-2_000:]
