"""The floor: equal when pushed and when fetched, whole for a supervisor and quiet for a colleague, in an order that stays."""

import asyncio
import re
from typing import Any

import pytest
from starlette.testclient import TestClient

from app.actions.claim_case import claim_case
from app.actions.set_presence import set_presence
from app.core.asker import Asker
from app.engine.tabs import Tabs
from app.engine.viewers import enter, leave
from app.people import store as people
from app.people import store_shifts
from app.people.shifts import on_shift
from app.web.live.feed import Feed
from tests.support.people import hire, person, signed_in
from tests.support.scene import Scene
from tests.support.screen import Screen
from tests.web.test_bulk import sentence
from tests.web.test_people import post


def row(screen: Screen, who: Asker) -> str:
    """The words of a person's row as it stands on the screen."""
    found = screen.page.by_id(f"person-{who.person()}")
    assert found is not None
    return re.sub(r"\s+", " ", found.text())


def order(page: str) -> list[str]:
    """The people of a page in their order."""
    return re.findall(r'id="person-(\w+)"', page)


@pytest.mark.parametrize("role", ["sue", "ana"])
def test_what_is_pushed_is_what_a_fresh_page_shows(role: str, scene: Scene, client: TestClient) -> None:
    screen = Screen(client, scene.ports, signed_in(scene.ports, getattr(scene, role)), "/people", Feed(scene.ports))
    case = scene.hear().id
    deeds: list[Any] = [
        lambda: set_presence(scene.ports, scene.ben, "busy", "Meeting"),
        lambda: claim_case(scene.ports, scene.ben, case),
        lambda: set_presence(scene.ports, scene.ana, "away", "Lunch"),
    ]
    for deed in deeds:
        deed()
        scene.clock.move(seconds=2)
        screen.tick()
        fresh = screen.fresh()
        for id in (*(f"person-{who.person()}" for who in (scene.ana, scene.ben, scene.sue)), "floor-sums"):
            here, now = screen.page.by_id(id), fresh.by_id(id)
            assert here is not None
            assert now is not None
            assert here.text() == now.text()
    assert "Busy" in row(screen, scene.ben)
    assert "Meeting" in row(screen, scene.ben)


def test_a_supervisor_sees_who_does_what(scene: Scene, client: TestClient) -> None:
    tabs, case = Tabs(scene.ports.bus), scene.hear(handle="jo_harker").id
    claim_case(scene.ports, scene.ana, case)
    scene.send(scene.ana, case)
    scene.deliver()
    other = scene.hear(handle="kim_s").id
    claim_case(scene.ports, scene.ana, other)
    tabs.enter(1, scene.ana.person(), phone=False)
    tabs.enter(2, scene.ana.person(), phone=True)
    enter(other, 1, scene.ana.person(), "Ana")
    screen = Screen(client, scene.ports, signed_in(scene.ports, scene.sue), "/people", Feed(scene.ports))
    words = row(screen, scene.ana)
    leave(other, 1)
    tabs.leave(1, scene.ana.person())
    tabs.leave(2, scene.ana.person())
    tabs.close()
    for part in ("kim_s", "1 tab", "1 on a phone", "1/8", "1 today", "Presence", "Reassign", "Sign out"):
        assert part in words, part
    scene.clock.move(seconds=2)
    screen.tick()
    assert "No page open" in row(screen, scene.ana)
    quiet = Screen(client, scene.ports, signed_in(scene.ports, scene.ben), "/people", Feed(scene.ports))
    words = row(quiet, scene.ana)
    for part in ("kim_s", "tab", "today", "Reassign", "@desk.example", "No page open"):
        assert part not in words, part


def test_one_second_is_looked_at_once_for_all_who_may_see_the_same(scene: Scene, client: TestClient) -> None:
    """Count queries per socket event (Chatwoot 13536): a dozen supervisors cost one look."""
    feed = Feed(scene.ports)
    sue, kim = (
        Screen(client, scene.ports, signed_in(scene.ports, who), "/people", feed)
        for who in (scene.sue, hire(scene.ports, "Kim", "supervisor"))
    )
    asyncio.run(feed.once())
    assert sue.subscriber.audience is kim.subscriber.audience


@pytest.mark.parametrize("role", ["sue", "ana"])
def test_a_new_hire_comes_onto_the_open_pages_that_ask_for_them(role: str, scene: Scene, client: TestClient) -> None:
    who, feed = signed_in(scene.ports, getattr(scene, role)), Feed(scene.ports)
    everyone, agents, away = (
        Screen(client, scene.ports, who, path, feed) for path in ("/people", "/people?role=agent", "/people?presence=away")
    )
    zoe = hire(scene.ports, "Zoe", presence="available")
    scene.clock.move(seconds=2)
    for screen in (everyone, agents, away):
        screen.tick()
    assert "Zoe" in row(everyone, zoe)
    assert "Zoe" in row(agents, zoe)
    assert not everyone.differences()
    assert not agents.differences()
    assert away.page.by_id(f"person-{zoe.person()}") is None
    assert away.page.by_id(f"person-{scene.ana.person()}") is None, "nobody else comes onto a page that does not ask for them"


