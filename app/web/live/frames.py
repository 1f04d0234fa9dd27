"""What goes over the socket, as bytes made once: each region is encoded once a run of news, each frame once for all who are sent it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from app.engine.cursor import Cursor
from app.engine.sockets import text_frame
from app.web.live.watch import Region

_PATCH: Final = '{"type":"patch","seq":%d,"cursor":"%s","regions":[%s],"notices":%s}'


@dataclass(frozen=True, slots=True)
class Frame:
    """One message: its text, and the same as it stands on the wire."""

    text: str
    wire: bytes


def frame_of(message: dict[str, Any]) -> Frame:
    """A message of its own."""
    return _frame(_json(message))


def reset_frame(cursor: Cursor, *, spread: bool = False) -> Frame:
    """Fetch the page afresh, then go on from here; with ``spread`` in one's own time, because all others do so too."""
    return frame_of({"type": "reset", "head": cursor.seq, "cursor": str(cursor), "spread": spread})


def beat_frame(cursor: Cursor) -> Frame:
    """All up to here has been handed out."""
    return frame_of({"type": "beat", "head": cursor.seq, "cursor": str(cursor)})


def region_json(region: Region) -> str:
    """A region in the form of a patch. Of a row that is in no view only the reason is told: its looks are nobody's news."""
    if not region.in_view:
        return _json({"id": region.id, "html": None, "in_view": False, "left_because": region.left_because})
    if not region.html:
        return _json({"id": region.id, "html": None, "in_view": True, "band": region.band, "by": region.by})
    return _json({"id": region.id, "html": region.html, "in_view": True})


class Patches:
    """The patches of one run of news: equal ones are one frame, whoever they are for."""

    def __init__(self, cursor: Cursor) -> None:
        self._cursor = cursor
        self._regions: dict[Region, str] = {}
        self._frames: dict[tuple[str, ...], Frame] = {}

    def frame(self, regions: Sequence[Region], notices: Sequence[dict[str, Any]] = ()) -> Frame:
        """The patch of these regions."""
        parts = tuple(self._encoded(region) for region in regions)
        said = _json(list(notices))
        key = (*parts, said)
        if (made := self._frames.get(key)) is None:
            made = _frame(_PATCH % (self._cursor.seq, self._cursor, ",".join(parts), said))
            self._frames[key] = made
        return made

    def _encoded(self, region: Region) -> str:
        if (made := self._regions.get(region)) is None:
            self._regions[region] = made = region_json(region)
        return made


def _frame(text: str) -> Frame:
    return Frame(text, text_frame(text))


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
