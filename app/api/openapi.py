"""Serves the OpenAPI document. It is made once, when it is asked for first, because it takes as long as a tenth of a start."""

import json
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import anyio.to_thread
from pydantic import BaseModel, ConfigDict
from starlette.requests import Request
from starlette.responses import Response

from app.api.document import document_of
from app.door.entry import PUBLIC, Entry


class OpenApi(BaseModel):
    """An OpenAPI 3.1 document."""

    model_config = ConfigDict(extra="allow")

    openapi: str
    info: dict[str, Any]
    paths: dict[str, Any]


def entries(resources: Sequence[Entry]) -> tuple[Entry, ...]:
    """The entry that serves the document of these entries and of itself."""

    @lru_cache(maxsize=1)
    def text() -> bytes:
        return json.dumps(document_of((*resources, own)), ensure_ascii=False).encode()

    async def document(_: Request) -> Response:
        """The document, the same for everyone."""
        return Response(await anyio.to_thread.run_sync(text), media_type="application/json", headers={"Cache-Control": "max-age=60"})

    own = Entry("GET", "/api/openapi.json", document, PUBLIC, summary="This document.", answer=OpenApi, tag="Document")
    return (own,)
