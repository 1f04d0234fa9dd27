"""One running desk for all journeys, with its people, and Chromium to sit down at."""

import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import Any, Final

import pytest
from httpx2 import Client
from playwright.sync_api import Browser, Page, expect, sync_playwright

from app.core.clock import rfc3339
from tests.support.desk import mention
from tests.support.server import PASSWORD, Served, serving, until

CHROMIUM: Final = "/usr/bin/chromium"
FLAGS: Final = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
    "--disable-sync",
]  # fmt: skip
UNDO_SECONDS: Final = 5  # long enough to take an answer back by hand on a machine that does much else
PATIENCE_MILLISECONDS: Final = 60_000  # far above what anything takes: reached only when it never comes


@dataclass
class Desk:
    """The desk, who works at it, and posts that arrive."""

    served: Served
    ingest: Client
    reader: Client
    agent: str
    colleague: str
    supervisor: str
    legal: str
    admin: str
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def hear(self, text: str, *, at: datetime | None = None, **more: Any) -> str:
        """A post of a new author arrives by the API; its author's handle."""
        number = next(self.numbers)
        handle = more.pop("handle", f"author{number:03}")
        body = mention(f"j{number}", text, handle=handle, **({"created_at": rfc3339(at or datetime.now(UTC))} | more))
        answer = self.ingest.post("/api/v1/mentions", json=body)
        assert (answer.status_code, answer.json()["accepted"]) == (202, 1), answer.text
        return str(handle)

    def case_of(self, handle: str, holds: Callable[[dict[str, Any]], bool] = lambda _: True, what: str = "the case") -> dict[str, Any]:
        """The case of this author as soon as it is so."""

        def look() -> dict[str, Any] | None:
            found = self.reader.get("/api/v1/cases", params={"q": handle}).json()["items"]
            case = self.reader.get(f"/api/v1/cases/{found[0]['id']}").json() if found else None
            return case if case is not None and holds(case) else None

        return until(look, f"{what} of {handle}")


@pytest.fixture(scope="session")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """The desk in a process of its own, with real time, jobs and sockets."""
    with serving(tmp_path_factory.mktemp("desk"), EARSHOT_UNDO_SECONDS=str(UNDO_SECONDS)) as served:
        people = [served.person("Ana", "agent"), served.person("Ben", "agent", queues=["bulk"]), served.person("Sue", "supervisor")]
        people += [served.person("Leo", "legal"), served.person("Ada", "admin")]
        with served.program("ingest") as ingest, served.program("read") as reader:
            yield Desk(served, ingest, reader, *people)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, for one journey: while its driver lives, no other test can run an event loop."""
    if not shutil.which(CHROMIUM):
        pytest.skip("no chromium: run make test, which installs it")
    expect.set_options(timeout=PATIENCE_MILLISECONDS)
    with sync_playwright() as play:
        chromium = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Browser, desk: Desk) -> Iterator[Page]:
    """A tab; fails when anything on it raises, complains on the console or breaks the policy."""
    context = browser.new_context(base_url=desk.served.url, viewport={"width": 1440, "height": 900}, reduced_motion="reduce")
    context.set_default_timeout(PATIENCE_MILLISECONDS)
    tab = context.new_page()
    faults: list[str] = []
    tab.on("pageerror", lambda error: faults.append(f"raised: {error}"))
    tab.on("console", lambda said: faults.append(f"{said.type}: {said.text}") if said.type in ("error", "warning") else None)
    yield tab
    context.close()
    assert not faults, "\n".join(faults)


def sign_in(page: Page, email: str) -> None:
    """Sign in by keyboard; leaves the inbox open and live."""
    page.goto("/inbox")
    expect(page).to_have_url(re.compile("/sign-in"))
    page.keyboard.type(email)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/inbox"))
    expect(page.locator("[data-live-text]")).to_have_text("Live")