def test_who_is_asked_for_no_more_stays_in_place_with_the_truth(scene: Scene, client: TestClient) -> None:
    who, feed = signed_in(scene.ports, scene.sue), Feed(scene.ports)
    screen = Screen(client, scene.ports, who, "/people?presence=available&role=agent", feed)
    set_presence(scene.ports, scene.ben, "away", "Lunch")
    scene.clock.move(seconds=2)
    screen.tick()
    assert "Lunch" in row(screen, scene.ben)
    here, now = screen.page.by_id("floor-sums"), screen.fresh().by_id("floor-sums")
    assert here is not None
    assert now is not None
    assert here.text() == now.text(), "the sums are of those asked for"


def test_full_and_at_the_limit_are_said_in_words(scene: Scene, client: TestClient) -> None:
    with scene.ports.db.write() as tx:
        people.change(tx, scene.ana.person(), capacity=1, hard_capacity=2)
    screen = Screen(client, scene.ports, signed_in(scene.ports, scene.sue), "/people", Feed(scene.ports))
    assert "max 2" in row(screen, scene.ana)
    for count, word in ((1, "Full"), (2, "At the limit")):
        claim_case(scene.ports, scene.ana, scene.hear(handle=f"jo_{count}").id)
        scene.clock.move(seconds=2)
        screen.tick()
        assert word in row(screen, scene.ana)


def test_filters_and_orders(scene: Scene, client: TestClient) -> None:
    sue, zoe = signed_in(scene.ports, scene.sue), hire(scene.ports, "Zoe", queues=["vip"], presence="away")
    claim_case(scene.ports, scene.ben, scene.hear().id)

    def shown(query: str) -> list[str]:
        return order(client.get(f"/people?{query}", headers=sue.headers).text)

    assert shown("presence=away") == [zoe.person()]
    assert zoe.person() in shown("queue=vip")
    assert zoe.person() not in shown("queue=care")
    assert shown("role=legal") == [scene.leo.person()]
    assert shown("sort=load")[0] == scene.ben.person()
    assert shown("sort=due")[0] == scene.ben.person()
    assert shown("sort=presence")[-1] == zoe.person()
    assert shown("sort=nonsense") == shown("")


def test_presence_is_planned_and_changed_with_the_work(scene: Scene, client: TestClient) -> None:
    sue, at, case = signed_in(scene.ports, scene.sue), f"/people/{scene.ana.person()}", scene.hear().id
    claim_case(scene.ports, scene.ana, case)
    page = client.get(f"{at}/floor?do=presence", headers=sue.headers).text
    assert "1 case they hold" in page
    assert sentence(page).startswith("Ana becomes away."), "the form says what it would do before anything is chosen"
    _, page, _ = post(client, sue, f"{at}/plan", do="presence", presence="away", reason="Lunch", cases="queue")
    assert sentence(page) == "Ana becomes away (Lunch). 1 case goes back to care, 1 is being worked on."
    assert scene.case(case).assignee_name == "Ana"
    _, page, _ = post(client, sue, f"{at}/plan", do="reassign", cases="queue", choose="true")
    assert sentence(page) == "No case is chosen."
    _, _, to = post(client, sue, f"{at}/floor", do="presence", presence="away", reason="Lunch", cases="queue")
    assert sentence(client.get(to, headers=sue.headers).text).startswith("Ana is away (Lunch). 1 case went back to care")
    assert (person(scene.ports, scene.ana).presence, scene.case(case).assignee_name) == ("away", None)
    _, _, back = post(client, sue, f"{to}/undo?next=/people")
    assert back.startswith("/people?notice=Undone")
    assert (person(scene.ports, scene.ana).presence, scene.case(case).assignee_name) == ("available", "Ana")
    assert client.get(f"{at}/floor?do=dance", headers=sue.headers).status_code == 422
    ana = signed_in(scene.ports, scene.ana)
    assert client.get(f"{at}/floor?do=presence", headers=ana.headers).status_code == 403
    assert post(client, ana, f"{at}/floor", do="presence", presence="away")[0] == 403


def test_capacity_and_shifts_are_kept_and_what_is_wrong_is_named(scene: Scene, client: TestClient) -> None:
    sue, at = signed_in(scene.ports, scene.sue), f"/people/{scene.ana.person()}"
    form = {"role": "agent", "languages": "en", "skills": "", "queues": ["care"], "capacity": "4", "hard_capacity": "6"}
    week = "Mon-Fri 09:00-12:30, 13:00-17:00"
    assert post(client, sue, at, **form, shifts=week, zone="Europe/Berlin")[0] == 303
    page = client.get(f"/people?edit={scene.ana.person()}", headers=sue.headers).text
    assert f'value="{week}"' in page
    assert 'value="Europe/Berlin"' in page
    assert (person(scene.ports, scene.ana).capacity, person(scene.ports, scene.ana).hard_capacity) == (4, 6)
    with scene.ports.db.read() as conn:
        plan = store_shifts.plans(conn)[scene.ana.person()]
    assert on_shift(plan, scene.clock.now())  # Monday noon in UTC is 13:00 in Berlin
    before = len(scene.events(kind="person.updated"))
    assert post(client, sue, at, **form, shifts=week, zone="Europe/Berlin")[0] == 303
    assert len(scene.events(kind="person.updated")) == before, "the same again changes nothing"
    for wrong in ({"shifts": "nine to five"}, {"zone": "Mars/Base"}, {"hard_capacity": "3"}):
        assert post(client, sue, at, **({**form, "shifts": week, "zone": "Europe/Berlin"} | wrong))[0] == 422
    assert post(client, sue, at, **form, shifts="", zone="")[0] == 303
    with scene.ports.db.read() as conn:
        assert store_shifts.plans(conn) == {}
