"""An open page without a browser: it is fetched, fed with the live feed's patches, and compared with the page fetched afresh.

``apply`` does what ``static/js/regions.js`` does with a frame: replace by id, append to the thread, keep rows in their
place, count new ones behind the pill, dim those that left.
"""

import asyncio
import difflib
import json
import re
from dataclasses import dataclass, field
from typing import Any, Final

from starlette.testclient import TestClient

from app.engine.cursor import newest, parsed
from app.engine.ports import Ports
from app.web.live.audience import Subscriber, audience_of
from app.web.live.edition import Editor, Wanted
from app.web.live.feed import Feed
from app.web.live.frames import Frame
from app.web.live.line import Line
from tests.support.markup import Node, parse
from tests.support.people import Signed

_HEAD: Final = re.compile(r'data-head="[\d-]+"')  # the cursor moves with every event of the desk
_OF_THE_CASE: Final = ("assign-queue", "tag-menu", "score-band")  # parts of menus that show the case itself
_SHOWN_LINES: Final = 30  # of one difference: the first lines tell which it is


class _Heard(Line):
    """A connection's way out that ends at the test."""

    def __init__(self) -> None:
        self.frames: list[Frame] = []
        self._gone = False

    @property
    def open(self) -> bool:
        """Until it is cut."""
        return not self._gone

    def put(self, frame: Frame) -> None:
        """Keep it."""
        self.frames.append(frame)

    def part(self, frame: Frame, code: int, reason: str) -> None:
        """Keep the last word."""
        self.frames.append(frame)
        self._gone = True

    def look_after(self, now: float) -> None:
        """It always reads."""

    def end(self) -> None:
        """Cut."""
        self._gone = True


