"""What a pushed frame may do: rows change in place and never move, threads grow at the end; no letter, tick or focus is lost."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from jinja2 import Environment
from playwright.sync_api import Page, Route, expect

from tests.browser import samples
from tests.browser.conftest import Live

pytestmark = pytest.mark.browser


def _order(page: Page) -> list[str]:
    return page.eval_on_selector_all("#list .row", "rows => rows.map(row => row.id)")


def test_rows_change_in_place_and_new_ones_wait_in_the_pill(
    page: Page, live: Live, site: str, templates: Environment, write: Callable[..., Path]
) -> None:
    macros = templates.get_template("macros/rows.html").module
    page.goto(f"{site}/inbox.html")
    expect(page.locator("[data-live-text]")).to_have_text("Live")
    before = _order(page)
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.locator("#open-c2")).to_be_focused()

    worse = samples.changed(samples.ROWS[1], excerpt="Changed", score=91)
    new = samples.row(99, "@new", "Brand new", band="urgent", score=95)
    expect(page.locator("[data-live-text]")).to_have_text("Live")
    live.patch(
        101,
        {"id": "row-c2", "html": str(macros.case_row(worse)), "in_view": True},
        {"id": "row-c99", "html": None, "in_view": True, "band": "urgent", "by": "@new"},
        {"id": "row-c3", "html": None, "in_view": False, "left_because": "taken by Omid"},
        {"id": "count-mine", "html": str(macros.count("mine", "13"))},
    )
    expect(page.locator("#row-c2 .row-text")).to_have_text("Changed")
    expect(page.locator("#row-c3")).to_contain_text("taken by Omid")
    expect(page.locator("#pill")).to_contain_text("1 new · 1 urgent")
    expect(page.locator("#nav-counts")).to_contain_text("13")
    expect(page.locator("#open-c2")).to_be_focused()
    expect(page.locator("#row-c2 input")).to_be_checked()
    assert _order(page) == before

    write("inbox", "inbox.html", samples.inbox((new, worse, *samples.ROWS[3:])), samples.shell("inbox", "all"))
    page.keyboard.press(".")
    expect(page.locator("#row-c99")).to_be_visible()
    expect(page.locator("#pill")).to_be_hidden()
    expect(page.locator("#row-c3")).to_have_count(0)
    expect(page.locator("#row-c2 input")).to_be_checked()
    write("inbox", "inbox.html", samples.inbox(), samples.shell("inbox", "all"))


def test_an_unused_list_takes_its_new_rows_by_itself(page: Page, live: Live, site: str) -> None:
    page.goto(f"{site}/empty.html")
    expect(page.locator("[data-live-text]")).to_have_text("Live")
    with page.expect_request(lambda request: request.headers.get("hx-target") == "div#list"):
        live.patch(101, {"id": "row-c99", "html": None, "in_view": True, "band": "low", "by": "@new"})


def test_the_socket_comes_back_from_its_cursor(page: Page, live: Live, site: str, templates: Environment) -> None:
    macros = templates.get_template("macros/rows.html").module
    page.goto(f"{site}/inbox.html")
    expect(page.locator("[data-live-text]")).to_have_text("Live")
    live.patch(140, {"id": "count-mine", "html": str(macros.count("mine", "41"))})
    expect(page.locator("#nav-counts")).to_contain_text("41")
    live.missed = {"type": "patch", "seq": 150, "regions": [{"id": "count-mine", "html": str(macros.count("mine", "77"))}]}
    live.sockets[-1].close()
    expect(page.locator("#nav-counts")).to_contain_text("77")
    assert "since=140" in live.sockets[-1].url
    expect(page.locator("[data-live-text]")).to_have_text("Live")


def test_a_thread_grows_at_its_end_and_the_composer_is_left_alone(page: Page, live: Live, site: str, templates: Environment) -> None:
    macros = templates.get_template("macros/case.html").module
    page.route(re.compile("/cases/.*/(check|draft)"), lambda route: route.fulfill(body='{"version": 3}', content_type="application/json"))
    page.goto(f"{site}/case.html")
    expect(page.locator("[data-live-text]")).to_have_text("Live")
    page.keyboard.press("r")
    page.keyboard.type("Half a sen")
    scroller = page.locator("#thread-scroll")
    scroller.evaluate("box => box.scrollTo(0, 0)")
    live.patch(
        101,
        {"id": "item-i90", "html": str(macros.timeline_item(samples.item(90, "mention", "One more")))},
        {"id": "case-head", "html": str(macros.case_head(samples.case(version=8)))},
        notices=({"case": "c1", "text": "The customer wrote again", "urgent": False},),
    )
    expect(page.locator("#thread > li").last).to_contain_text("One more")
    expect(page.locator("#case-notice")).to_have_text("The customer wrote again")
    assert scroller.evaluate("box => box.scrollTop") == 0, "a reader above the end must stay there"
    expect(page.locator("#text")).to_be_focused()
    page.keyboard.type("tence")
    expect(page.locator("#text")).to_have_value("Half a sentence")

    scroller.evaluate("box => box.scrollTo(0, box.scrollHeight)")
    live.patch(102, {"id": "item-i91", "html": str(macros.timeline_item(samples.item(91, "mention", "And another")))})
    expect(page.locator("#thread > li").last).to_contain_text("And another")
    assert scroller.evaluate("box => box.scrollHeight - box.scrollTop - box.clientHeight") < 4, "a reader at the end follows it"


def test_a_reply_is_sent_once_taken_back_and_its_text_returns(page: Page, site: str, templates: Environment) -> None:
    sent: list[str] = []

    def desk(route: Route) -> None:
        path = route.request.url.removeprefix(site)
        if path.endswith("/check"):
            gate = samples.Record(can_send=True, can_submit=False, reasons=(), limit=280, count=5, findings=())
            return route.fulfill(body=str(templates.get_template("macros/case.html").module.gate(samples.case(gate=gate))))
        if path.endswith("/draft"):
            return route.fulfill(body='{"version": 3}', content_type="application/json")
        if path.endswith("/renew"):  # a page that is opened says so
            return route.fulfill(status=204)
        sent.append(f"{path}?{route.request.post_data}")
        undo = samples.Record(reply_id="r1", seconds_left=9) if path.endswith("/replies") else None
        body = templates.get_template("case.html").render(page=samples.case(version=8, undo=undo), shell=samples.shell())
        return route.fulfill(body=body, content_type="text/html")

    page.route(re.compile("/(cases|replies)/"), desk)
    page.goto(f"{site}/case.html")
    expect(page.locator("#send")).to_be_disabled()
    page.keyboard.press("m")
    page.keyboard.type("Between us")
    page.keyboard.press("Escape")
    page.keyboard.press("r")
    expect(page.locator("#text")).to_have_value("")  # what is for colleagues never turns into a reply
    page.keyboard.type("Hello Jo")
    expect(page.locator("#send")).to_be_enabled()
    page.keyboard.press("Control+Enter")
    expect(page.locator("#undo")).to_contain_text("Sending in")
    expect(page.locator("#text")).to_have_value("")
    page.keyboard.press("Escape")
    page.keyboard.press("z")
    expect(page.locator("#text")).to_have_value("Hello Jo")
    assert [line.split("?")[0] for line in sent] == ["/cases/c1/replies", "/replies/r1/cancel"]
    assert "text=Hello+Jo" in sent[0]
    assert "seen_version=7" in sent[0]
    assert re.search("idempotency_key=[0-9a-f-]{36}", sent[0])


def test_strangers_text_is_shown_never_run(page: Page, site: str) -> None:
    page.goto(f"{site}/case.html")
    said = page.locator("#item-i6 .said")
    expect(said).to_contain_text("<img src=x onerror=alert(1)>")
    assert said.locator(".control").all_inner_texts() == ["RLO", "PDF", "ZWSP"]
    expect(page.locator("#item-i5 mark")).to_contain_text("lawyer")
    assert page.locator('[href^="javascript:" i]').count() == 0


def test_an_open_case_page_keeps_the_claim_of_whoever_reads_it(page: Page, site: str) -> None:
    asked: list[str] = []

    def desk(route: Route) -> None:
        asked.append(f"{route.request.method} {route.request.url.removeprefix(site)}")
        route.fulfill(status=204)

    page.route(re.compile("/cases/.*/renew"), desk)
    page.clock.install()
    with page.expect_response(re.compile("/renew")):  # by being opened it picks up what the desk gave
        page.goto(f"{site}/case.html")
    page.clock.run_for(3 * 60_000)
    assert len(asked) == 1
    with page.expect_response(re.compile("/renew")):
        page.clock.run_for(2 * 60_000)
    assert asked == ["POST /cases/c1/renew"] * 2


def test_a_menu_shows_what_others_made_of_the_case_but_not_under_ones_hands(
    page: Page, live: Live, site: str, templates: Environment
) -> None:
    queues = (samples.Record(id="care", name="Care"), samples.Record(id="bulk", name="Chat"))
    moved = samples.case(version=8, row=samples.changed(samples.ROWS[0], queue="bulk", tags=("storm",)), queues=queues)
    fresh = templates.get_template("case.html").render(page=moved, shell=samples.shell())
    head = {"id": "case-head", "html": str(templates.get_template("macros/case.html").module.case_head(moved))}
    page.goto(f"{site}/case.html")
    expect(page.locator("[data-live-text]")).to_have_text("Live")
    page.locator('[popovertarget="escalate-menu"]').click()
    page.locator("#escalate-why").fill("They named a lawyer")
    page.keyboard.press("Escape")
    page.locator('[popovertarget="tag-menu"]').click()
    page.route(f"{site}/case.html", lambda route: route.fulfill(body=fresh, content_type="text/html"))
    live.patch(101, head)
    expect(page.locator("#assign-queue")).to_have_value("bulk")
    expect(page.locator("#escalate-why")).to_have_value("They named a lawyer")
    expect(page.locator("#tag-menu")).to_be_visible()
    expect(page.locator("#tag-menu")).not_to_contain_text("storm")
    page.keyboard.press("Escape")
    expect(page.locator("#tag-menu")).to_contain_text("Remove #storm")
