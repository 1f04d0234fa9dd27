"""What a fault is: where it runs, how big, and the one row that it hands back."""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal, TypeVar

from rig.cluster import Cluster
from rig.desk import Site

DatabaseName = Literal["sqlite", "postgresql"]
BOTH: Final[tuple[DatabaseName, ...]] = ("sqlite", "postgresql")
Count = float | int | str
T = TypeVar("T")
_AMONG_OTHERS: Final = 5


class CannotRun(Exception):
    """This machine lacks what the fault needs; the sentence says what, and how to get it."""


@dataclass(frozen=True, slots=True)
class Scale:
    """How big a run is. A short one takes seconds and proves that the fault still works; a full one is the figure."""

    short: bool = False

    def of(self, full: T, short: T) -> T:
        """The rounds, seconds or senders of this run."""
        return short if self.short else full

    def within(self, seconds: float) -> float:
        """A bound of time: the figure's own, or one far above it for a short run, whose processors other tests keep busy."""
        return seconds * self.of(1, _AMONG_OTHERS)


@dataclass(frozen=True, slots=True)
class Place:
    """A fresh folder and database. ``cluster`` holds the PostgreSQL database and the whole run shares it: leave it running."""

    folder: Path
    database: DatabaseName
    database_url: str
    cluster: Cluster | None = None

    def site(self) -> Site:
        """A site on this place's database; use it as a context manager."""
        return Site(self.folder / "site", self.database_url)

    def say(self, words: str) -> None:
        """A line of progress, for the person who waits."""
        sys.stderr.write(f"    {words}\n")
        sys.stderr.flush()


@dataclass(frozen=True, slots=True)
class Row:
    """What was counted, and whether the goal was met; ``met`` is None when the fault could not run here and ``goal`` then says why."""

    fault: str
    database: DatabaseName
    counted: Mapping[str, Count]
    goal: str
    met: bool | None

    def as_json(self, title: str) -> dict[str, Any]:
        """A plain map."""
        told = {"fault": self.fault, "title": title, "database": self.database}
        return told | {"counted": dict(self.counted), "goal": self.goal, "met": self.met}


@dataclass(frozen=True, slots=True)
class Fault:
    """``run`` raises CannotRun where the machine lacks something; any other error is a goal not met."""

    id: str
    title: str
    run: Callable[[Place, Scale], Row]
    databases: tuple[DatabaseName, ...] = BOTH
