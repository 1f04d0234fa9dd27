"""A supervisor changes a rule: errors name their line, a trial says what would differ, and the next mention obeys."""

from httpx2 import Client
from playwright.sync_api import Page, expect

from tests.journeys.conftest import Desk, sign_in

YAML = "textarea[name=text]"
RULE = """rules:
  - id: umbrella-recall
    name: The recalled umbrella
    when:
      text: {contains_any: [umbrella]}
    do:
      queue: vip
      floor: 80
      tags: [recall]

"""


def test_checked_tried_published_obeyed_and_taken_back(desk: Desk) -> None:
    with desk.served.program("admin") as rules:
        before = rules.get("/api/v1/rules").json()
        text = before["rules"]

        broken = rules.post("/api/v1/rules/check", json={"rules": text.replace("rules:\n", RULE.replace("queue:", "quue:"), 1)}).json()
        assert not broken["ok"]
        assert "quue" in str(broken["problems"])
        changed = text.replace("rules:\n", RULE, 1)
        assert rules.post("/api/v1/rules/check", json={"rules": changed}).json()["ok"]

        desk.case_of(desk.hear("@acme my umbrella broke on day one, what now?"))
        tried = rules.post("/api/v1/rules/backtest", json={"rules": changed, "last": 100})
        assert tried.status_code == 200, tried.text
        assert _published(rules, changed, before["version"]) == before["version"] + 1

        case = desk.case_of(desk.hear("@acme the umbrella I bought is useless"))
        assert (case["queue"], case["tags"]) == ("vip", ["recall"])
        assert case["priority"]["score"] >= 80
        assert ("umbrella-recall", before["version"] + 1) in {(t["rule"], t["version"]) for t in case["trace"] if t["matched"]}

        back = rules.post("/api/v1/rules/rollback", json={"version": before["version"], "reason": "the recall is over"})
        assert back.status_code in (200, 201), back.text
        assert "recall" not in desk.case_of(desk.hear("@acme another umbrella, another disappointment"))["tags"]


def _published(rules: Client, text: str, expected: int) -> int:
    answer = rules.put("/api/v1/rules", json={"rules": text, "reason": "a recall", "expected_version": expected})
    assert answer.status_code == 200, answer.text
    stale = rules.put("/api/v1/rules", json={"rules": text, "reason": "too late", "expected_version": expected})
    assert stale.status_code == 409
    return int(answer.json()["version"])


def test_by_the_supervisors_own_hand(page: Page, desk: Desk) -> None:
    sign_in(page, desk.supervisor)
    page.goto("/rules/file")
    text = page.locator(YAML).input_value()
    page.locator(YAML).fill(text.replace("rules:\n", RULE.replace("queue:", "quue:"), 1))
    page.get_by_role("button", name="Save and check").click()
    expect(page.locator("#said")).to_contain_text("quue")
    expect(page.locator("#said")).to_contain_text("line", ignore_case=True)

    page.locator(YAML).fill(text.replace("rules:\n", RULE, 1))
    page.get_by_role("button", name="Save and check").click()
    expect(page.locator("#said")).not_to_contain_text("quue")
    page.goto("/rules/try")
    expect(page.locator("main")).to_contain_text("mention")
    page.goto("/rules/publish")
    page.locator("#reason").fill("a recall")
    page.get_by_role("button", name="Publish version").click()
    expect(page.locator("main")).to_contain_text("The recalled umbrella")

    case = desk.case_of(desk.hear("@acme this umbrella is a bad joke"))
    assert (case["queue"], case["tags"]) == ("vip", ["recall"])
