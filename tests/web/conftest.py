"""The desk's web application in the test's own process, without jobs: a test lets answers out and fires timers by hand."""

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from app.core.clock import SetClock
from app.engine.ports import Ports
from app.main import Parts, build_app
from tests.support.people import Signed, signed_in
from tests.support.scene import Scene


@pytest.fixture
def client(ports: Ports) -> Iterator[TestClient]:
    """A client that follows nothing and keeps no cookies of its own accord."""
    app = build_app(ports, Parts(jobs=False))
    with TestClient(app, base_url=ports.settings.base_url, follow_redirects=False) as made:
        yield made


@pytest.fixture
def scene(ports: Ports, clock: SetClock) -> Scene:
    """A desk with its people and no case yet."""
    return Scene(ports, clock)


@pytest.fixture
def sue(scene: Scene) -> Signed:
    """A supervisor's browser."""
    return signed_in(scene.ports, scene.sue)
