"""Frozen records as JSON: times as RFC 3339 in UTC with milliseconds, names as they stand in the record."""

import json
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from typing import Any, Generic, TypeVar

from pydantic import BaseModel
from starlette.responses import Response

from app.core.clock import rfc3339

T = TypeVar("T")


class Items(BaseModel, Generic[T]):
    """A page of a list; ``next`` is the cursor of the following one, null at the end."""

    items: list[T]
    next: str | None


def answer(value: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """A JSON answer of a record, or of anything made of records."""
    text = json.dumps(plain(value), ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return Response(text.encode("utf-8", "replace"), status_code=status, headers=headers, media_type="application/json")


def nothing() -> Response:
    """204: it is done, or there is nothing, and nothing to say."""
    return Response(status_code=204)


def plain(value: Any) -> Any:
    """The record as JSON values."""
    if value is None or isinstance(value, str | int | float):
        return value
    if isinstance(value, datetime):
        return rfc3339(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, dict):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, BaseModel):
        return plain(value.model_dump(by_alias=True))
    if is_dataclass(value):
        return {f.name: plain(getattr(value, f.name)) for f in fields(value)}
    return [plain(v) for v in value]
