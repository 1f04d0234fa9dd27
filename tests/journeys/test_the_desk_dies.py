"""The process is killed right after it acknowledged: what it acknowledged is there, once, when it comes back."""

import signal
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import func, select

from app.core.clock import rfc3339
from app.engine.intake_queue import INTAKE
from app.mentions.tables import MENTION
from tests.support.desk import mention
from tests.support.server import Served, serving, until

BATCHES, SIZE = 50, 200  # deliveries at most, and mentions in each


def stored(desk: Served) -> dict[str, int]:
    """How many rows there are of each external id."""
    with desk.ports.db.read() as conn:
        return {r[0]: r[1] for r in conn.execute(select(MENTION.c.external_id, func.count()).group_by(MENTION.c.external_id))}


def waiting(desk: Served) -> int:
    """How many the intake still holds, parked ones included."""
    with desk.ports.db.read() as conn:
        return conn.execute(select(func.count()).select_from(INTAKE)).scalar_one()


def test_what_was_acknowledged_survives_kill_9(tmp_path: Path, blank_url: str) -> None:
    acknowledged: list[str] = []
    with serving(tmp_path, blank_url) as desk, desk.program("ingest") as program:
        for batch in range(BATCHES):
            ids = [f"k{batch}-{i}" for i in range(SIZE)]
            said = [mention(id, f"@acme parcel {id} is late", handle=f"a{id}", created_at=rfc3339(datetime.now(UTC))) for id in ids]
            answer = program.post("/api/v1/mentions", json=said)
            assert (answer.status_code, answer.json()["accepted"]) == (202, SIZE), answer.text
            acknowledged += ids
            desk.process.send_signal(signal.SIGSTOP)
            if waiting(desk) > 0:  # else it was quicker than this process, and a kill would prove nothing
                break
            desk.process.send_signal(signal.SIGCONT)
        else:
            raise AssertionError("what was acknowledged was understood already, each time")
        desk.kill()
    with serving(tmp_path, blank_url) as desk:
        until(lambda: waiting(desk) == 0, "the end of the intake")
        assert stored(desk) == dict.fromkeys(acknowledged, 1)
