"""The bell: what the rules tell a person is counted on every page of theirs, pushed to them alone, and theirs to read."""

from starlette.testclient import TestClient

from app.actions.release_case import assign_case
from app.cases.model import Case
from app.web.live.feed import Feed
from tests.support.people import signed_in
from tests.support.scene import Scene
from tests.support.screen import Screen
from tests.web.test_legal import send, show


def miss(scene: Scene, case: Case) -> None:
    """Let the target of the case pass, within the life of a session."""
    due_at = scene.case(case.id).due_at
    assert due_at is not None
    scene.clock.set(due_at)
    scene.pass_time(seconds=1)


def test_a_notice_rings_on_the_page_that_is_open_and_on_nobody_elses(scene: Scene, client: TestClient) -> None:
    case = scene.hear()
    assign_case(scene.ports, scene.sue, case.id, scene.ana.person())
    feed = Feed(scene.ports)
    mine, other = (Screen(client, scene.ports, signed_in(scene.ports, who), "/notices", feed) for who in (scene.ana, scene.ben))
    assert "Nothing that you have not read." in show(client, mine.who, "/notices")
    miss(scene, case)
    for screen in (mine, other):
        screen.catch_up()
        assert not screen.differences()
    assert "<b>A target is missed</b>" in show(client, mine.who, "/notices")
    assert '<span class="muted">A target is missed' not in show(client, mine.who, "/notices"), (
        "a rule named like what happened says no more"
    )
    assert case.author_handle in show(client, mine.who, "/notices")
    assert "Nothing that you have not read." in show(client, other.who, "/notices")


def test_who_comes_back_finds_the_bell_rung_meanwhile(scene: Scene, client: TestClient) -> None:
    case = scene.hear()
    assign_case(scene.ports, scene.sue, case.id, scene.ana.person())
    screen = Screen(client, scene.ports, signed_in(scene.ports, scene.ana), "/policies", Feed(scene.ports))
    screen.cut()
    miss(scene, case)
    screen.catch_up()
    assert not screen.differences()


def test_opening_a_notice_reads_it_and_all_can_be_read_at_once(scene: Scene, client: TestClient) -> None:
    case = scene.hear()
    assign_case(scene.ports, scene.sue, case.id, scene.ana.person())
    miss(scene, case)
    ana = signed_in(scene.ports, scene.ana)
    page = show(client, ana, "/notices")
    first = page.split('id="notice-0')[1].split('"')[0]
    first = f"0{first}"
    send(client, ana, f"/notices/{first}/open?case={case.id}")
    assert first not in show(client, ana, "/notices")
    send(client, ana, "/notices/read")
    assert "Nothing that you have not read." in show(client, ana, "/notices")
