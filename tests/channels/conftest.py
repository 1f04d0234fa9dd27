"""A real database with the channel tables, and the contract's own example of a mention."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlmodel import SQLModel

from app.channels.tables import CHANNEL, ECHO_POST
from app.core.clock import SetClock, parse_rfc3339
from app.engine.database import Database


@pytest.fixture
def db(blank_url: str) -> Iterator[Database]:
    """A database at noon of a day."""
    made = Database(blank_url, SetClock(parse_rfc3339("2026-03-06T12:00:00Z")))
    SQLModel.metadata.create_all(made.writer, tables=[CHANNEL, ECHO_POST])
    yield made
    made.close()


@pytest.fixture
def mention() -> dict[str, Any]:
    """The example of the API's page, all fields there."""
    return {
        "network": "x", "instance": None, "account": "@acme_air", "external_id": "570306133677760513", "url": "https://x.example/1",
        "text": "Lost my bag again", "created_at": "2015-02-24T19:35:52Z", "visibility": "public",
        "kind": "mention", "content_warning": None,
        "author": {
            "external_id": "4411", "handle": "cairdin", "name": "Cai", "followers": 312, "verified": False,
            "url": "https://x.example/cairdin", "avatar_url": None,
        },
        "in_reply_to": None, "thread": None, "lang": None, "edited_at": None, "deleted": False,
        "counts": {"likes": 0, "reposts": 0, "replies": 0, "views": None},
        "media": [{"type": "image", "url": "https://x.example/1.png", "alt": None}], "raw": {},
    }  # fmt: skip
