"""F9: a browser's connection is cut again and again while news pour in, and for a moment nothing answers.

A real Chromium with the inbox open behind a proxy; what the page's own script hands on (``desk:patch``) is written down in it.
"""

import time
from typing import Any, Final

from faults.browsing import agents, chromium, rows
from faults.model import Count, Fault, Place, Row, Scale
from rig.load import Load
from rig.proxy import Proxy, proxy
from rig.sending import sending
from rig.waiting import until

REFUSE_SECONDS: Final = 0.3
CONVERGE_SECONDS: Final = 2.0
_RATE: Final = 20.0
_NOTE: Final = """
window.told = [];
document.addEventListener("desk:patch", ({detail}) => {
  for (const region of detail.regions) if (region.id.startsWith("row-") && region.band) window.told.push(region.id);
});
"""


def run(place: Place, scale: Scale) -> Row:
    """Cut, refuse, go on; count what the page was told."""
    events, cuts, bound = scale.of(400, 60), scale.of(9, 2), scale.within(CONVERGE_SECONDS)
    with place.site() as site, site.serve() as desk, proxy(desk.url) as between, chromium() as browser:
        page = _opened(browser, between, agents(site, 1)[0])
        load = Load([desk.url], site.token(), connections=2, total=events, rate=_RATE, authors=events * 50)
        with sending(load, place.folder) as sender:
            for _ in range(cuts):
                page.wait_for_timeout(events / _RATE / (cuts + 1) * 1000)
                between.refusing = True
                between.cut()
                page.wait_for_timeout(REFUSE_SECONDS * 1000)
                between.refusing = False
            healed = time.monotonic()
            sender.wait()
        until(lambda: len(rows(site)) >= len(sender.acknowledged()), "every mention understood")
        healed = max(healed, time.monotonic())
        wanted = sorted(rows(site))
        told: list[str] = []
        while len(set(told)) < len(wanted) and time.monotonic() - healed < bound * 2:
            told = page.evaluate("window.told")
            page.wait_for_timeout(20)
        took = time.monotonic() - healed
        equal = _same_list(page, between.url, bound * 2)
    counted: dict[str, Count] = {
        "events": len(wanted), "told": len(set(told)), "doubled": len(told) - len(set(told)), "in order": str(told == sorted(told)),
        "cuts": cuts, "converged s": round(took, 2), "list is the fresh one": str(equal),
    }  # fmt: skip
    met = told == wanted and took <= bound and equal
    return Row("F9", place.database, counted, f"all told once and in order, converged ≤ {bound:g} s", met)


def _opened(browser: Any, between: Proxy, headers: dict[str, str]) -> Any:
    context = browser.new_context()
    name, _, value = headers["Cookie"].partition("=")
    context.add_cookies([{"name": name, "value": value, "url": between.url}])
    page = context.new_page()
    page.add_init_script(_NOTE)
    page.goto(f"{between.url}/inbox")
    page.wait_for_selector('#live-state[data-state="on"]')
    return page


def _same_list(page: Any, url: str, patience_seconds: float) -> bool:
    """Whether the list, once its waiting rows are asked for, comes to be the one that a fresh page shows."""
    shown = "[...document.querySelectorAll('#list .row')].map(row => row.id)"
    fresh = page.context.new_page()
    fresh.goto(f"{url}/inbox")
    wanted = fresh.evaluate(shown)
    page.evaluate("document.getElementById('pill').click()")
    give_up = time.monotonic() + patience_seconds
    while page.evaluate(shown) != wanted and time.monotonic() < give_up:  # not wait_for_function, which the desk's CSP forbids
        page.wait_for_timeout(20)
    return bool(wanted) and bool(page.evaluate(shown) == wanted)


FAULT: Final = Fault("F9", "The socket is cut again and again", run)
