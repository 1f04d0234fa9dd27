"""A desk with the API alone, as a program meets it: tokens, people by role, mentions delivered and understood."""

from dataclasses import dataclass, field
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.testclient import TestClient

from app.api.errors import api_errors
from app.api.table import API_ENTRIES, allowed_methods
from app.core.errors import DeskError
from app.core.roles import Role, Scope
from app.door.guard import routes_of
from app.door.problems import problem_of
from app.engine.ports import Ports
from app.jobs.intake import one_batch
from app.people import store as people


def api_app(ports: Ports) -> Starlette:
    """The API without the pages."""

    def answer_error(_: Request, error: DeskError) -> Response:
        return problem_of(error)

    return Starlette(routes=list(routes_of(API_ENTRIES, ports, answer_error)), exception_handlers=dict(api_errors(allowed_methods)))


@dataclass
class Desk:
    """The desk as a program sees it."""

    ports: Ports
    client: TestClient
    people: dict[Role, str] = field(default_factory=dict)
    made: int = 0

    def token(self, scope: Scope, role: Role | None = None) -> str:
        """A new token; with a role, for the person of that role."""
        self.made += 1
        secret = f"secret-{self.made}-{scope}-{role}"
        with self.ports.db.write() as tx:
            people.add_token(tx, secret=secret, name=secret[:80], scope=scope, person=self.people[role] if role else None)
        return secret

    def headers(self, scope: Scope, role: Role | None = None) -> dict[str, str]:
        """The header of a new token."""
        return {"Authorization": f"Bearer {self.token(scope, role)}"}

    def deliver(self, *mentions: dict[str, Any]) -> None:
        """Post mentions and let the pipeline run until none waits."""
        answer = self.client.post("/api/v1/mentions", json=list(mentions), headers=self.headers("ingest"))
        assert answer.status_code == 202, answer.text
        assert answer.json()["rejected"] == 0, answer.text
        while one_batch(self.ports):
            pass

    def opened(self, **said: Any) -> dict[str, Any]:
        """The case that one new mention opens."""
        self.made += 1
        handle = f"author{self.made:04}"
        self.deliver(a_mention(**{"external_id": handle, "author": {"handle": handle}} | said))
        found = self.client.get("/api/v1/cases", params={"q": handle}, headers=self.headers("read")).json()["items"]
        assert len(found) == 1
        return self.case(found[0]["id"])

    def case(self, id: str) -> dict[str, Any]:
        """The case as it stands."""
        answer = self.client.get(f"/api/v1/cases/{id}", headers=self.headers("read"))
        assert answer.status_code == 200, answer.text
        return answer.json()


def a_mention(**other: Any) -> dict[str, Any]:
    """A mention of the contract."""
    mention = {
        "network": "x", "account": "@acme_air", "external_id": "1", "text": "My bag is lost and nobody answers, please help me",
        "created_at": "2026-03-02T11:59:00Z", "author": {"handle": "cairdin", "name": "Cai", "followers": 312},
    }  # fmt: skip
    return mention | other


def ticked(case: dict[str, Any]) -> dict[str, bool]:
    """Every item of the case's checklist ticked."""
    return {item["id"]: True for item in (case["checklist"] or {"items": []})["items"]}
