"""The rules at a real browser: their order by pointer, keys and arrows, their search, the form that leads, faults in their place."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from app.core.clock import SetClock
from app.engine.ports import Ports
from app.judgement.desk import queues_of
from app.routing.conditions import All, AnyOf, Compare
from app.routing.follow_up import FollowUp, pair_of
from app.routing.model import TimerSpec
from tests.browser.rules_desk import RulesDesk, rules_desk, settled
from tests.support.people import person

pytestmark = [pytest.mark.browser, pytest.mark.only_on("sqlite")]


@pytest.fixture
def desk(ports: Ports, clock: SetClock, tmp_path: Path) -> Iterator[RulesDesk]:
    """A fresh one."""
    with rules_desk(ports, clock, tmp_path) as served:
        yield served


def shown(page: Page) -> list[str]:
    """The rows that can be seen, in their order."""
    return page.eval_on_selector_all("[data-rule]:not([hidden])", "rows => rows.map(row => row.dataset.rule)")  # type: ignore[no-any-return]  # a list of texts


def frame(page: Page) -> None:
    """Until the page has drawn what it was told before: each frame the drag follows the pointer."""
    page.evaluate("new Promise(drawn => requestAnimationFrame(() => requestAnimationFrame(() => drawn())))")


def drag(page: Page, rule: str, to: str, below: bool = True, *, let_go: bool = True) -> None:
    """Take a rule by its grip and pull it to the upper or lower half of another."""
    page.locator(f"#rule-{rule} [data-grip]").scroll_into_view_if_needed()
    grip, row = page.locator(f"#rule-{rule} [data-grip]").bounding_box(), page.locator(f"#rule-{to}").bounding_box()
    assert grip is not None
    assert row is not None
    page.mouse.move(grip["x"] + 8, grip["y"] + 8)
    page.mouse.down()
    page.mouse.move(grip["x"] + 8, grip["y"] + 20)
    page.mouse.move(row["x"] + 200, row["y"] + row["height"] * (0.8 if below else 0.2), steps=4)
    frame(page)
    if let_go:
        page.mouse.up()


def test_a_rule_is_dragged_to_another_place_and_nothing_moves_before(desk: RulesDesk, browser: Browser) -> None:
    with desk.page(browser) as page:
        page.goto(f"{desk.url}/rules")
        before = shown(page)
        drag(page, "risk-legal", "risk-privacy", let_go=False)
        assert shown(page) == before, "until it is let go only a line shows the place"
        expect(page.locator(".rule-drop")).to_be_visible()
        page.keyboard.press("Escape")
        page.mouse.up()
        assert shown(page) == before
        drag(page, "risk-legal", "risk-privacy")
        wanted = ["risk-safety", "risk-discrimination", "risk-privacy", "risk-legal", *before[4:]]
        assert shown(page) == wanted
        expect(page.locator("#order-said")).to_have_text(
            f"Threat of a lawyer or a court: 4 of {len(before)}, below Personal data in the wrong hands"
        )
        expect(page.locator("#rule-risk-legal [data-grip]")).to_be_focused()
        settled(desk.order, wanted, page)
        expect(page.locator("#rule-risk-legal")).to_contain_text("Moved")


def test_a_finger_drags_as_a_mouse_does(desk: RulesDesk, browser: Browser) -> None:
    with desk.page(browser, 390, has_touch=True) as page:
        page.goto(f"{desk.url}/rules")
        before = shown(page)
        page.evaluate("document.getElementById('rule-risk-safety').scrollIntoView({block: 'start'})")
        box, row = page.locator("#rule-risk-safety [data-grip]").bounding_box(), page.locator("#rule-risk-legal").bounding_box()
        assert box is not None
        assert row is not None
        touch = page.context.new_cdp_session(page)
        at = {"x": box["x"] + 8, "y": box["y"] + 8}
        touch.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [at]})
        for y in (at["y"] + 10, row["y"] + row["height"] - 6):
            touch.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [{**at, "y": y}]})
            frame(page)
        touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
        settled(desk.order, ["risk-legal", "risk-safety", *before[2:]], page)


def test_keys_and_arrows_order_the_rules_and_none_of_many_presses_is_lost(desk: RulesDesk, browser: Browser) -> None:
    with desk.page(browser) as page:
        page.goto(f"{desk.url}/rules")
        before = shown(page)
        page.locator("#rule-risk-safety .row-link").focus()
        for _ in range(3):
            page.keyboard.press("Alt+ArrowDown")
        assert shown(page)[:4] == [*before[1:4], before[0]], "it moves at once, also while the desk is still being told"
        settled(desk.order, [*before[1:4], before[0], *before[4:]], page)
        expect(page.locator("#rule-risk-safety .row-link")).to_be_focused()
        page.locator("#rule-risk-safety [data-grip]").focus()
        page.keyboard.press("Home")
        settled(desk.order, before, page)
        page.keyboard.press("ArrowUp")  # there is nothing above: nothing happens
        page.locator("#rule-risk-legal .rule-arrow[value=up]").click()
        settled(desk.order, [before[1], before[0], *before[2:]], page)
        page.keyboard.press("Alt+ArrowDown")
        page.goto(f"{desk.url}/inbox")  # left at once: what was not sent yet goes all the same
        settled(desk.order, before, page)


def test_a_move_that_is_refused_is_said_and_the_list_is_as_the_desk_has_it(desk: RulesDesk, browser: Browser) -> None:
    with desk.page(browser) as page:
        page.goto(f"{desk.url}/rules")
        before = shown(page)
        page.route(
            "**/place", lambda route: route.fulfill(status=409, content_type="application/problem+json", body='{"detail": "Not now."}')
        )
        page.locator("#rule-risk-legal [data-grip]").focus()
        page.keyboard.press("ArrowUp")
        expect(page.locator(".toast-bad")).to_contain_text("Not now.")
        expect(page.locator("[data-rule]").first).to_have_id("rule-risk-safety")
        assert shown(page) == before


def test_the_search_finds_by_words_queue_trigger_and_action(desk: RulesDesk, browser: Browser) -> None:
    with desk.page(browser) as page:
        page.goto(f"{desk.url}/rules")
        every = len(shown(page))
        page.keyboard.press("/")
        expect(page.locator("#find")).to_be_focused()
        page.keyboard.type("tier vip")
        assert shown(page) == ["vip-angry", "vip", "vip-risen"]
        expect(page.locator("[data-find-count]")).to_have_text(f"3 of {every} rules")
        assert page.locator("[data-rules-heading]:visible").all_inner_texts() == ["Who it is"]
        page.select_option("[name=on]", "customer.updated")
        assert shown(page) == ["vip-risen"]
        assert page.url.endswith("/rules?q=tier+vip&on=customer.updated")
        page.reload()
        assert shown(page) == ["vip-risen"], "the address keeps what is looked for"
        page.fill("#find", "nothing has these words")
        expect(page.locator("#rules-none")).to_be_visible()
        page.click("[data-find-all]")
        assert len(shown(page)) == every
        page.select_option("[name=does]", "hold")
        page.select_option("[name=queue]", "legal")
        assert shown(page) == [rule.id for rule in desk.rules().rules if rule.do.hold and rule.do.queue == "legal"]


def test_a_supervisor_who_has_never_seen_yaml_builds_it_in_two_minutes(desk: RulesDesk, browser: Browser) -> None:
    """Angry gold customers in Spanish to Ana's queue, 10 minutes in business hours, then the lead: from the list to what is in force."""
    with desk.page(browser) as page:
        page.goto(f"{desk.url}/rules")
        page.click("text=New rule")
        for chip in ("angry", "gold customer", "in Spanish"):
            page.get_by_role("button", name=chip, exact=True).click()
            expect(page.get_by_role("button", name=chip, exact=True)).to_have_attribute("aria-pressed", "true")
        page.click("summary:has-text('A new queue')")
        page.fill("[name='new_queue.title']", "Ana's queue")
        page.select_option("[name='new_queue.lead']", label="Ana")
        page.click("#make-queue")
        expect(page.locator("#queue")).to_have_value("anas-queue")
        page.check("#later")
        expect(page.locator("#rule-live")).to_contain_text("goes to the queue Ana's queue")
        expect(page.locator("#rule-live")).to_contain_text(
            "If nobody has answered within 10 minutes of business hours, the lead of its queue is told."
        )
        page.get_by_role("button", name="Save in my working copy").click()
        expect(page.locator("#rule-angry-gold-customers-in-spanish")).to_contain_text("New")
        # One of the examples that are kept says where such a customer went until now.
        expect(page.locator("#check")).to_contain_text("expects queue vip, got anas-queue")
        page.get_by_role("button", name="Let the example expect this").click()
        page.click("text=3 Publish v2")
        page.fill("[name=reason]", "Ana speaks Spanish and knows them")
        page.get_by_role("button", name="Publish").last.click()
        expect(page.locator("#flash")).to_contain_text("Version 2 is in force")

    rules = desk.rules()
    rule = rules.rule("angry-gold-customers-in-spanish")
    assert rule is not None
    angry = AnyOf((Compare("sentiment", "at_most", -0.4), Compare("intent", "is", "complaint")))
    assert isinstance(rule.when, All)
    assert set(rule.when.parts) == {angry, Compare("tier", "is", "gold"), Compare("language", "is", "es")}
    assert rule.do.queue == "anas-queue"
    step = pair_of(rule, rules.rules)
    assert step is not None
    assert step.step == FollowUp("10", True, "notify:lead")
    assert step.timer == TimerSpec("angry-gold-customers-in-spanis", 10, business=True, waiting=True)
    assert [queue.lead for queue in queues_of(desk.scene.ports) if queue.id == "anas-queue"] == ["ana@desk.example"]
    assert "anas-queue" in person(desk.scene.ports, desk.scene.ana).queues


