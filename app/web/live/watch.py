"""What a page's region provider is given, and what it answers."""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from app.cases.model import Case
from app.core.events import Event
from app.core.ids import CaseId
from app.door.identity import Visitor
from app.engine.database import Snapshot
from app.engine.ports import Ports

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Region:
    """One element of a page as it must stand now. For rows of a list ``in_view`` says whether the row belongs to the viewer's view.

    A row that can be on no page yet has no ``html``: browsers only count it, by its ``band``, and name it by its author.
    """

    id: str
    html: str
    in_view: bool = True
    left_because: str | None = None
    band: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True)
class Watch:
    """One page that is open, and what just happened. ``args`` is what follows the colon of the page key; ``cases`` the touched ones.

    ``visitor`` is nobody in particular where many share the page. ``memo`` is shared by every page of one run of news; use it
    through ``once``. ``open_cases`` are the cases whose pages are open, so that one question can be asked for all of them.
    ``time_passed`` asks for what moves by itself, whatever happened.
    """

    ports: Ports
    conn: Snapshot
    visitor: Visitor
    args: str
    events: tuple[Event, ...]
    cases: Mapping[CaseId, Case]
    memo: dict[Hashable, Any] = field(default_factory=dict)
    open_cases: frozenset[CaseId] = frozenset()
    time_passed: bool = False

    def once(self, key: Hashable, make: Callable[[], T]) -> T:
        """What ``make`` makes, made once for all pages of this run of news: ``key`` names everything it depends on."""
        if key not in self.memo:
            self.memo[key] = make()
        made: T = self.memo[key]
        return made


Provider = Callable[[Watch], list[Region]]
"""Regions that may have changed. What is equal to what was sent last is left out by the feed, so a provider may answer too much."""
