"""The wallboard: equal when pushed and when fetched, its figures in words, the same look for every wall of a moment."""

import asyncio
from collections.abc import Callable

import pytest
from starlette.testclient import TestClient

from app.actions.set_presence import set_presence
from app.core.asker import Asker
from app.engine.ports import Ports
from app.web.live.feed import Feed
from app.web.live.watch import Watch
from app.web.pages import wallboard
from tests.support import answers, deeds
from tests.support.people import hire, signed_in
from tests.support.scene import Scene
from tests.support.screen import Screen
from tests.support.stories import STORIES

TOLD_IN = (deeds, answers)  # importing them is what fills STORIES

REGIONS = ("board-now", "board-response", "board-volume", "board-stage", "board-people")
Wall = Callable[[Asker], Screen]


@pytest.fixture
def wall(ports: Ports, client: TestClient) -> Wall:
    """Opens a wallboard as somebody."""
    feed = Feed(ports)
    return lambda asker: Screen(client, ports, signed_in(ports, asker), "/wallboard", feed)


def said(screen: Screen, region: str) -> str:
    """The words of a region as it stands on the screen."""
    found = screen.page.by_id(region)
    assert found is not None
    return found.text()


@pytest.mark.parametrize("name", sorted(STORIES))
def test_old_board_and_fragments_are_the_fresh_board(name: str, scene: Scene, wall: Wall) -> None:
    case = scene.hear(id="post1").id
    screen = wall(scene.sue)
    for number, _ in enumerate(STORIES[name].deeds(scene, case), 1):
        screen.tick()
        fresh = screen.fresh()
        for region in REGIONS:
            old, new = screen.page.by_id(region), fresh.by_id(region)
            assert old is not None
            assert new is not None
            assert old.plain() == new.plain(), f"{region} after step {number}"


def test_figures_move(scene: Scene, wall: Wall) -> None:
    screen = wall(scene.ana)
    assert all(screen.page.by_id(region) is not None for region in REGIONS)
    assert "Nobody waits on us" in said(screen, "board-now")
    assert "No answer yet" in said(screen, "board-response")
    assert said(screen, "board-stage").count("Not enough data yet") >= 3
    case = scene.hear().id
    screen.tick()
    assert "Open 1 1 not taken" in said(screen, "board-now")
    assert "X X 1" in said(screen, "board-volume")
    scene.send(scene.ana, case)
    scene.deliver()
    screen.tick()
    assert "On goal" in said(screen, "board-response")
    assert "1 of 1" in said(screen, "board-response")
    assert "Open 0" in said(screen, "board-now")


def test_a_missed_deadline_is_red_with_its_word(scene: Scene, wall: Wall) -> None:
    scene.hear("@acme I am stranded at the airport right now, my flight was cancelled, help urgently!!")
    screen = wall(scene.ana)
    scene.pass_time(hours=5)
    screen.tick()
    assert "Overdue 1 Past the deadline" in said(screen, "board-now")
    assert "1 overdue today and not answered" in said(screen, "board-response")


def test_presence_and_load(scene: Scene, wall: Wall) -> None:
    screen = wall(scene.sue)
    assert "Available 4 Busy 0 Away 0" in said(screen, "board-people")
    for who in (scene.ana, scene.ben, scene.tim, scene.sue):
        set_presence(scene.ports, scene.sue, "away", person=who.person())
    screen.tick()
    assert "Available 0 Nobody is there" in said(screen, "board-people")


def test_one_look_serves_every_wall_of_the_moment(scene: Scene) -> None:
    scene.hear()
    with scene.ports.db.read() as conn:
        first, second = (
            wallboard.regions(Watch(scene.ports, conn, signed_in(scene.ports, who).visitor, "", (), {})) for who in (scene.ana, scene.sue)
        )
    assert [r.id for r in first] == list(REGIONS)
    assert all(one is other for one, other in zip(first, second, strict=True))


def test_who_may_see_it(scene: Scene, client: TestClient) -> None:
    trainee = signed_in(scene.ports, scene.tim)
    assert client.get("/wallboard", headers=trainee.headers).status_code == 403
    auditor = signed_in(scene.ports, hire(scene.ports, "Aud", "auditor"))
    assert client.get("/wallboard", headers=auditor.headers).status_code == 200


def test_walls_are_made_once_a_second_and_not_at_each_event(wall: Wall, scene: Scene) -> None:
    screen = wall(scene.ana)
    screen.catch_up()
    for n in range(5):
        scene.hear(handle=f"author{n}")
        asyncio.run(screen.feed.once())
    frames = screen.catch_up()
    assert len(frames) < 5, "the first run ticked, those that came at once after it did not"


def test_a_wall_gets_what_happened_since_the_last_tick(wall: Wall, scene: Scene) -> None:
    screen = wall(scene.ana)
    scene.hear(handle="author")
    screen.tick()
    assert screen.page.by_id("board-now").plain() == screen.fresh().by_id("board-now").plain()
