"""The policies in force, and their versions. They are changed as files, by ``earshot rules apply``."""

import re
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from app.api.answers import Items, answer
from app.api.reading import asker_of, in_thread, ports_of
from app.core.errors import NotFound
from app.door.entry import Entry, needs
from app.queries.api_policies import PolicyRecord, PolicyStep, api_policies, api_policy, api_policy_history

_ID: Final = re.compile(r"[a-z0-9_-]{1,60}")


async def listed(request: Request) -> Response:
    """Every policy in force."""
    return answer({"items": await in_thread(api_policies, ports_of(request), asker_of(request)), "next": None})


async def shown(request: Request) -> Response:
    """One policy in force."""
    return answer(await in_thread(api_policy, ports_of(request), asker_of(request), _id(request)))


async def versions(request: Request) -> Response:
    """Its history, the newest version first."""
    return answer({"items": await in_thread(api_policy_history, ports_of(request), asker_of(request), _id(request)), "next": None})


def _id(request: Request) -> str:
    id: str = request.path_params["policy"]
    if not _ID.fullmatch(id):
        raise NotFound("There is no policy of that name.")
    return id


ENTRIES: Final = (
    Entry("GET", "/api/v1/policies", listed, needs("policies.read"), summary="The policies in force.", answer=Items[PolicyRecord],
          tag="Policies"),
    Entry("GET", "/api/v1/policies/{policy}", shown, needs("policies.read"), summary="One policy in force with its checklist.",
          answer=PolicyRecord, fails=(404,), tag="Policies"),
    Entry("GET", "/api/v1/policies/{policy}/versions", versions, needs("policies.read"), summary="A policy's versions, newest first.",
          answer=Items[PolicyStep], fails=(404,), tag="Policies"),
)  # fmt: skip
