"""Old page + pushed fragments == fresh page, for every deed, on the pages of others who look on."""

import inspect
import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest
from starlette.testclient import TestClient

from app.core.asker import Asker
from app.core.events import EVENT_KINDS
from app.engine.ports import Ports
from app.web.live.feed import Feed
from tests.conftest import ROOT
from tests.support import answers, changes, deeds, ruled
from tests.support import desk as desk_module
from tests.support import scene as scene_module
from tests.support.people import signed_in
from tests.support.scene import Scene
from tests.support.screen import Screen
from tests.support.stories import STORIES

NEVER_SAID: Final = {
    "intake.parked": "the health page is fetched, not pushed; no page of a case shows the intake",
    "intake.retried": "as intake.parked",
    "notice.sent": "rung on the pages of those who are told: tests/web/test_notices.py",
    "cluster.grew": "kept for programs that read old logs; likeness is counted on the wallboard",
    "spike.started": "shown on the wallboard, which is made anew every second: tests/web/test_wallboard.py",
    "spike.ended": "as spike.started",
    "queue.added": "every open case fetches itself: tests/web/test_case.py; other lists of queues are read when their page is fetched",
    "queue.changed": "as queue.added",
}
"""Kinds without a story, and why an open page need not follow them."""
BY_JOBS: Final = {"deliver_due(": "deliver_reply", "settle_due(": "reconcile_reply", "fire_due(": "fire_timer"}
NO_VERB_OF_A_PAGE: Final = {
    "empty_history": "a step of erase_customer",
    "move_history": "a step of merge_customers and unmerge_customer",
    "follow_customer": "a step of what changes customers",
    "carry_out": "a step of whatever asks the rules",
    "fire_rule_timer": "a step of fire_timer",
    "open_matters": "a step of whatever asks the rules",
    "raise_matter": "a step of fire_timer, where nobody at the desk of a matter took it up",
    "count_undone": "a step of what undoes a rule's choice; the counts are shown with the rules and fetched, not pushed",
    "add_queue": "as its event, queue.added",
    "follow_queues": "as its event, queue.changed",
    "take_back_unopened": "a step of fire_timer, told by the same event as a claim that lapses",
    "reply_by_rule": "a step of whatever asks the rules",
    "follow_score": "a step of edits and of what changes customers",
    "import_mentions": "puts rows into the intake, as accept_mentions does; receive_mentions tells of them",
    "repair_intake": "moves rows of the intake, which no live page shows",
    "note_seen": "says nothing that an open page shows",
    "push_cases": "gives cases as assign_case does, by the same event",
    "make_call": "a program elsewhere hears of it; the health page is fetched, not pushed",
    "retry_call": "as make_call",
    "watch_spikes": "the wallboard is made anew every second",
    "read_notices": "nobody else's page knows of it, and the reader's own is fetched with the redirect; tests/web/test_notices.py",
    "open_workspace": "before anybody can have a page open",
}
VIEWS: Final = ("all", "mine", "risk", "due", "approvals", "legal", "snoozed", "bulk", "done")

TOLD_IN: Final = (deeds, answers, changes, ruled)  # importing them is what fills STORIES

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
        open_screen(scene.ana, "/rules"),
        open_screen(scene.ana, "/policies"),
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


def test_every_kind_of_event_has_its_story() -> None:
    told = frozenset[str]().union(*(story.kinds for story in STORIES.values()))
    missing = EVENT_KINDS - told - set(NEVER_SAID)
    assert not missing, f"no story in tests/support/ leaves {sorted(missing)}, and nothing says why none is needed"
    assert not (said := told & set(NEVER_SAID)), f"{said} is said after all"


def test_every_verb_has_its_story() -> None:
    """A verb that no story uses, here or in the steps of the scene, is named with what it cannot change on an open page."""
    told = "".join(inspect.getsource(module) for module in (*TOLD_IN, scene_module, desk_module))
    named = set(re.findall(r"from app\.actions\.(\w+) import", told)) | {verb for word, verb in BY_JOBS.items() if word in told}
    steps = {Path(path).stem for path in tomllib.loads((ROOT / "tests/house/walls.toml").read_text())["steps"]}
    verbs = {path.stem for path in (ROOT / "app/actions").glob("*.py")} - {"__init__"} - steps
    missing = verbs - named - set(NO_VERB_OF_A_PAGE)
    assert not missing, f"no story in tests/support/ does {sorted(missing)}, and nothing says why none is needed"
    assert not (done := named & set(NO_VERB_OF_A_PAGE)), f"{done} has a story after all"
