"""Whether the inbox stays as quick when it is full: server time of its page at 1,000 and at a million open cases, and beside closed ones.

Server time is the whole request in this process: session, query, counts of the views, HTML. The median of many visits counts. A page
whose rows nobody has looked at since they changed is measured apart: its rows have to be rendered first.
"""

import re
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from html import unescape
from pathlib import Path
from statistics import median
from typing import Final

from bench.desk import desk_in
from bench.figures import Figure, Result, Skipped
from bench.filled import PATTERNS, fill, patterns
from bench.visits import Browser
from rig.cluster import NoPostgres, cluster

GOAL_MILLISECONDS: Final = 5.0
GOAL_RATIO: Final = 1.3
FEW: Final = 1_000
MANY: Final = 1_000_000
_VISITS: Final = 60
_PAGES: Final = 8  # pages of rows not seen before
_NEXT: Final = re.compile(r'rel="next" href="([^"]+)"')


def run(few: int = FEW, many: int = MANY, closed: int = 0, databases: tuple[str, ...] = ("sqlite", "postgresql")) -> list[Result]:
    """The same visits at each size: ``few`` and ``many`` open cases, and ``many`` beside ``closed`` ones where those are asked for."""
    found: list[Result] = []
    for database in databases:
        try:
            small = _page_milliseconds(database, few, 0)
            sizes = [(many, 0), *([(many, closed)] if closed else [])]
            found += [_figure(database, few, small, opened, done, _page_milliseconds(database, opened, done)) for opened, done in sizes]
        except NoPostgres as why:
            found.append(Skipped(f"inbox, {database}", str(why)))
    return found


def _figure(database: str, few: int, small: tuple[float, float], opened: int, closed: int, large: tuple[float, float]) -> Figure:
    beside = f" and {closed:,} closed" if closed else ""
    return Figure(
        f"inbox, {opened:,} open{beside}, {database}", large[0], "ms server time", small[0], f"{few:,} open", goal=GOAL_RATIO,
        goal_is="ratio at most", more={"ms for rows not seen before": large[1], f"at {few:,}": small[1], "goal ms": GOAL_MILLISECONDS},
    )  # fmt: skip


def _page_milliseconds(database: str, opened: int, closed: int) -> tuple[float, float]:
    """The page that everyone looks at, and a page of rows that nobody has looked at."""
    with _full_desk(database, opened, closed) as browser:
        first = [browser.visit("/inbox")]
        unseen = []
        for _ in range(_PAGES):
            following = _NEXT.search(first[-1][1])
            if following is None:
                break
            first.append(browser.visit(unescape(following[1])))
            unseen.append(first[-1][0])
        seen = [seconds for seconds, _ in browser.visits(["/inbox"] * _VISITS)]
    return median(seen) * 1000, median(unseen or seen) * 1000


@contextmanager
def _full_desk(database: str, opened: int, closed: int) -> Iterator[Browser]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="earshot-bench-")))
        url = None
        if database == "postgresql":
            url = stack.enter_context(cluster(folder, settings={"shared_buffers": "512MB", "max_wal_size": "4GB"})).database("desk")
        with desk_in(folder, url) as ports:
            patterns(ports)
            address = ports.db.url
        fill(address, opened=opened - PATTERNS, closed=closed)
        yield Browser(stack.enter_context(desk_in(folder, url)))
