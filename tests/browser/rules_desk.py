"""A desk that really serves, with a rules folder of its own, for a supervisor at a real browser."""

import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import uvicorn
from playwright.sync_api import Browser, Page

from app.core.clock import SetClock
from app.engine.data_folder import DataFolder
from app.engine.ports import Ports
from app.engine.sockets import DirectSocket
from app.main import Parts, build_app
from app.routing import store as routing
from app.routing.model import RuleSet
from app.routing.parse import parse
from app.routing.store_drafts import draft_of
from tests.api.server import serving_with
from tests.browser.conftest import PATIENCE_MILLISECONDS
from tests.conftest import ROOT
from tests.support.people import Signed, signed_in
from tests.support.scene import Scene

_NOISE: Final = re.compile("Content Security|TrustedHTML")


@dataclass
class RulesDesk:
    """The desk and its supervisor Sue. ``faults`` is what her pages complained of."""

    scene: Scene
    url: str
    sue: Signed
    faults: list[str]

    def rules(self) -> RuleSet:
        """Sue's working copy, or what is in force without one."""
        found = parse(self.text())
        assert isinstance(found, RuleSet), found
        return found

    def text(self) -> str:
        """The text of the same."""
        with self.scene.ports.db.read() as conn:
            draft = draft_of(conn, self.scene.sue.person())
            return draft.text if draft else routing.active(conn)[1]

    def order(self) -> list[str]:
        """The rules' ids in the order of the text."""
        return [rule.id for rule in self.rules().rules]

    @contextmanager
    def page(self, browser: Browser, width: int = 1440, **more: object) -> Iterator[Page]:
        """A page of Sue's browser; it must not complain."""
        context = browser.new_context(viewport={"width": width, "height": 900}, reduced_motion="reduce", **more)  # type: ignore[arg-type]  # options of playwright's own
        context.set_default_timeout(PATIENCE_MILLISECONDS)
        name, _, value = self.sue.headers["Cookie"].partition("=")
        context.add_cookies([{"name": name, "value": value, "url": self.url}])
        tab = context.new_page()
        tab.on("pageerror", lambda error: self.faults.append(str(error)))
        tab.on("console", lambda said: self.faults.append(said.text) if _NOISE.search(said.text) else None)
        yield tab
        context.close()
        assert not self.faults


@contextmanager
def rules_desk(ports: Ports, clock: SetClock, folder: Path) -> Iterator[RulesDesk]:
    """Serve it: rules and queues are a copy that the test may change."""
    shutil.copytree(ROOT / "routing_rules", folder / "rules")
    own = replace(ports, data=DataFolder(folder / "rules"))
    app = build_app(own, Parts(jobs=False))
    scene = Scene(own, clock)
    with serving_with(uvicorn.Config(app, log_level="critical", ws=DirectSocket, ws_per_message_deflate=False)) as address:
        yield RulesDesk(scene, f"http://{address}", signed_in(own, scene.sue), [])


def settled(look: Callable[[], object], wanted: object, page: Page) -> None:
    """Wait until the desk has what the page was told to send."""
    for _ in range(PATIENCE_MILLISECONDS // 50):
        if look() == wanted:
            return
        page.wait_for_timeout(50)
    assert look() == wanted
