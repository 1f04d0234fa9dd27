"""A queue made from the form of a rule: in the file, with its people, once."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from app.actions.add_queue import add_queue
from app.core.errors import Conflict, Forbidden, Invalid, Unavailable
from app.engine.data_folder import DataFolder
from app.engine.ports import Ports
from app.judgement.desk import queues_of
from tests.conftest import ROOT
from tests.support.people import person
from tests.support.scene import Scene


@pytest.fixture
def own(scene: Scene, tmp_path: Path) -> Ports:
    """The scene's ports with a rules folder of their own."""
    shutil.copytree(ROOT / "routing_rules", tmp_path / "rules")
    return replace(scene.ports, data=DataFolder(tmp_path / "rules"))


def test_it_is_there_at_once_with_its_lead_and_its_people(scene: Scene, own: Ports) -> None:
    made = add_queue(own, scene.sue, title="  Ana's   queue ", lead="ana@desk.example", members=["ben@desk.example", "ana@desk.example"])
    assert (made.id, made.title, made.lead) == ("anas-queue", "Ana's queue", "ana@desk.example")
    assert queues_of(own)[-1] == made
    for who in (scene.ana, scene.ben):
        assert person(own, who).queues.count("anas-queue") == 1
    assert "anas-queue" not in person(own, scene.tim).queues
    assert [event.data["queue"] for event in scene.events(kind="queue.added")] == ["anas-queue"]


def test_the_same_name_again_is_refused_and_another_gets_another_id(scene: Scene, own: Ports) -> None:
    add_queue(own, scene.sue, title="Night")
    with pytest.raises(Conflict, match="choose it from the list"):
        add_queue(own, scene.sue, title="night")
    assert add_queue(own, scene.sue, title="Night!").id == "night-2"


@pytest.mark.parametrize("title", ["", "   ", "x" * 81, "a\u202eb"])
def test_a_name_that_is_none_is_refused(scene: Scene, own: Ports, title: str) -> None:
    with pytest.raises(Invalid, match="1 to 80"):
        add_queue(own, scene.sue, title=title)


def test_a_stranger_cannot_be_in_it_and_then_nothing_is_made(scene: Scene, own: Ports) -> None:
    before = queues_of(own)
    with pytest.raises(Invalid, match="nobody"):
        add_queue(own, scene.sue, title="Night", lead="ana@desk.example", members=["nobody@desk.example"])
    assert queues_of(own) == before
    assert "night" not in person(own, scene.ana).queues
    with pytest.raises(Forbidden):
        add_queue(own, scene.ana, title="Night")


def test_a_folder_that_cannot_be_written_is_said(scene: Scene, own: Ports) -> None:
    (own.data.root / ".queues.yaml.new").mkdir()  # as a read-only folder, also for root
    with pytest.raises(Unavailable, match="by hand"):
        add_queue(own, scene.sue, title="Night")
    assert "night" not in [queue.id for queue in queues_of(own)]