@dataclass
class Screen:
    """One page of one person. Screens that share a feed are its connections: a run of it serves all of them."""

    client: TestClient
    ports: Ports
    who: Signed
    path: str
    feed: Feed
    page: Node = field(init=False)
    news: set[str] = field(init=False)
    left: dict[str, str] = field(init=False)
    notices: list[str] = field(init=False)
    subscriber: Subscriber = field(init=False)
    cursor: str = field(init=False)
    _line: _Heard = field(init=False)
    equal_to: str = field(init=False, default="")  # the html this page was last found equal to, as long as nothing was applied since

    def __post_init__(self) -> None:
        self.reload()

    def __str__(self) -> str:
        return f"{self.path} of {self.who.asker.actor.name}"

    def reload(self) -> None:
        """Open the page and join the feed at the head it was rendered at."""
        self.page = self.fresh()
        self.news, self.left, self.notices = set(), {}, []
        body = self.page.one("data-page")
        kind, _, args = body.attrs["data-page"].partition(":")
        self._join(kind, args, body.attrs["data-head"])

    def cut(self) -> None:
        """The socket is gone; the next one resumes by the cursor and knows nothing of what was sent before."""
        before = self.subscriber
        assert before.line is not None
        before.line.end()
        self.feed.leave(before)
        self._join(before.kind, before.args, self.cursor)

    def _join(self, kind: str, args: str, cursor: str) -> None:
        self.cursor, self._line = cursor, _Heard()
        self.subscriber = Subscriber(self.who.visitor, kind, args, parsed(cursor), self._line)
        self.feed.join(self.subscriber)

    def fresh(self) -> Node:
        """The page as it would be now."""
        return parse(self._html())

    def _html(self) -> str:
        answer = self.client.get(self.path, headers=self.who.headers)
        assert answer.status_code == 200, f"{self}: {answer.status_code}"
        return answer.text

    def catch_up(self) -> list[dict[str, Any]]:
        """Let the feed tell everyone what happened, and apply what came here."""
        if self._waiting():
            asyncio.run(self._run_the_feed())
        frames = [json.loads(frame.text) for frame in self._line.frames]
        self._line.frames.clear()
        for frame in frames:
            self.apply(frame)
        return [frame for frame in frames if frame["type"] != "beat"]

    def tick(self) -> None:
        """Apply what the feed makes once a second for pages whose figures move with time, whether or not something happened."""
        made = Editor(self.ports).edition(Wanted(parsed(self.cursor), [audience_of(self.subscriber)], unticked=()))
        for _, frame in made.patches:
            self.apply(json.loads(frame.text))

    def _waiting(self) -> bool:
        with self.ports.db.read() as conn:
            return self.subscriber.audience is None or self.feed.cursor != newest(conn)

    async def _run_the_feed(self) -> None:
        while self._waiting():
            await self.feed.once()

    def apply(self, frame: dict[str, Any]) -> None:
        """Apply one frame."""
        self.equal_to = ""
        if frame["type"] == "reset":
            self.reload()
            return
        if frame["type"] == "beat":
            self.cursor = frame["cursor"]
            return
        assert frame["type"] == "patch", frame
        self.cursor = frame["cursor"]
        before = self._standing()
        for region in frame["regions"]:
            self._region(region)
        if before != self._standing():
            self._take_menus_and_composer()
        self.notices += [n["text"] for n in frame["notices"]]

    def _standing(self) -> tuple[str, str, str] | None:
        head = self.page.by_id("case-head")
        return None if head is None else (head.attrs["data-can"], head.attrs["data-hold"], head.attrs["data-menus"])

    def _take_menus_and_composer(self) -> None:
        """Rights or menus changed: the script fetches the page, takes its menus, and the composer while nothing is written."""
        fresh = self.fresh()
        here, now = self.page.by_id("composer"), fresh.by_id("composer")
        if here is not None and now is not None and here.attrs["data-shape"] != now.attrs["data-shape"]:
            here.replace_with(now)
        for menu in fresh.having("popover"):
            old = self.page.by_id(menu.id)
            if old is None:
                self.page.append(menu)
            else:
                old.replace_with(menu)

    def _region(self, region: dict[str, Any]) -> None:
        here = self.page.by_id(region["id"])
        if region["id"].startswith("row-") and self.page.by_id("list") is not None:
            self._row(here, region)
        elif region["html"] and here is None:
            self._append(_element(region["html"]))
        elif region["html"] and here is not None:
            assert not here.inside("data-region", "fixed") or region["id"] == "undo", f"{self}: {region['id']} must never be pushed"
            here.replace_with(_element(region["html"]))

    def _row(self, here: Node | None, region: dict[str, Any]) -> None:
        id = region["id"]
        if here is None:
            (self.news.add if region["in_view"] else self.news.discard)(id)
        elif region["in_view"] and not region["html"]:
            self.reload()  # told as new, and yet it stands here: the list was fetched in between
        elif region["in_view"]:
            here.replace_with(_element(region["html"]))
            self.left.pop(id, None)
        else:
            assert region["left_because"], f"{self}: {id} left without a reason"
            self.left[id] = region["left_because"]

    def _append(self, element: Node) -> None:
        if "data-into" not in element.attrs:
            return  # a change of what this page does not show
        into = element.attrs["data-into"]
        box = self.page.by_id(into)
        assert box is not None, f"{self}: #{element.id} has no place on the page"
        assert box.attrs.get("data-region") == "append", f"{self}: #{into} does not grow"
        box.append(element)

    def differences(self) -> list[str]:
        """Where this page differs from the fresh one, as lines of a diff; empty when they are equal."""
        html = self._html()
        if (shown := _HEAD.sub("", html)) == self.equal_to:
            return []
        fresh, found = parse(html), []
        for now in fresh.having("data-region"):
            kind, old = now.attrs["data-region"], self.page.by_id(now.id)
            if old is None:
                found.append(f"#{now.id} is missing")
            elif kind == "replace":
                found += _diff(now.id, old.plain(), now.plain())
            elif kind == "append":
                found += _diff(now.id, "\n".join(c.plain() for c in old.elements()), "\n".join(c.plain() for c in now.elements()))
            elif kind == "list":
                found += self._rows(old, now)
        for id in _OF_THE_CASE:
            menu, old = fresh.by_id(id), self.page.by_id(id)
            if menu is not None and old is not None:
                found += _diff(id, old.plain(), menu.plain())
        shapes = [n.attrs.get("data-shape") for n in (self.page.by_id("composer"), fresh.by_id("composer")) if n is not None]
        found += ["the composer is of another shape"] if len(set(shapes)) > 1 else []
        self.equal_to = "" if found else shown
        return found

    def _rows(self, old: Node, now: Node) -> list[str]:
        ours = {n.id: n for n in old.walk() if n.id.startswith("row-")}
        theirs = {n.id: n for n in now.walk() if n.id.startswith("row-")}
        found = [line for id in ours if id in theirs and id not in self.left for line in _diff(id, ours[id].plain(), theirs[id].plain())]
        found += [f"{id} is dimmed ({self.left[id]}) but belongs here" for id in self.left if id in theirs]
        found += [f"{id} has left this view and is not dimmed" for id in ours if id not in theirs and id not in self.left]
        found += [f"{id} is new but the pill does not count it" for id in theirs if id not in ours and id not in self.news]
        found += [f"{id} is counted by the pill but is not in this view" for id in self.news if id not in theirs]
        return found

    def press_pill(self) -> None:
        """Fetch the list alone, as the pill does, and put it in."""
        answer = self.client.get(self.path, headers=self.who.headers | {"HX-Request": "true", "HX-Target": "div#list"})
        fresh, old = parse(answer.text).by_id("list"), self.page.by_id("list")
        assert fresh is not None
        assert old is not None
        old.replace_with(fresh)
        self.news, self.left, self.equal_to = set(), {}, ""

    def dead_buttons(self) -> list[str]:
        """Buttons that open a menu which is not on the page."""
        menus = [n.attrs["popovertarget"] for n in self.page.having("popovertarget")]
        return [f"a button opens #{menu}, which is not there" for menu in menus if self.page.by_id(menu) is None]


def _element(html: str) -> Node:
    elements = parse(html).elements()
    assert len(elements) == 1, f"a pushed region is one element: {html[:200]}"
    return elements[0]


def _diff(id: str, old: str, new: str) -> list[str]:
    if old == new:
        return []
    return [
        f"#{id}:",
        *list(difflib.unified_diff(old.splitlines(), new.splitlines(), "old page + fragments", "fresh page", lineterm="", n=1)),
    ]
