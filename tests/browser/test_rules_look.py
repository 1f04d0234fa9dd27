"""The rules' pages in both themes, wide and narrow: WCAG 2.2 AA by axe, nothing wider than the screen, and the same from right to left."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from app.core.clock import SetClock
from app.engine.ports import Ports
from tests.browser.rules_desk import RulesDesk, rules_desk
from tests.browser.test_look import AXE, RULES

pytestmark = [pytest.mark.browser, pytest.mark.only_on("sqlite")]
PAGES = ("/rules", "/rules/new", "/rules/rule/vip-angry", "/rules/rule/vip-angry?view=yaml", "/rules/rule/vip-angry/history", "/rules/file")


@pytest.fixture
def desk(ports: Ports, clock: SetClock, tmp_path: Path) -> Iterator[RulesDesk]:
    """A fresh one."""
    with rules_desk(ports, clock, tmp_path) as served:
        yield served


@pytest.mark.parametrize(("width", "theme"), [(1440, "light"), (320, "dark")])
def test_the_rules_are_accessible_and_fit(desk: RulesDesk, browser: Browser, width: int, theme: str) -> None:
    if not AXE.exists():
        pytest.skip("no axe-core: run make test, which installs it")
    with desk.page(browser, width, color_scheme=theme, bypass_csp=True) as page:  # the checker is an inline script
        for path in PAGES:
            page.goto(desk.url + path)
            for fold in page.locator("details").all():
                fold.evaluate("one => { one.open = true; }")
            page.evaluate(AXE.read_text(encoding="utf-8"))
            found = page.evaluate(RULES)["violations"]
            assert not [(path, one["id"], [node["html"] for node in one["nodes"]][:3]) for one in found]
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path


def test_from_right_to_left_nothing_sticks_out(desk: RulesDesk, browser: Browser) -> None:
    for width in (1440, 320):
        with desk.page(browser, width) as page:
            for path in PAGES[:3]:
                page.goto(desk.url + path)
                page.evaluate("document.documentElement.dir = 'rtl'")
                assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (path, width)
