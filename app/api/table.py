"""The API's part of the route table."""

from typing import Final

from app.api import cases, customers, mentions, people, policies, replies, rules
from app.door.entry import Entry

API_ENTRIES: Final[tuple[Entry, ...]] = (
    *mentions.ENTRIES, *cases.ENTRIES, *replies.ENTRIES, *customers.ENTRIES, *rules.ENTRIES, *policies.ENTRIES, *people.ENTRIES,
)  # fmt: skip
