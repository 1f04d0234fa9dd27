"""Who looks at a case shows on its page and in the list, at once and for as long as they look."""

import time
from collections.abc import Callable
from typing import Any, Final

import pytest
from starlette.testclient import TestClient, WebSocketTestSession

from app.web.live.feed import Feed
from tests.support.people import Signed, signed_in
from tests.support.scene import Scene
from tests.support.screen import Screen

PATIENCE_SECONDS: Final = 60.0


def connect(client: TestClient, scene: Scene, who: Signed, page: str) -> WebSocketTestSession:
    """The live socket of a page."""
    return client.websocket_connect(f"/live?page={page}", headers=who.headers | {"Origin": scene.ports.settings.base_url})


def shown_of(screen: Screen) -> str:
    """The head of the case, or its row."""
    return next(n.plain() for n in screen.page.walk() if n.id == "case-head" or n.id.startswith("row-"))


def take_until(screen: Screen, opened: WebSocketTestSession, so: Callable[[], bool]) -> None:
    """Apply what the socket brings until it is so."""
    give_up = time.monotonic() + PATIENCE_SECONDS
    while not so():
        assert time.monotonic() < give_up, shown_of(screen)
        frame: dict[str, Any] = opened.receive_json()
        if frame["type"] == "patch":
            screen.apply(frame)


@pytest.mark.parametrize("path", ["/cases/{}", "/inbox?view=all"])
def test_coming_and_going_is_shown(path: str, scene: Scene, client: TestClient) -> None:
    case = scene.hear().id
    ana, ben = signed_in(scene.ports, scene.ana), signed_in(scene.ports, scene.ben)
    key = f"case:{case}" if "cases" in path else "inbox:view=all"
    with connect(client, scene, ana, key) as opened:
        assert opened.receive_json()["type"] == "hello"
        screen = Screen(client, scene.ports, ana, path.format(case), Feed(scene.ports))
        with connect(client, scene, ben, f"case:{case}") as other:
            assert other.receive_json()["type"] == "hello"
            take_until(screen, opened, lambda: "Ben" in shown_of(screen))
            assert not screen.differences()
        take_until(screen, opened, lambda: "Ben" not in shown_of(screen))
        assert not screen.differences()
