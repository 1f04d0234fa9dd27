"""A real database with the policy tables, the word lists as shipped, and policies written briefly."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlmodel import SQLModel

from app.core.clock import SetClock, parse_rfc3339
from app.engine.database import Database
from app.policy.tables import ACKNOWLEDGEMENT, APPROVAL, POLICY_VERSION, TICK
from app.policy.words import TextRules, load_words

SHIPPED = Path(__file__).resolve().parents[2] / "routing_rules" / "policies"


@pytest.fixture
def db(blank_url: str) -> Iterator[Database]:
    """A database at noon of a day."""
    made = Database(blank_url, SetClock(parse_rfc3339("2026-03-06T12:00:00Z")))
    SQLModel.metadata.create_all(made.writer, tables=[POLICY_VERSION, TICK, APPROVAL, ACKNOWLEDGEMENT])
    yield made
    made.close()


@pytest.fixture(scope="session")
def shipped() -> Path:
    """The folder of policies that comes with the desk."""
    return SHIPPED


@pytest.fixture(scope="session")
def words() -> TextRules:
    """The word lists that come with the desk."""
    return load_words(SHIPPED / "text_checks.yaml")
