"""A changed file of queues is told once; what only reads differently is no change."""

from pathlib import Path

import pytest

from app.actions.follow_queues import follow_queues
from app.core.clock import SetClock
from app.core.errors import Invalid
from app.engine.ports import Ports
from tests.support.queues import with_queues
from tests.support.scene import Scene


def test_each_change_is_told_once(ports: Ports, clock: SetClock, tmp_path: Path) -> None:
    scene = with_queues(Scene(ports, clock), tmp_path, "queues:\n  - {id: care}\n  - {id: legal}\n")
    assert not follow_queues(scene.ports), "the first look is no change"
    assert not follow_queues(scene.ports)
    file = tmp_path / "queues.yaml"
    file.write_text("# in another order of words\nqueues:\n  - id: care\n  - id: legal\n", encoding="utf-8")
    assert not follow_queues(scene.ports)
    file.write_text("queues:\n  - {id: care, push: least_loaded}\n  - {id: legal}\n  - {id: night}\n", encoding="utf-8")
    assert follow_queues(scene.ports)
    assert not follow_queues(scene.ports)
    assert [event.data for event in scene.events(kind="queue.changed")] == [{"queues": ["care", "legal", "night"]}]


def test_a_broken_file_is_told_to_whoever_asks_and_changes_nothing(ports: Ports, clock: SetClock, tmp_path: Path) -> None:
    scene = with_queues(Scene(ports, clock), tmp_path, "queues:\n  - {id: care}\n")
    follow_queues(scene.ports)
    (tmp_path / "queues.yaml").write_text("queues: []\n", encoding="utf-8")
    with pytest.raises(Invalid):
        follow_queues(scene.ports)
    assert not scene.events(kind="queue.changed")
