"""A desk in a test with queues of its own, everything else as it comes with the desk."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from app.actions.set_presence import set_presence
from app.engine.data_folder import DataFolder
from app.people import store as people
from tests.support.scene import Scene

T = TypeVar("T")


class WithQueues(DataFolder):
    """The data folder of all tests, but for ``queues.yaml``."""

    def __init__(self, usual: DataFolder, root: Path) -> None:
        super().__init__(root)
        self._usual = usual

    def load(self, name: str, loader: Callable[[Path], T]) -> T:
        """The queues from here, the rest from there."""
        return super().load(name, loader) if name == "queues.yaml" else self._usual.load(name, loader)


def with_queues(scene: Scene, folder: Path, text: str) -> Scene:
    """The scene from now on with these queues."""
    (folder / "queues.yaml").write_text(text, encoding="utf-8")
    scene.ports = replace(scene.ports, data=WithQueues(scene.ports.data, folder))
    return scene


def only(scene: Scene, *askers: str | None) -> None:
    """Everybody but these goes away, before the test begins."""
    with scene.ports.db.read() as conn:
        everyone = people.everyone(conn)
    for person in everyone:
        if person.id not in askers and person.presence != "away":
            set_presence(scene.ports, scene.sue, "away", person=person.id)
