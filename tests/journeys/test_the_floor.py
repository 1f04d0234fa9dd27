"""A supervisor at work: what the floor shows live, an agent sent away with their work given back, and rows ticked, given and taken back."""

import re

from playwright.sync_api import Browser, Page, expect

from tests.journeys.conftest import Desk, sign_in
from tests.support.server import until


def heard(desk: Desk, name: str, count: int) -> list[str]:
    """So many cases; their ids, the newest first."""
    handles = [desk.hear(f"@acme my order {n} has not arrived, where is it?", handle=f"{name}_{n}") for n in range(count)]
    return [desk.case_of(handle)["id"] for handle in reversed(handles)]


def holders(desk: Desk, ids: list[str]) -> list[str | None]:
    """Who has each case now."""
    found = [desk.reader.get(f"/api/v1/cases/{id}").json()["assignee"] for id in ids]
    return [one and one["name"] for one in found]


def test_rows_ticked_as_a_range_are_given_and_taken_back_as_one_act(page: Page, desk: Desk) -> None:
    ids = heard(desk, "ranged", 5)
    sign_in(page, desk.supervisor)
    page.goto("/inbox?sort=newest")
    expect(page.locator("[data-live-text]")).to_have_text("Live")
    expect(page.locator(".bulk")).to_be_hidden()
    page.locator(f"#row-{ids[0]} .row-tick").click()
    page.locator(f"#row-{ids[2]} .row-tick").click(modifiers=["Shift"])
    expect(page.locator("[data-bulk-count]")).to_have_text("3 ticked")
    for _ in range(2):
        page.keyboard.press("Tab")  # off the box, as the keys of rows are pressed anywhere
    page.locator(f"#open-{ids[4]}").focus()
    page.keyboard.press("Shift+X")
    expect(page.locator("[data-bulk-count]")).to_have_text("5 ticked")
    page.locator(f"#row-{ids[4]} .row-tick").click()
    expect(page.locator("[data-bulk-count]")).to_have_text("4 ticked")

    page.keyboard.press("a")
    dialog = page.locator("#plan-dialog")
    expect(dialog.locator("#plan-person")).to_be_focused()
    expect(dialog.locator("[data-plan-do]")).to_be_disabled()
    expect(dialog.locator("#plan-said")).to_contain_text("Choose whom")
    dialog.locator("#plan-person").select_option(label=dialog.locator("option", has_text="Ana ·").inner_text())
    expect(dialog.locator("#plan-said")).to_contain_text("4 cases go to Ana.")
    dialog.locator("[data-plan-do]").press("Enter")
    expect(page.locator(".toast-undo")).to_contain_text("4 cases went to Ana.")
    expect(dialog).to_be_hidden()
    expect(page.locator(".bulk")).to_be_hidden()
    assert holders(desk, ids) == ["Ana"] * 4 + [None]
    page.locator("body").press("z")
    expect(page.locator("#flash")).to_contain_text("4 cases given back")
    assert holders(desk, ids) == [None] * 5


def test_the_floor_is_live_and_an_agent_is_sent_away_and_called_back(page: Page, browser: Browser, desk: Desk) -> None:
    (id,) = heard(desk, "floored", 1)
    hers = browser.new_context(base_url=desk.served.url)
    sign_in(page, desk.supervisor)
    page.goto("/people")
    ana = page.locator("[data-person]", has_text="Ana")
    expect(ana).to_contain_text("No page open")
    before = page.eval_on_selector_all("[data-person]", "rows => rows.map(row => row.id)")
    ana.hover()
    page.locator("a.row-link", has_text="Ana").focus()

    agent = hers.new_page()
    sign_in(agent, desk.agent)
    expect(ana).to_contain_text("1 tab")
    desk_case = agent.goto(f"/cases/{id}")
    assert desk_case is not None
    expect(ana.locator(".floor-case")).to_contain_text("floored_0")
    agent.keyboard.press("i")
    until(lambda: holders(desk, [id]) == ["Ana"], "Ana has taken it")
    expect(ana.locator(".floor-held")).to_contain_text(re.compile("urgent|high|normal|low"))
    assert page.eval_on_selector_all("[data-person]", "rows => rows.map(row => row.id)") == before, "no row moves by itself"
    expect(page.locator("a.row-link", has_text="Ana")).to_be_focused()

    page.keyboard.press("p")
    dialog = page.locator("#plan-dialog")
    expect(dialog.locator("h1")).to_contain_text("Change presence: Ana")
    dialog.get_by_label("Away").check()
    dialog.get_by_label("Why").fill("Fire drill")
    dialog.get_by_label("Back to their queues").check()
    expect(dialog.locator("#plan-said")).to_contain_text("Ana becomes away (Fire drill).")
    expect(dialog.locator("#plan-said")).to_contain_text("1 is being worked on")
    dialog.locator("[data-plan-do]").press("Enter")
    expect(page.locator(".toast-undo")).to_contain_text("Ana is away (Fire drill).")
    expect(ana).to_contain_text("Away")
    expect(ana).to_contain_text("Fire drill")
    assert holders(desk, [id]) == [None]
    page.locator("body").press("z")
    expect(ana.locator(".me-presence")).not_to_have_text("Away")
    until(lambda: holders(desk, [id]) == ["Ana"], "the case is hers again")
    hers.close()
