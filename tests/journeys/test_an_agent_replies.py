"""An agent answers in Chromium without touching the mouse, and the customer's page tells it afterwards."""

import re

from playwright.sync_api import Locator, Page, expect

from tests.journeys.conftest import Desk, sign_in

ANSWER = "I am sorry that your order is late. I have looked it up and will write to you this afternoon."
MOST_TABS = 120


def tab_to(page: Page, target: Locator, *, back: bool = False) -> None:
    """Press Tab until the element has the focus: what cannot be reached so cannot be reached by keyboard at all."""
    for _ in range(MOST_TABS):
        if target.evaluate("el => el === document.activeElement"):
            return
        page.keyboard.press("Shift+Tab" if back else "Tab")
    raise AssertionError(f"{target} is not reached by {MOST_TABS} tabs")


def test_by_keyboard_alone(page: Page, desk: Desk) -> None:
    handle = desk.hear(
        "@acme my order 4471 has not arrived, I am furious, where is it?? I need it today, answer me NOW!", handle="jo_harker"
    )
    case = desk.case_of(handle)
    sign_in(page, desk.agent)
    given = ""
    for _ in range(20):
        page.keyboard.press("n")
        expect(page.locator("article[data-case]")).not_to_have_attribute("data-case", given)  # the page that comes, not the one that goes
        expect(page.locator("[data-live-text]")).to_have_text("Live")
        given = page.locator("article[data-case]").get_attribute("data-case") or ""
        if given == case["id"]:
            break
    expect(page.locator("#case-head .case-holder")).to_contain_text("Ana")

    for number in range(3):
        box = page.locator("#checklist input[type=checkbox]").nth(number)
        tab_to(page, box)
        page.keyboard.press("Space")
        expect(page.locator("#checklist .panel-figure")).to_contain_text(f"{number + 1}/")
        expect(box).to_be_focused()

    page.keyboard.press("r")
    expect(page.locator("#text")).to_be_focused()
    page.keyboard.type(ANSWER)
    page.keyboard.press("Control+Enter")
    expect(page.locator("#undo")).to_contain_text("Sending in")
    expect(page.locator("#text")).to_have_value("")
    page.keyboard.press("Escape")
    page.keyboard.press("z")
    expect(page.locator("#text")).to_have_value(ANSWER)
    expect(page.locator("#text")).to_be_focused()
    expect(page.locator("#case-head")).to_have_attribute("data-state", "open")
    expect(page.locator("#checklist :checked")).to_have_count(3)

    page.keyboard.press("Control+Enter")
    expect(page.locator("#undo")).to_contain_text("Sending in")
    expect(page.locator("#thread .item-reply", has_text=ANSWER)).to_contain_text("Sent")
    expect(page.locator("#case-head")).to_have_attribute("data-state", "waiting")
    expect(page.locator("#checklist .panel-figure")).to_contain_text("0/")
    expect(page.locator("#checklist :checked")).to_have_count(0)  # they went with the answer: the next one has its own

    page.keyboard.press("Escape")
    tab_to(page, page.locator("#customer a").first)
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/customers/"))
    expect(page.locator("main")).to_contain_text("my order 4471 has not arrived")
    expect(page.locator("main")).to_contain_text(ANSWER)
    expect(page.locator("main")).to_contain_text("public-reply")

    sent = desk.case_of(handle, lambda c: any(r["state"] == "sent" for r in c["replies"]))
    assert sorted(r["state"] for r in sent["replies"]) == ["cancelled", "sent"]


def test_what_others_do_gives_and_takes_the_right_to_answer(page: Page, desk: Desk) -> None:
    """A page that stands open while the case is closed, reopened, held and released keeps its composer and menus true."""
    handle = desk.hear("@acme when do you open on Sunday?", handle="standing_page")
    case = desk.case_of(handle)
    sign_in(page, desk.colleague)
    page.goto(f"/cases/{case['id']}")
    expect(page.locator("[data-live-text]")).to_have_text("Live")
    expect(page.locator("#text")).to_be_visible()
    with desk.served.signed_in(desk.supervisor) as sue, desk.served.signed_in(desk.legal) as leo:
        sue.post(f"/cases/{case['id']}/close", disposition="spam")
        expect(page.locator("#case-head")).to_have_attribute("data-state", "done")
        expect(page.locator("#composer input[data-mode=reply]")).to_have_count(0)
        sue.post(f"/cases/{case['id']}/reopen")
        expect(page.locator("#composer input[value=public]")).to_be_enabled()
        sue.post(f"/cases/{case['id']}/escalate", to="legal", reason="wait")
        expect(page.locator("#matter")).to_contain_text("Held")
        matter = desk.case_of(handle, lambda c: c["matter"] is not None)["matter"]["id"]
        leo.post(f"/legal/{matter}/release", reason="nothing in it")
        expect(page.locator("#composer input[value=public]")).to_be_enabled()
        expect(page.locator("#matter")).not_to_contain_text("Held")
        sue.post(f"/cases/{case['id']}/claim")
        expect(page.locator("#case-head .case-holder")).to_contain_text("Sue")
        sue.post(f"/cases/{case['id']}/release")
        expect(page.locator("#case-head .case-holder")).to_contain_text("Nobody has it")
    menus = page.eval_on_selector_all("[popovertarget]", "els => els.map(el => el.getAttribute('popovertarget'))")
    for menu in menus:  # they come after what shows their buttons
        expect(page.locator(f"#{menu}")).to_have_count(1)
