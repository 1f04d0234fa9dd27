"""The frozen copy: what was said, by whom and when, as it stood when a matter was opened, with a hash that proves it unchanged.

Canonical form: JSON with sorted keys, no white space, UTF-8, times in RFC 3339 UTC with microseconds, no floats. The hash is
SHA-256 of those bytes, so that anyone can check it with standard tools.
"""

import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

FORMAT: Final = 1  # raised when the form of the copy changes; old copies keep theirs


@dataclass(frozen=True, slots=True)
class Revision:
    """An earlier wording of a mention and when we learnt of it."""

    text: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Said:
    """One mention to be frozen. ``edits`` are its earlier wordings, oldest first; ``deleted_at`` is set if it is gone at the source."""

    id: str
    network: str
    instance: str
    external_id: str
    url: str | None
    text: str
    author_external_id: str
    author_handle: str
    author_name: str
    created_at: datetime
    received_at: datetime
    edited_at: datetime | None = None
    deleted_at: datetime | None = None
    edits: tuple[Revision, ...] = ()


@dataclass(frozen=True, slots=True)
class Frozen:
    """The copy and its hash (SHA-256, hexadecimal)."""

    copy: dict[str, Any]
    hash: str


def freeze(said: Iterable[Said], at: datetime) -> Frozen:
    """The mentions in order of time as a frozen copy made at ``at``."""
    mentions = sorted(said, key=lambda s: (s.created_at, s.id))
    copy = {"format": FORMAT, "frozen_at": _time(at), "mentions": [_mention(s) for s in mentions]}
    return Frozen(copy, hash_of(copy))


def canonical(copy: Mapping[str, Any]) -> bytes:
    """The bytes that are hashed, whatever order a database gave the keys back in."""
    return json.dumps(copy, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "surrogatepass")


def hash_of(copy: Mapping[str, Any]) -> str:
    """The hash of a copy."""
    return hashlib.sha256(canonical(copy)).hexdigest()


def is_intact(copy: Mapping[str, Any], kept_hash: str) -> bool:
    """Whether the copy is the one that was hashed."""
    return hmac.compare_digest(hash_of(copy), kept_hash)


def _mention(s: Said) -> dict[str, Any]:
    return {
        "id": s.id,
        "network": s.network,
        "instance": s.instance,
        "external_id": s.external_id,
        "url": s.url,
        "text": s.text,
        "author": {"external_id": s.author_external_id, "handle": s.author_handle, "name": s.author_name},
        "created_at": _time(s.created_at),
        "received_at": _time(s.received_at),
        "edited_at": _time(s.edited_at),
        "deleted_at": _time(s.deleted_at),
        "edits": [{"text": r.text, "at": _time(r.at)} for r in s.edits],
    }


def _time(at: datetime | None) -> str | None:
    return None if at is None else at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
