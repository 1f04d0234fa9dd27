"""F15: one of two web processes is killed without warning; the browsers that it served go to the other."""

import time
from typing import Final

from faults.browsing import agents, rows
from faults.model import Count, Fault, Place, Row, Scale
from rig.load import Load
from rig.pages import pages
from rig.sending import sending
from rig.waiting import until

RESUME_SECONDS: Final = 5.0


def run(place: Place, scale: Scale) -> Row:
    """Kill one, count who missed what and how long the last was away."""
    browsers, bound = scale.of(100, 20), scale.within(RESUME_SECONDS)
    with (
        place.site() as site,
        site.processes("web", "web", "worker") as (first, second, _),
        pages([first.url, second.url], agents(site, browsers)) as opened,
    ):
        until(lambda: opened.open == browsers, "every browser at its place")
        load = Load([second.url], site.token(), connections=2, rate=20, authors=100_000)
        with sending(load, place.folder) as sender:
            until(lambda: len(sender.acknowledged()) > scale.of(40, 10), "a stream")
            # A browser's page carries its cursor from the start; these have theirs from their first news.
            until(lambda: all(page.cursor is not None for page in opened.pages), "the first news everywhere")
            served = sum(number % 2 == 0 for number in range(browsers))
            killed_at = time.monotonic()
            first.kill()
            until(lambda: opened.open < browsers, "the browsers to notice")
            until(lambda: opened.open == browsers, "everybody back")
            back = time.monotonic() - killed_at
            until(lambda: len(sender.acknowledged()) > scale.of(120, 40), "news after it")
            sender.stop()
        until(lambda: len(rows(site)) >= len(sender.acknowledged()), "every mention understood")
        wanted = set(rows(site))
        told = time.monotonic() + bound
        while opened.missed(wanted) and time.monotonic() < told:
            time.sleep(0.05)
    counted: dict[str, Count] = {
        "browsers": browsers, "of the killed one": served, "rows": len(wanted), "missed": opened.missed(wanted),
        "backwards": sum(page.backwards for page in opened.pages), "all back after s": round(back, 2),
    }  # fmt: skip
    met = opened.missed(wanted) == 0 and back <= bound and not counted["backwards"]
    return Row("F15", place.database, counted, f"0 missed, all back ≤ {bound:g} s", met)


FAULT: Final = Fault("F15", "A web process is killed", run, ("postgresql",))
