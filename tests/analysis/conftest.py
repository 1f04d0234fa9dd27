"""The word lists as shipped, read once."""

import pytest

from app.analysis import words
from tests.conftest import ROOT


@pytest.fixture(scope="session")
def lexicon() -> words.Lexicon:
    """The lexicon of the repository's own lists."""
    return words.load(ROOT / "routing_rules" / "words")
