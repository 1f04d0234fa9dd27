"""Spikes through the desk: quiet hours, a burst, its end; told once however many look, and to rules, people and the wallboard."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from app.actions.watch_spikes import watch_spikes
from app.channels.tables import WEBHOOK_CALL
from app.core.events import SYSTEM
from app.engine.database import Database
from app.engine.ports import Ports
from app.measures import store as measures
from app.queries.notices import own_notices
from app.queries.wallboard import Volume, wallboard
from tests.support.rule_text import obey
from tests.support.scene import Scene

RULE = "id: flood\nname: A flood\non: [spike.started]\nwhen: {network: mastodon}\ndo: {notify: [lead], webhooks: [roster]}"


@pytest.fixture
def elsewhere(ports: Ports) -> Iterator[Ports]:
    """The same database by connections of its own, as another process has it."""
    other = replace(ports, db=Database(ports.db.url, ports.clock))
    yield other
    other.db.close()


def heard(scene: Scene, n: int, network: str = "mastodon", negative: int = 0) -> None:
    """So many mentions arrive now, as the intake counts them."""
    with scene.ports.db.write() as tx:
        counts = {("mentions", ""): n, ("volume_network", network): n, ("negative_network", network): negative}
        measures.add_all(tx, counts)


def pass_buckets(scene: Scene, *counts: int) -> None:
    """Five minutes for each count, and a look at the end of each."""
    for n in counts:
        heard(scene, n)
        scene.clock.move(minutes=5)
        watch_spikes(scene.ports)


def before(scene: Scene, *counts: int) -> None:
    """Mentions of five minutes each that came until now, before anybody looked."""
    begun = scene.clock.now() - measures.BUCKET * len(counts)
    with scene.ports.db.write() as tx:
        for place, n in enumerate(counts):
            measures.add_all(tx, {("mentions", ""): n, ("volume_network", "mastodon"): n}, begun + measures.BUCKET * place)


def told(scene: Scene) -> list[tuple[str, str, int]]:
    """What was told of spikes, in order: the kind, where, and how many."""
    events = [e for e in scene.events() if e.kind.startswith("spike.")]
    assert all(e.actor == SYSTEM and e.case is None for e in events)
    return [(e.kind.removeprefix("spike."), e.data["network"], e.data["count"]) for e in events]


def volume(scene: Scene) -> Volume:
    """The wallboard's."""
    with scene.ports.db.read() as conn:
        return wallboard(scene.ports, conn, scene.sue).volume


def test_quiet_hours_a_burst_and_its_end(scene: Scene) -> None:
    before(scene, 4, *[0] * 30)
    heard(scene, 9)
    assert watch_spikes(scene.ports) == 0, "fewer than ten are nobody's flood"
    heard(scene, 31, negative=30)
    scene.clock.move(seconds=30)
    assert watch_spikes(scene.ports) == 1, "before the five minutes are over"
    (event,) = scene.events(kind="spike.started")
    assert event.data == {"network": "mastodon", "count": 40, "usual": 0.0, "negative_share": 0.75}
    heard(scene, 20)
    scene.clock.move(minutes=4, seconds=30)
    assert watch_spikes(scene.ports) == 0
    (shown,) = volume(scene).spikes
    assert (shown.title, shown.peak, shown.usual) == ("Mastodon", 60, 0)
    pass_buckets(scene, 35, 1, 30, 0)
    assert len(told(scene)) == 1, "one quiet bucket is a breath, not the end"
    pass_buckets(scene, 0)
    ended = scene.events(kind="spike.ended")[0].data
    assert ended == {"network": "mastodon", "count": 0, "usual": 0.0, "negative_share": None, "peak": 60, "minutes": 30}
    assert volume(scene).spikes == ()
    pass_buckets(scene, 0, 0, 2)
    assert len(told(scene)) == 2


def test_an_ordinary_day_and_its_morning_are_no_spike(scene: Scene) -> None:
    """Yesterday's opening at this hour is in the measure, so that every morning is not a flood."""
    night, day = [0] * 168, [20] * 120
    before(scene, *night, *day, *night)
    pass_buckets(scene, 20, 22, 19, 20)
    assert told(scene) == []
    assert volume(scene).usual == 0
    pass_buckets(scene, 90)
    assert told(scene) == [("started", "mastodon", 90)]


