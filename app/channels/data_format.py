"""Recorded streams in row form, made into mentions of the contract: the shape used by research sets and by our benchmarks.

A row is ``{id, platform, created_at, author_handle, author_name, text, lang, in_reply_to, labels}``. Labels are answers of a
benchmark, so none of them reaches the mention; only the brand and the conversation, which the network would have told too.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

from app.core.errors import Invalid

_SLUGS: Final = {"twitter": "x"}
_HANDLE: Final = re.compile(r"(?<![\w@])@\w{1,30}")
_NEEDED: Final = ("id", "created_at", "author_handle", "text")


def is_brand_answer(row: Mapping[str, Any]) -> bool:
    """Whether the row is the brand's own post, which is no mention of a customer."""
    return _labels(row).get("inbound") is False


def mention_of(row: Mapping[str, Any]) -> dict[str, Any]:
    """The row as a mention, ready for ``parse_mention``.

    The account is ``labels.brand`` without spaces, else the first @handle of the text, else "". Raises Invalid when the
    row lacks what a mention cannot do without.
    """
    lacking = [field for field in _NEEDED if row.get(field) is None]
    if lacking:
        raise Invalid(
            f"The row has no {' and no '.join(lacking)}: only rows of recorded streams can be imported as mentions.",
            errors=[{"loc": [field], "msg": "is missing: give it, or leave the row out"} for field in lacking],
        )
    labels, platform = _labels(row), str(row.get("platform") or "generic").strip().lower()
    return {
        "network": _SLUGS.get(platform, platform),
        "account": _account(labels.get("brand"), row["text"]),
        "external_id": row["id"],
        "text": row["text"],
        "created_at": row["created_at"],
        "kind": "reply" if row.get("in_reply_to") else "mention",
        "author": {"handle": row["author_handle"], "name": row.get("author_name") or ""},
        "in_reply_to": row.get("in_reply_to"),
        "thread": labels.get("conversation"),
        "lang": row.get("lang"),
    }


def _labels(row: Mapping[str, Any]) -> Mapping[str, Any]:
    labels = row.get("labels")
    return labels if isinstance(labels, Mapping) else {}


def _account(brand: object, text: object) -> str:
    if isinstance(brand, str) and brand.strip():
        return "@" + "".join(brand.split())
    first = _HANDLE.search(text) if isinstance(text, str) else None
    return first[0] if first else ""
