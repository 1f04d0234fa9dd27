"""The weights as shipped."""

import pytest

from app.priority import weights
from tests.conftest import ROOT


@pytest.fixture(scope="session")
def shipped() -> weights.Weights:
    """``routing_rules/priority.yaml``."""
    return weights.load(ROOT / "routing_rules" / "priority.yaml")
