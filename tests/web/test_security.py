"""What every answer carries, what cookies are like, and what a stranger at the sign-in learns: nothing."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

import pytest
from httpx2 import Response
from starlette.testclient import TestClient
from structlog.testing import capture_logs

from app.engine.ports import Ports
from app.main import Parts, build_app
from app.people.passwords import hash_password
from tests.support.people import Signed, hire, signed_in
from tests.support.scene import Scene

PASSWORD: Final = "correct horse battery staple"
NEEDED: Final = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}


@pytest.fixture(scope="session")
def hashed() -> str:
    """One real hash for all tests: making one takes long on purpose."""
    return hash_password(PASSWORD)


@dataclass(frozen=True)
class SigningIn:
    """Somebody with a password at the sign-in."""

    client: TestClient
    email: str

    def enter(self, password: str = PASSWORD, *, email: str | None = None, next: str = "/inbox", **headers: str) -> Response:  # noqa: A002  # the form's own word
        """Send the form."""
        return self.client.post("/sign-in", data={"email": email or self.email, "password": password, "next": next}, headers=headers)


@pytest.fixture
def signing_in(ports: Ports, hashed: str) -> Iterator[SigningIn]:
    """Somebody at the sign-in."""
    hire(ports, "Ana", password_hash=hashed)
    app = build_app(ports, Parts(jobs=False))
    with TestClient(app, base_url=ports.settings.base_url, follow_redirects=False) as made:
        yield SigningIn(made, "ana@desk.example")


def faults(answer: Response) -> list[str]:
    """What the answer's headers lack."""
    found = [f"{name}: {answer.headers.get(name)}" for name, value in NEEDED.items() if answer.headers.get(name) != value]
    policy = dict(part.strip().partition(" ")[::2] for part in answer.headers.get("content-security-policy", "").split(";"))
    for name, value in {"default-src": "'none'", "script-src": "'self'", "base-uri": "'none'", "frame-ancestors": "'none'"}.items():
        if policy.get(name) != value:
            found.append(f"CSP {name}: {policy.get(name)}")
    found += [
        f"CSP holds {word}" for word in ("unsafe-", "http:", "https:", "*") if word in answer.headers.get("content-security-policy", "")
    ]
    if "server" in answer.headers or "x-powered-by" in answer.headers:
        found.append("it says what it runs on")
    if not answer.request.url.path.startswith("/static/") and answer.headers.get("cache-control") != "no-store":
        found.append(f"cache-control: {answer.headers.get('cache-control')}")
    return found


def test_every_kind_of_answer_carries_the_headers(scene: Scene, client: TestClient) -> None:
    who = signed_in(scene.ports, scene.sue)
    case = scene.hear().id
    mine = who.headers
    asked: list[tuple[str, str, dict[str, str]]] = [
        ("GET", "/", {}), ("GET", "/sign-in", {}), ("GET", "/inbox", {}), ("GET", "/nothing", {}), ("POST", "/inbox", {}),
        ("GET", "/healthz", {}), ("GET", "/api/v1/nothing", {}), ("GET", "/api/v1/cases", {}), ("POST", "/api/v1/mentions", {}),
        ("GET", "/static/js/desk.js", {}), ("GET", "/static/nothing.js", {}), ("GET", "/inbox", mine), ("GET", f"/cases/{case}", mine),
        ("GET", "/cases/x", mine), ("GET", "/inbox?view=nonsense", mine), ("POST", f"/cases/{case}/claim", mine),
        ("GET", f"/api/v1/cases/{case}", mine),
    ]  # fmt: skip
    for method, path, headers in asked:
        answer = client.request(method, path, headers=headers)
        assert not (found := faults(answer)), f"{method} {path} ({answer.status_code}): {found}"


def test_a_fault_of_ours_says_nothing_of_itself_and_carries_the_headers(scene: Scene) -> None:
    who = signed_in(scene.ports, scene.sue)
    app = build_app(scene.ports, Parts(jobs=False))
    with TestClient(app, base_url=scene.ports.settings.base_url, raise_server_exceptions=False) as client:
        with scene.ports.db.write() as tx:
            tx.conn.exec_driver_sql('ALTER TABLE "case" RENAME TO elsewhere')
        for path in ("/inbox", "/api/v1/cases"):
            with capture_logs() as said:
                answer = client.get(path, headers=who.headers)
            assert ("a request failed", path) in {(s["event"], s.get("path")) for s in said}
            assert answer.status_code == 500
            assert not re.search(r"sqlite|no such table|Traceback|\.py|SELECT", answer.text), answer.text
            assert not (found := faults(answer)), f"{path}: {found}"


