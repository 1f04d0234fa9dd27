"""Every page of the side bar opens for whoever may see it, without a word on the console, a breach of the policy or a fault in the log."""

from playwright.sync_api import Page, expect

from tests.journeys.conftest import Desk, sign_in


def walk(page: Page) -> list[str]:
    """Open every page that the side bar offers; their addresses."""
    addresses = page.eval_on_selector_all("nav.side a[href]", "links => links.map(a => a.getAttribute('href'))")
    for address in addresses:
        answer = page.goto(address)
        assert answer is not None
        assert answer.status == 200, f"{address}: {answer.status}"
        expect(page.locator("h1").first).to_be_visible()
        expect(page.locator("[data-live-text]")).to_have_text("Live")
    return list(addresses)


def test_as_an_admin(page: Page, desk: Desk) -> None:
    desk.case_of(desk.hear("@acme where is my order?"))
    sign_in(page, desk.admin)
    assert {"/rules", "/wallboard", "/people", "/settings", "/audit"} <= set(walk(page))


def test_as_legal(page: Page, desk: Desk) -> None:
    desk.case_of(desk.hear("@acme my lawyer will write to you"))
    sign_in(page, desk.legal)
    assert "/legal" in walk(page)