def test_the_step_is_changed_and_taken_back_where_it_was_made(desk: RulesDesk, browser: Browser) -> None:
    with desk.page(browser) as page:
        page.goto(f"{desk.url}/rules/rule/vip-angry")
        page.fill("[name='later.minutes']", "25")  # who types into it wants it
        expect(page.locator("#later")).to_be_checked()
        page.select_option("[name='later.then']", "escalate:supervisor")
        page.keyboard.press("Control+Enter")
        expect(page.locator("#rule-vip-angry-later")).to_contain_text("no answer after 25 min of business hours")
        assert desk.order().index("vip-angry-later") == desk.order().index("vip-angry") + 1
        page.goto(f"{desk.url}/rules/rule/vip-angry")
        expect(page.locator("[name='later.minutes']")).to_have_value("25")
        page.uncheck("#later")
        page.get_by_role("button", name="Save in my working copy").click()
        expect(page.locator("#rules-list")).to_be_visible()
        expect(page.locator("#rule-vip-angry-later")).to_have_count(0)
        rule = desk.rules().rule("vip-angry")
        assert rule is not None
        assert rule.do.start_timers == ()


def test_what_is_typed_is_kept_and_said_at_once_and_survives_a_press_of_a_chip(desk: RulesDesk, browser: Browser) -> None:
    desk.scene.hear("@acme where is the garage beside your shop?", handle="driver")
    with desk.page(browser) as page:
        page.goto(f"{desk.url}/rules/new")
        page.fill("#name", "Garage")
        page.click("summary:has-text('Priority and tags')")
        page.fill("#tags", "parking")
        page.get_by_role("button", name="+ Another condition").click()
        page.fill("[name='w.0.value']", "garage")
        expect(page.locator("#rule-live")).to_contain_text("It would have fired on 1 of the last 1 mentions.")
        expect(page.locator("#rule-live")).to_contain_text("where is the garage")
        page.get_by_role("button", name="praises", exact=True).click()
        expect(page.locator("#rule-live")).to_contain_text("It would have fired on none of the last 1 mentions.")
        expect(page.locator("#tags")).to_have_value("parking")
        expect(page.locator("#tags")).to_be_visible()
        page.fill("#tags", "parking, help")
        expect(page.locator("[data-kept]")).to_contain_text("What you type is kept")
        expect(page.locator("#rule-live")).to_contain_text("tagged parking, help")
        page.goto(f"{desk.url}/inbox")
        page.goto(f"{desk.url}/rules/new")
        expect(page.locator("#tags")).to_have_value("parking, help")
        expect(page.locator("#name")).to_have_value("Garage")


