"""Every page in both themes, wide and narrow: WCAG 2.2 AA by axe, and nothing wider than the screen."""

import pytest
from playwright.sync_api import Browser

from tests.conftest import ROOT

AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
RULES = "axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']})"


@pytest.mark.browser
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 320])
@pytest.mark.parametrize("name", ["inbox", "empty", "case", "held", "sign-in"])
def test_page_is_accessible_and_fits(browser: Browser, site: str, name: str, width: int, theme: str) -> None:
    if not AXE.exists():
        pytest.skip("no axe-core: run make test, which installs it")
    # The checker itself is an inline script, which our CSP would refuse.
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=theme, bypass_csp=True, reduced_motion="reduce")
    page = context.new_page()
    page.goto(f"{site}/{name}.html")
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate(RULES)["violations"]
    assert not [(one["id"], [node["html"] for node in one["nodes"]]) for one in found]
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    context.close()
