"""The board's figures: bounded counts, the oldest, two hours of volume, what stands out."""

import pytest

from app.actions.watch_spikes import watch_spikes
from app.core.clock import SetClock
from app.engine.ports import Ports
from app.measures import store as measures
from app.queries.wallboard import Board, wallboard
from tests.support.scene import Scene


@pytest.fixture
def scene(ports: Ports, clock: SetClock) -> Scene:
    """A desk with its people and no case yet."""
    return Scene(ports, clock)


def board(scene: Scene) -> Board:
    """The board now."""
    with scene.ports.db.read() as conn:
        return wallboard(scene.ports, conn, scene.ana)


def test_volume_by_five_minutes_and_feeling(scene: Scene) -> None:
    scene.hear("@acme this is awful, I hate it, my parcel is broken!", handle="a")
    scene.clock.move(minutes=7)
    scene.hear("@acme thank you so much, I love it, wonderful!", handle="b", network="mastodon")
    volume = board(scene).volume
    assert len(volume.slices) == 24
    assert [s.total for s in volume.slices[-3:]] == [0, 1, 1] or [s.total for s in volume.slices[-2:]] == [1, 1]
    assert volume.feelings == (1, 0, 1, 0)
    assert [(n.slug, n.count, n.share) for n in volume.networks] == [("mastodon", 1, 0.5), ("x", 1, 0.5)]
    scene.clock.move(hours=2)
    assert board(scene).volume.total == 0


def test_more_networks_than_fit_are_summed(scene: Scene) -> None:
    for n, network in enumerate(("x", "reddit", "youtube", "facebook", "tiktok", "threads", "bluesky", "blog")):
        scene.hear(handle=f"a{n}", network=network)
    volume = board(scene).volume
    assert len(volume.networks) == 6
    assert volume.others == 2


def test_a_flood_is_said_and_an_ordinary_day_is_not(scene: Scene) -> None:
    def heard(n: int) -> None:
        with scene.ports.db.write() as tx:
            measures.add_all(tx, {("mentions", ""): n, ("volume_sentiment", "neutral"): n, ("volume_network", "x"): n})
        scene.clock.move(minutes=5)
        watch_spikes(scene.ports)

    for _ in range(10):
        heard(4)
    assert board(scene).volume.spikes == ()
    assert board(scene).volume.usual == 4
    heard(60)
    (spike,) = board(scene).volume.spikes
    assert (spike.peak, spike.usual) == (60, 4)


def test_what_waits(scene: Scene) -> None:
    first = scene.hear(handle="first")
    scene.clock.move(minutes=10)
    scene.hear("@acme I will sue you, my lawyer writes tomorrow.", handle="second")
    now = board(scene).now
    assert now.open == 2
    assert now.oldest_who == "first"
    assert now.oldest_since == first.waiting_since
    assert now.held == 1
    scene.pass_time(days=3)
    late = board(scene).now
    assert late.overdue >= 1
    assert late.oldest_over


def test_today_begins_at_the_desks_midnight(scene: Scene) -> None:
    case = scene.hear().id
    scene.send(scene.ana, case)
    scene.deliver()
    assert (board(scene).response.hour.count, board(scene).response.today.count) == (1, 1)
    scene.clock.move(hours=2)
    assert (board(scene).response.hour.count, board(scene).response.today.count) == (0, 1)
    scene.clock.move(hours=9)  # Berlin's midnight is at 23:00 UTC
    assert board(scene).response.today.count == 0
