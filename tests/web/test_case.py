"""The open case page: its menus show the case and the desk as they stand, also after somebody else changed them."""

from pathlib import Path

import pytest
from starlette.testclient import TestClient

from app.actions.add_queue import add_queue
from app.actions.follow_queues import follow_queues
from app.actions.release_case import move_case
from app.actions.tag_case import tag_case
from app.core.asker import Asker
from app.engine.ports import Ports
from app.web.live.feed import Feed
from tests.support.markup import Node
from tests.support.people import hire, signed_in
from tests.support.scene import Scene
from tests.support.screen import Screen


@pytest.fixture
def queues(ports: Ports, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file of queues, this desk's own."""
    own = tmp_path / "rules"
    own.mkdir()
    for name in ports.data.root.iterdir():
        (own / name.name).symlink_to(name)
    path = own / "queues.yaml"
    text = path.read_text(encoding="utf-8")
    path.unlink()
    path.write_text(text, encoding="utf-8")
    monkeypatch.setattr(ports.data, "root", own)
    return path


def menu(screen: Screen, id: str) -> Node:
    """A part of a menu as it stands on the screen."""
    found = screen.page.by_id(id)
    assert found is not None
    return found


def opened(scene: Scene, client: TestClient, who: Asker, case: str) -> Screen:
    """The page of a case, up to date."""
    screen = Screen(client, scene.ports, signed_in(scene.ports, who), f"/cases/{case}", Feed(scene.ports))
    screen.catch_up()
    return screen


def test_a_queue_that_is_made_stands_in_the_menu_of_an_open_case(scene: Scene, client: TestClient, queues: Path) -> None:
    screen = opened(scene, client, scene.sue, scene.hear().id)
    add_queue(scene.ports, scene.sue, title="Night shift")
    (frame,) = screen.catch_up()
    assert (frame["type"], frame["spread"]) == ("reset", True), "a thousand open pages do not fetch themselves at once"
    assert "Night shift" in menu(screen, "assign-queue").text()


def test_a_queue_written_into_the_file_by_hand_does_so_too(scene: Scene, client: TestClient, queues: Path) -> None:
    follow_queues(scene.ports)
    screen = opened(scene, client, scene.sue, scene.hear().id)
    text = queues.read_text(encoding="utf-8")
    queues.write_text(text.replace("queues:\n", "queues:\n  - {id: night, title: Night}\n", 1), encoding="utf-8")
    assert follow_queues(scene.ports)
    screen.catch_up()
    assert "Night" in menu(screen, "assign-queue").text()


def test_menus_show_what_somebody_else_made_of_the_case(scene: Scene, client: TestClient) -> None:
    """A menu that still had the old queue chosen gave the case back to it with the next assignment."""
    case, kim = scene.hear().id, hire(scene.ports, "Kim", "supervisor")
    screen = opened(scene, client, scene.sue, case)
    move_case(scene.ports, kim, case, "bulk")
    tag_case(scene.ports, kim, case, add=("storm",))
    screen.catch_up()
    (chosen,) = menu(screen, "assign-queue").having("selected")
    assert chosen.attrs["value"] == "bulk"
    assert "Remove #storm" in menu(screen, "tag-menu").text()
    assert not screen.differences()
