"""Old page + pushed fragments == fresh page, for every deed, on the pages of others who look on."""

from collections.abc import Callable
from typing import Final

import pytest
from starlette.testclient import TestClient

from app.core.asker import Asker
from app.core.events import EVENT_KINDS
from app.engine.ports import Ports
from app.web.live.feed import Feed
from tests.support import answers, deeds
from tests.support.people import signed_in
from tests.support.scene import Scene
from tests.support.screen import Screen
from tests.support.stories import STORIES

OF_A_CASE: Final = ("case.", "reply.", "mention.", "matter.", "clock.", "note.", "checklist.", "priority.")
NEVER_SAID: Final = {"reply.drafted": "half-written words are nobody's news; the kind is kept for programs that read old logs"}
VIEWS: Final = ("all", "mine", "risk", "due", "approvals", "legal", "snoozed", "bulk", "done")

TOLD_IN: Final = (deeds, answers)  # importing them is what fills STORIES

Open = Callable[[Asker, str], Screen]


@pytest.fixture
def open_screen(ports: Ports, client: TestClient) -> Open:
    """Opens a page as somebody."""
    feed = Feed(ports)
    return lambda asker, path: Screen(client, ports, signed_in(ports, asker), path, feed)


def everything_open(scene: Scene, case: str, sibling: str, open_screen: Open) -> list[Screen]:
    """The case as each role sees it, a neighbour's page, and the inbox in every view."""
    people = (scene.ana, scene.ben, scene.tim, scene.sue, scene.leo)
    screens = [open_screen(who, f"/cases/{case}") for who in people]
    screens.append(open_screen(scene.ben, f"/cases/{sibling}"))
    screens += [open_screen(scene.ben, f"/inbox?view={view}") for view in VIEWS]
    screens += [
        open_screen(scene.ana, path) for path in ("/inbox?view=mine", "/inbox?view=all&assignee=none", "/inbox?view=all&queue=care")
    ]
    customer = scene.case(case).customer_id
    return [
        *screens,
        open_screen(scene.leo, "/legal"),
        open_screen(scene.sue, "/approvals"),
        open_screen(scene.ben, f"/customers/{customer}"),
    ]


@pytest.mark.parametrize("name", sorted(STORIES))
def test_old_page_and_fragments_are_the_fresh_page(name: str, scene: Scene, open_screen: Open) -> None:
    story = STORIES[name]
    case = scene.hear(id="post1").id
    sibling = scene.hear("same here @acme, waiting for a week", handle="ana_k", in_reply_to="post1").id
    scene.hear("@acme love the new app, thank you so much!", handle="fan")
    scene.clock.move(seconds=1)
    before = len(scene.events())
    deeds = story.deeds(scene, case)
    for _ in range(story.prelude):
        next(deeds)
    screens = everything_open(scene, case, sibling, open_screen)
    for screen in screens:
        screen.catch_up()
    for number, _ in enumerate(deeds, 1):
        for place, screen in enumerate(screens):
            if (number + place) % 2:
                screen.cut()  # every other page resumes by its cursor, the others go on being told
        for screen in screens:
            screen.catch_up()
            assert not (found := screen.differences()), "\n".join([f"{screen}, after step {number}:", *found])
            assert not (found := screen.dead_buttons()), "\n".join([f"{screen}, after step {number}:", *found])
        scene.clock.move(milliseconds=5)  # no two deeds of people fall into one moment
    for screen in screens:
        if screen.path.startswith("/inbox"):
            screen.press_pill()
            assert not (found := screen.differences()), "\n".join([f"{screen}, with the list fetched afresh:", *found])
    assert story.kinds <= {e.kind for e in scene.events()[before:]}


def test_every_event_of_a_case_has_its_story() -> None:
    told = frozenset[str]().union(*(story.kinds for story in STORIES.values()))
    missing = {kind for kind in EVENT_KINDS if kind.startswith(OF_A_CASE)} - told - set(NEVER_SAID)
    assert not missing, f"no story in tests/support/ leaves {sorted(missing)}"
    assert not (said := told & set(NEVER_SAID)), f"{said} is said after all"
