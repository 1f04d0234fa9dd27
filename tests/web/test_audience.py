"""Who is sent the same bytes, how often they are made, and how long the feed rests."""

import json
from dataclasses import replace

import pytest

from app.core.asker import Asker, asker_of
from app.core.ids import PersonId
from app.core.roles import Role
from app.door.identity import Visitor
from app.engine.cursor import START, Cursor
from app.engine.sockets import text_frame
from app.web.live.audience import SENT_BOUND, Audience, Subscriber, audience_of, is_shared, key_of
from app.web.live.frames import Patches, frame_of
from app.web.live.pace import LEAST_SECONDS, MOST_SECONDS, Pace
from app.web.live.watch import Region


def viewer(name: str, role: Role = "agent", page: str = "inbox:view=all") -> Subscriber:
    """Somebody with a page open."""
    kind, _, args = page.partition(":")
    asker: Asker = asker_of(role, PersonId(name), name)
    return Subscriber(Visitor(asker, None, f"session of {name}", "csrf"), kind, args, START)


@pytest.mark.parametrize(
    ("page", "shared"),
    [
        ("inbox:", True), ("inbox:view=all", True), ("inbox:view=risk&queue=care", True), ("inbox:view=mine", False),
        ("inbox:view=all&assignee=me", False), ("wallboard:", True), ("none:", True), ("case:c1", False), ("customer:k1", False),
        ("rules:", False), ("anything else:", False),
    ],
)  # fmt: skip
def test_a_page_with_ones_own_things_is_shared_with_nobody(page: str, shared: bool) -> None:
    kind, _, args = page.partition(":")
    assert is_shared(kind, args) is shared
    assert (key_of(viewer("ana", page=page)) == key_of(viewer("ben", page=page))) is shared
    assert key_of(viewer("ana", page=page)) == key_of(viewer("ana", page=page)), "two tabs of one person are one audience"


def test_other_rights_are_another_audience() -> None:
    assert key_of(viewer("ana")) != key_of(viewer("ana", "supervisor"))
    other = viewer("ben")
    other.visitor = replace(other.visitor, asker=replace(other.visitor.asker, permissions=frozenset({"cases.read"})))
    assert key_of(viewer("ana")) != key_of(other)


def test_a_shared_page_is_made_for_nobody_in_particular() -> None:
    stands_for = audience_of(viewer("ana")).visitor
    assert (stands_for.asker.person_id, stands_for.asker.actor.name, stands_for.session, stands_for.csrf) == (None, "", None, "")
    assert audience_of(viewer("ana", page="case:c1")).visitor.asker.person_id == "ana"


def test_only_what_changed_is_news_and_the_memory_has_a_bound() -> None:
    audience = Audience(viewer("ana").visitor, "inbox", "")
    one, two = Region("row-1", "<li>"), Region("row-2", "<li>")
    assert audience.news([one, two]) == [one, two]
    assert audience.news([one, replace(two, html="<li>2")]) == [replace(two, html="<li>2")]
    assert audience.news([replace(one, in_view=False, left_because="done")]) == [replace(one, in_view=False, left_because="done")]
    for number in range(SENT_BOUND * 2):
        audience.news([Region(f"row-{number}", "")])
    assert len(audience.sent) <= SENT_BOUND


def test_equal_patches_are_one_frame() -> None:
    patches = Patches(Cursor(7, 1_000))
    region = Region("count-all", "<b>1</b>")
    frame = patches.frame([region])
    assert patches.frame([Region("count-all", "<b>1</b>")]) is frame
    assert patches.frame([region], [{"case": "c", "text": "x", "urgent": False}]) is not frame
    assert json.loads(frame.text) == {
        "type": "patch", "seq": 7, "cursor": "7-1000", "notices": [],
        "regions": [{"id": "count-all", "html": "<b>1</b>", "in_view": True}],
    }  # fmt: skip


def test_of_a_row_no_more_is_told_than_is_needed() -> None:
    patches = Patches(START)
    gone, new = Region("row-1", "<li>", in_view=False, left_because="done"), Region("row-2", "", band="urgent", by="@jo")
    assert json.loads(patches.frame([gone, new]).text)["regions"] == [
        {"id": "row-1", "html": None, "in_view": False, "left_because": "done"},
        {"id": "row-2", "html": None, "in_view": True, "band": "urgent", "by": "@jo"},
    ]


@pytest.mark.parametrize("size", [0, 1, 125, 126, 65_535, 65_536, 200_000])
def test_a_frame_is_framed_by_the_book(size: int) -> None:
    wire = text_frame("x" * size)
    assert wire[0] == 0x81
    told, begins = (wire[1], 2) if wire[1] < 126 else (int.from_bytes(wire[2:4]), 4) if wire[1] == 126 else (int.from_bytes(wire[2:10]), 10)
    assert (told, len(wire) - begins) == (size, size)


def test_letters_are_bytes_on_the_wire() -> None:
    assert frame_of({"text": "سفارش"}).wire.endswith('{"text":"سفارش"}'.encode())


def test_the_feed_rests_longer_as_a_run_costs_more_and_hardly_when_it_is_quiet() -> None:
    pace = Pace()
    assert pace.rest_seconds <= 0.01
    rests = []
    for _ in range(10):
        pace.took(0.03)
        rests.append(pace.rest_seconds)
    assert rests == sorted(rests)
    assert rests[-1] > 0.03
    pace.took(60.0)
    assert pace.rest_seconds == MOST_SECONDS
    pace.took(0.001)
    assert pace.rest_seconds == LEAST_SECONDS
