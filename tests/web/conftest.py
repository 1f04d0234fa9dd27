"""The desk's web application in the test's own process, without jobs: a test lets answers out and fires timers by hand."""

from collections.abc import Iterator
from itertools import count

import pytest
from starlette.testclient import TestClient

from app.core.clock import SetClock
from app.engine.ports import Ports
from app.main import Parts, build_app
from tests.support.people import Signed, signed_in
from tests.support.scene import Scene

_ADDRESSES = (f"10.1.{n // 250}.{n % 250 + 1}" for n in count())


@pytest.fixture
def client(ports: Ports) -> Iterator[TestClient]:
    """A client that follows nothing and keeps no cookies of its own accord, at an address of its own: sign-ins are bounded by address."""
    app, at = build_app(ports, Parts(jobs=False)), (next(_ADDRESSES), 5000)
    with TestClient(app, base_url=ports.settings.base_url, follow_redirects=False, client=at) as made:
        yield made


@pytest.fixture
def scene(ports: Ports, clock: SetClock) -> Scene:
    """A desk with its people and no case yet."""
    return Scene(ports, clock)


@pytest.fixture
def sue(scene: Scene) -> Signed:
    """A supervisor's browser."""
    return signed_in(scene.ports, scene.sue)
