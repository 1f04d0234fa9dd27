"""What the loads say: recorded mentions where they lie beside the repository (EARSHOT_DATA), else the demo's own stream."""

import gzip
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any, Final

from app.demo import stream

_ROOT: Final = Path(__file__).resolve().parent.parent
_STREAM: Final = "stream_airline.jsonl.gz"
_START: Final = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Texts:
    """Mentions in the contract's form, and where they come from in words."""

    source: str
    mentions: tuple[dict[str, Any], ...]


def data_folder() -> Path | None:
    """The folder of recorded data, None where there is none."""
    folder = Path(os.environ.get("EARSHOT_DATA") or _ROOT.parent / "shared" / "data")
    return folder if (folder / _STREAM).is_file() else None


def texts(count: int) -> Texts:
    """So many mentions, each with an external id of its own."""
    folder = data_folder()
    if folder is not None:
        found = tuple(islice(_recorded(folder), count))
        if len(found) == count:
            return Texts("recorded airline tweets", found)
    return Texts("the demo stream, repeated", tuple(islice(_demo(), count)))


def _recorded(folder: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(folder / _STREAM, "rt", encoding="utf-8") as lines:
        for line in lines:
            post = json.loads(line)
            yield {
                "network": "x", "account": "@" + post["labels"]["brand"].lower().replace(" ", ""), "external_id": post["id"],
                "text": post["text"], "created_at": post["created_at"], "lang": post["lang"], "in_reply_to": post["in_reply_to"],
                "author": {"handle": post["author_handle"], "name": post["author_name"]},
            }  # fmt: skip


def _demo() -> Iterator[dict[str, Any]]:
    fresh = [m.as_sent(_START) for m in stream.mentions() if m.said_at_seconds == m.at_seconds and not m.body.get("deleted")]
    turn = 0
    while True:
        for body in fresh:
            author = body["author"]
            handle = f"{author.get('handle') or author.get('external_id')}_{turn}"
            yield body | {"external_id": f"{body['external_id']}-{turn}", "thread": None, "in_reply_to": None} | {
                "author": {"handle": handle, "name": author.get("name"), "followers": author.get("followers")}
            }  # fmt: skip
        turn += 1