def test_faults_stand_in_their_place_and_the_focus_goes_there(desk: RulesDesk, browser: Browser) -> None:
    with desk.page(browser) as page:
        page.goto(f"{desk.url}/rules/rule/flood")
        page.click("summary:has-text('Put it away')")
        page.fill("#snooze_minutes", "soon")
        page.get_by_role("button", name="Save in my working copy").click()
        expect(page.locator("#snooze_minutes")).to_be_focused()
        expect(page.locator("#snooze_minutes-error")).to_contain_text("must be a number")
        expect(page.locator("#snooze_minutes")).to_have_attribute("aria-describedby", "snooze_minutes-error")
        page.fill("#snooze_minutes", "")
        page.get_by_role("button", name="YAML", exact=True).click()
        text = page.locator("textarea[name=text]")
        text.fill(text.input_value().replace("at_least: 5", "atleast: 5"))
        expect(page.locator("#L5")).to_have_class("yaml-error")  # said while one types
        page.get_by_role("button", name="Save in my working copy").click()
        expect(text).to_be_focused()
        assert text.evaluate("box => box.value.slice(box.selectionStart, box.selectionEnd)").strip() == "cluster_size: {atleast: 5}"
        expect(page.locator("#rule-faults")).to_contain_text("Did you mean at_least?")


def test_half_a_rule_is_not_saved_by_enter(desk: RulesDesk, browser: Browser) -> None:
    with desk.page(browser) as page:
        page.goto(f"{desk.url}/rules/new")
        page.fill("#name", "Half")
        page.keyboard.press("Enter")
        expect(page.locator("[data-kept]")).to_contain_text("is kept")
        assert page.url.endswith("/rules/new")
        assert desk.rules().rule("half") is None
