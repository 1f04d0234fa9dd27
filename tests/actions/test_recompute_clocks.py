"""A change of the service levels reaches the clocks that run already, once, and takes back no breach."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from app.actions.recompute_clocks import recompute_clocks
from app.core.clock import SetClock
from app.core.errors import Invalid
from app.engine.ports import Ports
from app.jobs.deadlines import fire_due
from app.sla import store as sla
from app.sla.model import Clock
from tests.support.scene import Scene

Edit = Callable[[str, str], None]


@pytest.fixture
def edit(scene: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Edit:
    """Changes the text of the targets, of this desk alone."""
    own = tmp_path / "rules"
    own.mkdir()
    for name in scene.ports.data.root.iterdir():
        (own / name.name).symlink_to(name)
    path = own / "service_levels.yaml"
    text = path.read_text(encoding="utf-8")
    path.unlink()
    path.write_text(text, encoding="utf-8")
    monkeypatch.setattr(scene.ports.data, "root", own)

    def change(old: str, new: str) -> None:
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")

    return change


def first(scene: Scene, case: str) -> Clock:
    return scene.answer_clocks(case)[0]


def brought_up_to_date(ports: Ports) -> int:
    """How many pages it took."""
    pages = 0
    while recompute_clocks(ports):
        pages += 1
    return pages


def test_open_clocks_get_the_new_target_from_what_they_have_counted(scene: Scene, edit: Edit, clock: SetClock) -> None:
    case = scene.hear().id
    assert scene.case(case).band == "high"
    assert brought_up_to_date(scene.ports) == 0
    before = first(scene, case)
    clock.move(minutes=10)
    edit("    within: 1 h\n", "    within: 50 min\n")
    assert brought_up_to_date(scene.ports) == 1
    after = first(scene, case)
    assert after.due_at == before.started_at + timedelta(minutes=50)
    assert after.levels_version != before.levels_version
    (said,) = scene.events(kind="levels.changed")
    assert said.data == {"version": after.levels_version, "before": before.levels_version, "cases": 1}
    assert not recompute_clocks(scene.ports), "the second time nothing is left to do"
    clock.set(before.started_at + timedelta(minutes=50))
    fire_due(scene.ports)
    assert first(scene, case).state == "breached", "its timer moved with it"


def test_a_breach_stays_and_a_target_that_passed_is_missed_at_once(scene: Scene, edit: Edit, clock: SetClock) -> None:
    late = scene.hear(handle="late").id
    brought_up_to_date(scene.ports)
    clock.move(minutes=61)
    fire_due(scene.ports)
    soon = scene.hear(handle="soon").id
    clock.move(minutes=30)
    breached = first(scene, late)
    edit("    within: 1 h\n", "    within: 20 min\n")
    brought_up_to_date(scene.ports)
    fire_due(scene.ports)
    assert first(scene, late) == breached
    assert (first(scene, soon).state, first(scene, soon).breached_at) == ("breached", first(scene, soon).started_at + timedelta(minutes=20))


def test_a_metric_that_gets_its_first_target_begins_with_it_and_one_that_loses_it_ends(scene: Scene, edit: Edit) -> None:
    case = scene.hear().id
    brought_up_to_date(scene.ports)
    edit("    metric: resolution\n    band: high\n", "    metric: resolution\n    band: low\n")
    brought_up_to_date(scene.ports)
    with scene.ports.db.read() as conn:
        assert "resolution" not in {c.metric for c in sla.running_for(conn, scene.case(case).id)}
    edit("    metric: resolution\n    band: low\n", "    metric: resolution\n    band: high\n")
    brought_up_to_date(scene.ports)
    with scene.ports.db.read() as conn:
        (again,) = [c for c in sla.running_for(conn, scene.case(case).id) if c.metric == "resolution"]
    assert (again.cycle, again.started_at) == (2, scene.clock.now())


def test_a_broken_file_changes_no_clock(scene: Scene, edit: Edit) -> None:
    case = scene.hear().id
    brought_up_to_date(scene.ports)
    before = first(scene, case)
    edit("    within: 1 h\n", "    within: soon\n")
    with pytest.raises(Invalid, match="no length of time"):
        recompute_clocks(scene.ports)
    edit("    within: soon\n", "    within: 1 h\n")
    assert not recompute_clocks(scene.ports)
    assert first(scene, case) == before
