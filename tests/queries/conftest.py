"""What questions are asked of: a desk with its people."""

import pytest

from app.core.clock import SetClock
from app.engine.ports import Ports
from tests.support.scene import Scene


@pytest.fixture
def scene(ports: Ports, clock: SetClock) -> Scene:
    """A desk with its people and no case yet."""
    return Scene(ports, clock)
