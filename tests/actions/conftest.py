"""A desk with its people for every test of an action."""

import pytest

from app.core.clock import SetClock
from app.engine.ports import Ports
from tests.support.scene import Scene


@pytest.fixture
def scene(ports: Ports, clock: SetClock) -> Scene:
    """Ana and Ben are agents, Tim is a trainee, Sue supervises, Leo is legal; no case yet."""
    return Scene(ports, clock)
