"""F23: every browser is cut off in one moment, as when a balancer restarts; they come back spread out, as they were told."""

import time
from collections import Counter
from typing import Final

from faults.browsing import agents
from faults.model import Count, Fault, Place, Row, Scale
from rig.pages import pages
from rig.proxy import proxy
from rig.waiting import until

BACK_SECONDS: Final = 15.0
DENSEST_SHARE: Final = 0.20
_WINDOW_SECONDS: Final = 0.1


def run(place: Place, scale: Scale) -> Row:
    """Cut, and look how they return."""
    browsers = scale.of(500, 150)
    share = DENSEST_SHARE * scale.of(1, 2)  # the short run shares its machine, whose every pause bunches those who return
    with (
        place.site() as site,
        site.serve() as desk,
        proxy(desk.url) as between,
        pages([between.url], agents(site, browsers)) as opened,
    ):
        until(lambda: opened.open == browsers, "every browser at its place")
        before = len(opened.connected_at)
        cut_at = time.monotonic()
        between.cut()
        until(lambda: opened.open < browsers, "the cut")
        until(lambda: len(opened.connected_at) >= before + browsers and opened.open == browsers, "everybody back")
        back = time.monotonic() - cut_at
        tried = [at for at in between.accepted_at if at >= cut_at]
        fives = sum(n for status, n in opened.refused.items() if status.startswith("5"))
        said = desk.said().count('"level": "error"')
    windows = Counter(int((at - cut_at) / _WINDOW_SECONDS) for at in tried)
    densest = max(windows.values()) / browsers
    counted: dict[str, Count] = {
        "browsers": browsers, "all back after s": round(back, 1), "densest 100 ms": f"{densest:.0%}", "5xx": fives,
        "errors in the log": said, "refused": sum(opened.refused.values()),
    }  # fmt: skip
    met = back <= scale.within(BACK_SECONDS) and densest <= share and fives == said == 0
    return Row("F23", place.database, counted, f"all back ≤ {scale.within(BACK_SECONDS):g} s, ≤ {share:.0%} in any 100 ms, 0 5xx", met)


FAULT: Final = Fault("F23", "All are cut off at once", run)
