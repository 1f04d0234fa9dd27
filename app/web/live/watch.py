"""What a page's region provider is given, and what it answers."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from app.cases.model import Case
from app.core.events import Event
from app.core.ids import CaseId
from app.door.identity import Visitor
from app.engine.ports import Ports


@dataclass(frozen=True, slots=True)
class Region:
    """One element of a page as it must stand now. For rows of a list ``in_view`` says whether the row belongs to the viewer's view."""

    id: str
    html: str
    in_view: bool = True
    left_because: str | None = None


@dataclass(frozen=True, slots=True)
class Watch:
    """One viewer's open page and what just happened. ``args`` is what follows the colon of the page key; ``cases`` the touched ones."""

    ports: Ports
    conn: Connection
    visitor: Visitor
    args: str
    events: tuple[Event, ...]
    cases: Mapping[CaseId, Case]


Provider = Callable[[Watch], list[Region]]
"""Regions that may have changed. What is equal to what was sent last is left out by the feed, so a provider may answer too much."""
