"""The rules' screens used as a supervisor without JavaScript uses them: press, be led back, read what stands there."""

from html import unescape
from typing import Any

from starlette.testclient import TestClient

from app.routing import store as routing
from tests.support.people import Signed
from tests.support.scene import Scene

PARKING: dict[str, Any] = {
    "name": "Parking", "enabled": "true", "on": ["mention.received"], "w.join": "all", "w.n": "1", "w.0.field": "text",
    "w.0.op": "contains_any", "w.0.value": "parking, garage", "queue": "community", "tags": "parking", "place": "^", "do": "save",
}  # fmt: skip
"""The form of a rule as a browser sends it."""


def show(client: TestClient, who: Signed, path: str, status: int = 200) -> str:
    """A page's text, with its entities as a person reads them."""
    answer = client.get(path, headers=who.headers)
    assert answer.status_code == status, answer.text
    return unescape(answer.text)


def send(client: TestClient, who: Signed, path: str, status: int = 303, **form: Any) -> str:
    """Press a button: where it leads, or the text of what it says instead."""
    answer = client.post(path, data=form | {"csrf": who.visitor.csrf}, headers=who.headers)
    assert answer.status_code == status, answer.text
    return answer.headers["location"] if status == 303 else unescape(answer.text)


def active(scene: Scene) -> tuple[int, str]:
    """The version in force and its text."""
    with scene.ports.db.read() as conn:
        return routing.active(conn)


def seen_in(page: str) -> str:
    """The mark of the text that a page of publishing shows."""
    return page.partition('name="seen" value="')[2].partition('"')[0]