def test_no_cookie_without_its_guards_and_a_fresh_one_at_each_sign_in(signing_in: SigningIn) -> None:
    seen = set()
    for _ in range(2):
        answer = signing_in.enter()
        assert (answer.status_code, answer.headers["location"]) == (303, "/inbox")
        (cookie,) = answer.headers.get_list("set-cookie")
        assert re.search(r"; *HttpOnly", cookie, re.IGNORECASE)
        assert re.search(r"; *SameSite=(lax|strict)", cookie, re.IGNORECASE)
        assert "Path=/" in cookie
        assert "domain" not in cookie.lower()
        seen.add(cookie.split(";")[0])
    assert len(seen) == 2
    assert len(seen.pop().partition("=")[2]) >= 40


def test_behind_https_the_cookie_is_secure_and_bound_to_the_host(ports: Ports, hashed: str) -> None:
    hire(ports, "Ada", password_hash=hashed)
    behind = replace(ports, settings=ports.settings.model_copy(update={"earshot_base_url": "https://desk.example"}))
    app = build_app(behind, Parts(jobs=False))
    with TestClient(app, base_url="https://desk.example", follow_redirects=False, client=("10.9.9.9", 1)) as made:
        answer = SigningIn(made, "ada@desk.example").enter()
    (cookie,) = answer.headers.get_list("set-cookie")
    assert cookie.startswith("__Host-earshot=")
    assert "; Secure" in cookie
    assert answer.headers["strict-transport-security"].startswith("max-age=31536000")


def test_a_wrong_password_and_an_unknown_person_are_answered_alike(signing_in: SigningIn) -> None:
    wrong, unknown = signing_in.enter("not this"), signing_in.enter("not this", email="who@desk.example")
    assert wrong.status_code == unknown.status_code == 401
    assert wrong.text.replace(signing_in.email, "…") == unknown.text.replace("who@desk.example", "…")
    assert "set-cookie" not in wrong.headers
    assert "The e-mail or the password is wrong." in wrong.text


class StandsStill:
    """The clock of the counter, in the middle of a minute: one that ends among the attempts would forgive some of them."""

    @staticmethod
    def time() -> float:
        return 1_772_452_830.0


def test_many_attempts_on_one_account_are_slowed_and_others_are_not(
    signing_in: SigningIn, ports: Ports, hashed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("limits.storage.memory.time", StandsStill)
    hire(ports, "Ben", password_hash=hashed)
    answers = [signing_in.enter("guess") for _ in range(9)]
    assert [a.status_code for a in answers] == [401] * 8 + [429]
    assert "Wait a minute" in answers[-1].text
    assert answers[-1].headers.get("retry-after") == "60"
    assert signing_in.enter(email="ben@desk.example").status_code == 303


def test_signing_in_from_another_site_is_refused(signing_in: SigningIn) -> None:
    assert signing_in.enter(Origin="https://evil.example").status_code == 403


@pytest.mark.parametrize("path", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "/a\r\nX: y", ""])
def test_signing_in_leads_to_no_other_site(path: str, signing_in: SigningIn) -> None:
    assert signing_in.enter(next=path).headers["location"] == "/inbox"


def test_a_stranger_text_is_shown_and_never_markup(scene: Scene, client: TestClient) -> None:
    evil = "<script>alert(1)</script><img src=x onerror=alert(1)> {{7*7}} <a hx-get='/x'>"
    case = scene.hear(f"@acme {evil}", url="https://x.example/'\"><script>alert(2)</script>")
    who: Signed = signed_in(scene.ports, scene.ana)
    for path in ("/inbox", f"/cases/{case.id}", f"/inbox?q={evil}"):
        html = client.get(path, headers=who.headers).text
        assert "<script>alert" not in html
        assert "<img src=x" not in html
        assert "<a hx-get" not in html
        assert "{{7*7}}" in html, "a template's marks in a text are only text"