def test_a_network_fetched_in_gulps_is_no_spike(scene: Scene) -> None:
    before(scene, *[0, 0, 30] * 8)
    pass_buckets(scene, *[0, 0, 33] * 2)
    assert told(scene) == []


def test_all_together_is_told_where_no_network_stands_out(scene: Scene) -> None:
    networks = [f"forum{n}" for n in range(12)]

    def each(n: int) -> None:
        for network in networks:
            heard(scene, n, network)
        scene.clock.move(minutes=5)
        watch_spikes(scene.ports)

    for _ in range(7):
        each(4)
    assert volume(scene).usual == 48
    each(9)
    assert told(scene) == [("started", "", 108)]
    assert [one.title for one in volume(scene).spikes] == ["all networks"]
    heard(scene, 60, "forum3")
    watch_spikes(scene.ports)
    assert told(scene)[1:] == [("started", "forum3", 60)], "a network is news even then"


def test_a_desk_that_has_just_begun_to_listen_says_nothing(scene: Scene) -> None:
    pass_buckets(scene, 400, 300, 500)
    assert told(scene) == []


def test_rules_hear_of_it_and_tell_people_and_webhooks(scene: Scene) -> None:
    obey(scene.ports, RULE)
    before(scene, *[3] * 8)
    heard(scene, 50, "reddit")
    watch_spikes(scene.ports)
    assert not scene.events(kind="notice.sent"), "of another network"
    heard(scene, 50)
    watch_spikes(scene.ports)
    (notice,) = scene.events(kind="notice.sent")
    (started,) = [e for e in scene.events(kind="spike.started") if e.data["network"] == "mastodon"]
    assert (notice.cause, notice.case, notice.data["people"]) == (started.seq, None, [scene.sue.person()])
    with scene.ports.db.read() as conn:
        (shown,) = own_notices(conn, scene.sue, scene.clock.now()).notices
        payload: dict[str, Any] = conn.execute(WEBHOOK_CALL.select()).one().payload
    assert (shown.title, shown.why, shown.case) == ("A spike has begun (mastodon)", "A flood", "")
    assert {key: payload[key] for key in ("trigger", "network", "count", "usual")} == {
        "trigger": "spike.started", "network": "mastodon", "count": 50, "usual": 3.0,
    }  # fmt: skip


def test_two_workers_tell_once(scene: Scene, elsewhere: Ports) -> None:
    before(scene, *[3] * 8)
    heard(scene, 50)
    with ThreadPoolExecutor(2) as pool:
        assert sorted(f.result(30) for f in [pool.submit(watch_spikes, p) for p in (scene.ports, elsewhere)]) == [0, 1]
    assert told(scene) == [("started", "mastodon", 50)]


def test_after_a_downtime_what_was_missed_is_judged_in_its_order(scene: Scene) -> None:
    before(scene, *[3] * 8)
    pass_buckets(scene, 50)
    scene.clock.move(hours=3)
    watch_spikes(scene.ports)
    assert [kind for kind, _, _ in told(scene)] == ["started", "ended"]
    assert scene.events(kind="spike.ended")[0].data["minutes"] == 15
    scene.clock.move(days=40)
    assert watch_spikes(scene.ports) == 0


def test_a_clock_that_is_put_back_does_not_blind_the_watch(scene: Scene) -> None:
    before(scene, *[3] * 30)
    watch_spikes(scene.ports)
    scene.clock.move(hours=-1)
    pass_buckets(scene, 0, 90)
    assert [kind for kind, _, _ in told(scene)] == ["started"]


def test_mentions_that_arrive_are_counted_by_network_with_their_feeling(scene: Scene) -> None:
    scene.hear("@acme this is awful, I hate it, my parcel is broken!", handle="a")
    scene.hear("@acme thank you so much, I love it, wonderful!", handle="b")
    at = scene.clock.now()
    with scene.ports.db.read() as conn:
        counted = measures.totals(conn, ("volume_network", "negative_network"), at, at + measures.BUCKET)
    assert counted == {("volume_network", "x"): 2, ("negative_network", "x"): 1}
