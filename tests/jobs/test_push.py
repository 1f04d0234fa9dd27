"""The job that gives cases out and back: in one process at a time, woken by the log, and by itself beneath that."""

from pathlib import Path
from typing import Final

import anyio
import anyio.to_thread
import pytest

from app.actions.claim_case import claim_case
from app.actions.set_presence import set_presence
from app.core.clock import SetClock
from app.engine.ports import Ports
from app.jobs.push import LEASE_SECONDS, Duty, run
from tests.support.queues import only, with_queues
from tests.support.scene import Scene

PATIENCE_SECONDS: Final = 60.0
QUEUES: Final = "queues:\n  - {id: care, push: least_loaded}\n  - {id: legal}\n"


@pytest.fixture
def pushing(ports: Ports, clock: SetClock, tmp_path: Path) -> Scene:
    """Nobody is there; the queue care gives its cases out."""
    scene = Scene(ports, clock)
    only(scene)
    return with_queues(scene, tmp_path, QUEUES)


def test_one_process_has_the_duty_and_another_takes_it_over_when_it_is_gone(pushing: Scene) -> None:
    first, second = Duty(pushing.ports, "first"), Duty(pushing.ports, "second")
    first.round()
    case = pushing.hear()
    set_presence(pushing.ports, pushing.ana, "available")
    assert second.round() == 0
    assert pushing.case(case.id).assignee_id is None
    pushing.clock.move(seconds=LEASE_SECONDS + 1)
    assert second.round() == 1
    assert pushing.case(case.id).assignee_name == "Ana"
    assert first.round() == 0


def test_a_round_gives_back_before_it_gives_out(pushing: Scene) -> None:
    case = pushing.hear()
    claim_case(pushing.ports, pushing.ana, case.id)
    set_presence(pushing.ports, pushing.ana, "away", "Lunch is over there")
    set_presence(pushing.ports, pushing.ben, "available")
    pushing.clock.move(minutes=pushing.ports.settings.earshot_return_minutes)
    assert Duty(pushing.ports, "only").round() == 1
    assert [e.kind for e in pushing.events(case.id) if e.kind in ("case.released", "case.assigned")] == ["case.released", "case.assigned"]
    assert pushing.case(case.id).assignee_name == "Ben"


@pytest.mark.anyio
async def test_a_case_is_given_out_as_soon_as_it_opens(pushing: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.jobs.push.POLL_SECONDS", 3_600.0)  # nobody waits for it
    set_presence(pushing.ports, pushing.ana, "available")
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(run, pushing.ports, "only")
        await anyio.to_thread.run_sync(pushing.hear)
        with anyio.fail_after(PATIENCE_SECONDS), pushing.ports.bus.listen("log") as news:
            while not pushing.events(kind="case.assigned"):
                await news.wait(0.05)
        tasks.cancel_scope.cancel()
