"""A browser, and a folder of rendered pages served under the strict CSP of the desk."""

import json
import re
import shutil
import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from playwright.sync_api import Browser, BrowserContext, Page, WebSocketRoute, expect, sync_playwright

from tests.browser import samples
from tests.conftest import ROOT

CHROMIUM = "/usr/bin/chromium"
PATIENCE_MILLISECONDS = 60_000  # far above what anything takes: reached only when it never comes
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-sync"]
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "require-trusted-types-for 'script'; trusted-types earshot"
)


class _Files(SimpleHTTPRequestHandler):
    def end_headers(self) -> None:
        self.send_header("Content-Security-Policy", POLICY)
        super().end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


class Live:
    """The server's end of the live socket: the addresses asked for, and a way to push."""

    def __init__(self) -> None:
        self.sockets: list[WebSocketRoute] = []
        self.missed: dict[str, Any] | None = None

    def accept(self, socket: WebSocketRoute) -> None:
        """Greet a socket as the desk does."""
        self.sockets.append(socket)
        socket.send(json.dumps({"type": "hello", "head": 100, "heartbeat_seconds": 15}))
        if self.missed:
            socket.send(json.dumps(self.missed))

    def patch(self, seq: int, *regions: dict[str, Any], notices: tuple[dict[str, Any], ...] = ()) -> None:
        """Push one patch frame."""
        self.sockets[-1].send(json.dumps({"type": "patch", "seq": seq, "regions": regions, "notices": notices}))


@pytest.fixture(scope="session")
def templates() -> Environment:
    """The desk's templates, as strict as the desk has them."""
    env = Environment(loader=FileSystemLoader(ROOT / "templates"), undefined=StrictUndefined, autoescape=True)

    def macro(template: str, name: str, *values: Any) -> Markup:
        return Markup(getattr(env.get_template(template).module, name)(*values))  # noqa: S704  # the macro escaped what it was given

    # What the desk keeps is made anew here each time, so that a sample need not be frozen.
    env.globals.update(
        kept=macro,
        kept_part=lambda template: Markup(env.get_template(template).render()),  # noqa: S704
        kept_case_row=lambda row: macro("macros/rows.html", "case_row", row),
    )
    return env


@pytest.fixture(scope="session")
def write(templates: Environment, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Render a template into the served folder; returns the folder."""
    folder = tmp_path_factory.mktemp("site")
    (folder / "static").symlink_to(ROOT / "static")

    def render(name: str, template: str, page: Any, shell: Any) -> Path:
        (folder / f"{name}.html").write_text(templates.get_template(template).render(page=page, shell=shell), encoding="utf-8")
        return folder

    return render


@pytest.fixture(scope="session")
def site(write: Callable[..., Path]) -> Iterator[str]:
    """The address of the sample pages."""
    if not (ROOT / "static" / "vendor" / "htmx.min.js").exists():
        pytest.skip("static/vendor is empty: run make setup")
    write("inbox", "inbox.html", samples.inbox(), samples.shell("inbox", "all"))
    write("empty", "inbox.html", samples.inbox(()), samples.shell("inbox", "mine"))
    write("case", "case.html", samples.case(), samples.shell())
    write("held", "case.html", samples.held(), samples.shell())
    page = samples.Record(
        email="", error="No such sign-in.", next="/inbox", demo=(samples.Record(role="agent", email="a@b.example", password="x"),)
    )
    folder = write("sign-in", "sign_in.html", page, samples.shell(me=None))
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Files, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, for these tests alone: while its driver lives, no other test can run an event loop."""
    if not shutil.which(CHROMIUM):
        pytest.skip("no chromium: run make test, which installs it")
    expect.set_options(timeout=PATIENCE_MILLISECONDS)
    with sync_playwright() as play:
        chromium = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A fresh profile on a desk screen."""
    fresh = browser.new_context(viewport={"width": 1440, "height": 900}, reduced_motion="reduce")
    fresh.set_default_timeout(PATIENCE_MILLISECONDS)
    yield fresh
    fresh.close()


@pytest.fixture
def live() -> Live:
    """The played socket."""
    return Live()


@pytest.fixture
def page(context: BrowserContext, live: Live) -> Iterator[Page]:
    """A page with the played socket; fails when anything on it raises or breaks the CSP."""
    tab = context.new_page()
    faults: list[str] = []
    tab.on("pageerror", lambda error: faults.append(str(error)))
    tab.on("console", lambda said: faults.append(said.text) if "Content Security" in said.text or "TrustedHTML" in said.text else None)
    tab.on("dialog", lambda dialog: faults.append(f"dialog: {dialog.message}"))
    tab.on("request", lambda request: faults.append(f"canary: {request.url}") if "canary" in request.url else None)
    tab.route_web_socket(re.compile("/live"), live.accept)
    yield tab
    assert not faults
