"""What spikes are judged by, and which of them are going on. Counts are the tallies', read for a few hours and never for the history."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, func, select

from app.engine import workspace
from app.engine.database import Transaction
from app.measures.model import Tally
from app.measures.spikes import Spike
from app.measures.store import BUCKET, tallies
from app.measures.tables import TALLY

TOGETHER: Final = ""
"""In the place of a network: all of them."""
RECENT: Final = timedelta(hours=2)
AROUND: Final = timedelta(hours=1)  # before and after the same time of the day before
DAY: Final = timedelta(days=1)
_NAME: Final = "spikes"
_ALL: Final = "volume_network"
_NEGATIVE: Final = "negative_network"


@dataclass(frozen=True, slots=True)
class Standing:
    """How the watch stands: ``through`` is the last finished bucket that was judged, ``going_on`` the spikes by network, ``usual`` the
    baseline of all networks together, None while there is too little history."""

    through: datetime | None = None
    going_on: dict[str, Spike] = field(default_factory=dict)
    usual: float | None = None


@dataclass(frozen=True, slots=True)
class Volumes:
    """Mentions by bucket and network, ``TOGETHER`` among them. ``heard`` is the first bucket in which the desk heard anything."""

    heard: datetime | None
    counts: Counter[tuple[datetime, str]]
    negative: Counter[tuple[datetime, str]]

    def networks(self) -> list[str]:
        """Those that were heard, in order."""
        return sorted({network for _, network in self.counts if network != TOGETHER})

    def before(self, at: datetime, network: str) -> list[int]:
        """What the bucket that began ``at`` is measured against: the two hours before it, and the day before from an hour before this time
        to an hour after it. Buckets before the desk heard anything are not among them: a desk that did not listen is no baseline."""
        recent = (at - RECENT + BUCKET * step for step in range(RECENT // BUCKET))
        a_day_ago = (at - DAY - AROUND + BUCKET * step for step in range(2 * AROUND // BUCKET))
        return [self.counts[since, network] for since in (*a_day_ago, *recent) if self.heard is not None and since >= self.heard]

    def negative_share(self, at: datetime, network: str) -> float | None:
        """Of all mentions of that bucket, 0 to 1; None where there was none."""
        whole = self.counts[at, network]
        return round(self.negative[at, network] / whole, 3) if whole else None


def volumes(conn: Connection, first: datetime, last: datetime) -> Volumes:
    """What it takes to judge the buckets from ``first`` to ``last``."""
    names = (_ALL, _NEGATIVE)
    # A set, because after a long downtime the two spans meet.
    found = {*tallies(conn, names, first - RECENT, last + BUCKET), *tallies(conn, names, first - DAY - AROUND, last - DAY + AROUND)}
    return Volumes(
        conn.execute(select(func.min(TALLY.c.bucket)).where(TALLY.c.name == "mentions")).scalar(),
        _counted(t for t in found if t.name == _ALL),
        _counted(t for t in found if t.name == _NEGATIVE),
    )


def standing(conn: Connection) -> Standing:
    """As the last look left it."""
    kept = workspace.get(conn, _NAME)
    if kept is None:
        return Standing()
    going_on = {network: Spike(**{**one, "since": datetime.fromisoformat(one["since"])}) for network, one in kept["going_on"].items()}
    return Standing(datetime.fromisoformat(kept["through"]), going_on, kept["usual"])


def keep(tx: Transaction, through: datetime, going_on: dict[str, Spike], usual: float | None) -> None:
    """Note how the watch stands."""
    spelt: dict[str, dict[str, Any]] = {network: {**asdict(one), "since": one.since.isoformat()} for network, one in going_on.items()}
    workspace.put(tx, _NAME, {"through": through.isoformat(), "going_on": spelt, "usual": usual})


def _counted(found: Iterable[Tally]) -> Counter[tuple[datetime, str]]:
    counts: Counter[tuple[datetime, str]] = Counter()
    for tally in found:
        counts[tally.since, tally.key] += tally.n
        counts[tally.since, TOGETHER] += tally.n
    return counts
