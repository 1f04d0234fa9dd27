"""F10: a link dies without a word: no end of connection reaches either side, bytes only vanish.

A real Chromium behind a proxy that swallows. New connections pass, as they do when a router has forgotten the old ones. Everything is
counted in beats of the stream, so a short run sets a short beat and its bounds shrink with it.
"""

import time
from typing import Any, Final

from faults.browsing import BEAT_SECONDS, agents, beat, chromium, metric
from faults.f09_socket_cut import _opened
from faults.model import Count, Fault, Place, Row, Scale
from rig.proxy import proxy

STALE_SECONDS, RESUME_SECONDS, FREED_SECONDS = 20.0, 45.0, 60.0
_LATE_SECONDS: Final = 1.5  # a browser's and a desk's own clocks look about once a second
_OPEN: Final = "earshot_live_connections"


def run(place: Place, scale: Scale) -> Row:
    """Swallow, and time what each side does about it."""
    short = beat(scale) / BEAT_SECONDS
    with (
        place.site() as site,
        site.serve(EARSHOT_HEARTBEAT_SECONDS=str(beat(scale))) as desk,
        proxy(desk.url) as between,
        chromium() as browser,
    ):
        page = _opened(browser, between, agents(site, 1)[0])
        page.wait_for_timeout(500)
        before = metric(desk.url, _OPEN)
        between.swallow()
        began = time.monotonic()
        stale = _until(page, lambda: page.get_attribute("#live-state", "data-state") == "stale", began, STALE_SECONDS * 3 * short + 10)
        accepted = between.accepted
        resumed = _until(
            page, lambda: between.accepted > accepted and page.get_attribute("#live-state", "data-state") == "on", began,
            RESUME_SECONDS * 3 * short + 10,
        )  # fmt: skip
        freed = _until(page, lambda: metric(desk.url, _OPEN) <= before, began, FREED_SECONDS * 3 * short + 10)
    bounds = [seconds * short + scale.within(_LATE_SECONDS) for seconds in (STALE_SECONDS, RESUME_SECONDS, FREED_SECONDS)]
    counted: dict[str, Count] = {
        "beat s": beat(scale), "said stale after s": round(stale, 1), "resumed after s": round(resumed, 1),
        "slot freed after s": round(freed, 1),
    }  # fmt: skip
    goal = "stale ≤ {:.1f} s, resumed ≤ {:.1f} s, slot freed ≤ {:.1f} s".format(*bounds)
    return Row(
        "F10", place.database, counted, goal, all(took <= bound for took, bound in zip((stale, resumed, freed), bounds, strict=True))
    )


def _until(page: Any, so: Any, began: float, give_up_seconds: float) -> float:
    while not so() and time.monotonic() - began < give_up_seconds:
        page.wait_for_timeout(50)
    return time.monotonic() - began


FAULT: Final = Fault("F10", "A link dies without a word", run)
