"""The working copies of the rules: one text per person, kept from the first edit until it is published or thrown away.

A copy may be broken: what somebody types is kept as typed. ``pending`` holds forms that could not become rule text yet.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal

from sqlalchemy import Connection

from app.core.ids import PersonId
from app.engine import workspace
from app.engine.database import Transaction

View = Literal["form", "yaml"]
_NAME: Final = "rule_draft:"
MOST_PENDING: Final = 20
"""Half-filled forms kept beside a working copy; at the bound the oldest goes."""


@dataclass(frozen=True, slots=True)
class Pending:
    """A rule's form or YAML as last typed, not part of the text yet. ``values`` are a form's names and values, ``said`` is why it was
    refused, "" when nobody tried to save it."""

    view: View
    values: tuple[tuple[str, str], ...] = ()
    text: str = ""
    said: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """One person's working copy. ``base`` is the version it was begun from, ``pending`` is by rule id."""

    text: str
    base: int
    at: datetime
    pending: Mapping[str, Pending] = field(default_factory=dict)


def draft_of(conn: Connection, person: PersonId) -> Draft | None:
    """The person's working copy, None when there is none."""
    kept = workspace.get(conn, _NAME + person)
    if not kept or kept.get("text") is None:
        return None
    pending = {
        rule: Pending(one["view"], tuple((name, value) for name, value in one["values"]), one["text"], one["said"])
        for rule, one in kept["pending"].items()
    }
    return Draft(kept["text"], kept["base"], datetime.fromisoformat(kept["at"]), pending)


def keep_draft(tx: Transaction, person: PersonId, draft: Draft) -> None:
    """Keep the working copy in place of the one before."""
    newest = list(draft.pending.items())[-MOST_PENDING:]
    pending: dict[str, Any] = {
        rule: {"view": one.view, "values": [list(pair) for pair in one.values], "text": one.text, "said": one.said} for rule, one in newest
    }
    workspace.put(tx, _NAME + person, {"text": draft.text, "base": draft.base, "at": tx.now.isoformat(), "pending": pending})


def drop_draft(tx: Transaction, person: PersonId) -> None:
    """Throw the working copy away; without one nothing happens."""
    workspace.put(tx, _NAME + person, {"text": None})
