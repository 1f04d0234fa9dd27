"""Pages by key: a list continues after the last row seen, never by an offset that grows with history."""

import base64
import binascii
import json
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

from app.core.errors import Invalid

T = TypeVar("T")

DEFAULT_LIMIT: Final = 50
MAX_LIMIT: Final = 200


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page; ``next`` is the cursor of the following one, None at the end."""

    items: tuple[T, ...]
    next: str | None


def encode_cursor(key: list[Any]) -> str:
    """An opaque cursor for the sort key of the last row of a page."""
    return base64.urlsafe_b64encode(json.dumps(key, separators=(",", ":")).encode()).decode().rstrip("=")


def decode_cursor(cursor: str, length: int) -> list[Any]:
    """The sort key a cursor holds; raises Invalid when it is not one of ours."""
    try:
        key = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (binascii.Error, ValueError, UnicodeError, RecursionError):
        key = None
    if not isinstance(key, list) or len(key) != length or not all(isinstance(k, str | int | float) for k in key):
        raise Invalid(
            "This cursor is not one we gave: start again without it.", errors=[{"loc": ["query", "cursor"], "msg": "unknown cursor"}]
        )
    return key
