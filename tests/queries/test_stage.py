"""The scorecard's figures: counted from what happened in the window, moved by answers, matches and time."""

from datetime import timedelta

import pytest

from app.actions.upsert_customer import upsert_customer
from app.core.clock import SetClock
from app.core.errors import Forbidden, Invalid
from app.engine.ports import Ports
from app.measures.criteria import Counts
from app.queries.stage import counts_of, stage, standing_of, window_of
from tests.support.scene import Scene


@pytest.fixture
def scene(ports: Ports, clock: SetClock) -> Scene:
    """A desk with its people and no case yet."""
    return Scene(ports, clock)


def counts(scene: Scene) -> Counts:
    """What the criteria are judged from now."""
    with scene.ports.db.read() as conn:
        return counts_of(conn, window_of(scene.clock.now()))


def known(scene: Scene, handle: str) -> None:
    """A customer of the CRM with this handle."""
    upsert_customer(scene.ports, scene.sue, f"K-{handle}", {"name": handle.title(), "tier": "gold", "handles": {"x": handle}})


def test_an_empty_desk_counts_nothing(scene: Scene) -> None:
    found = counts(scene)
    assert (found.mentions, found.authors, found.answered, found.overdue, found.responses) == (0, 0, 0, 0, ())
    assert found.rules_version == "1"
    assert found.policies > 0


def test_mentions_answers_and_authors_are_counted(scene: Scene) -> None:
    known(scene, "mia")
    for handle in ("mia", "mia", "noa"):
        case = scene.hear(handle=handle).id
    scene.send(scene.ana, case)
    scene.deliver()
    found = counts(scene)
    assert (found.mentions, found.decided_by_rules) == (3, 3)
    assert (found.authors, found.authors_matched, found.profiles, found.profiles_fresh) == (2, 1, 1, 1)
    assert (found.answered, found.answered_under_policy, len(found.responses)) == (1, 1, 1)


def test_one_customer_with_two_accounts_is_one_profile(scene: Scene) -> None:
    upsert_customer(scene.ports, scene.sue, "K1", {"name": "Mia", "handles": {"x": "mia", "mastodon": "mia_m"}})
    scene.hear(handle="mia")
    scene.hear(handle="mia_m", network="mastodon")
    found = counts(scene)
    assert (found.authors, found.authors_matched, found.profiles) == (2, 2, 1)


def test_the_window_slides_and_profiles_grow_stale(scene: Scene) -> None:
    known(scene, "mia")
    scene.hear(handle="mia")
    scene.clock.move(hours=23)
    assert counts(scene).authors == 1
    scene.clock.move(hours=2)
    assert (counts(scene).authors, counts(scene).mentions) == (0, 0)
    scene.clock.move(days=30)
    scene.hear(handle="mia", text="@acme hello again, I have another question about my order?")
    found = counts(scene)
    assert (found.authors, found.authors_matched, found.profiles_fresh) == (1, 1, 0)


def test_what_nobody_answered_counts_against_the_desk(scene: Scene) -> None:
    scene.hear("@acme I am stranded, my flight was cancelled, help me right now, urgent!!")
    scene.pass_time(hours=5)
    assert counts(scene).overdue == 1


def test_where_the_desk_stands(scene: Scene) -> None:
    with scene.ports.db.read() as conn:
        before = standing_of(scene.ports, conn)
        assert (before.channels, before.linked, before.tiered) == (0, 0, 0)
        assert before.targets_by_tier
        assert stage(scene.ports, conn, scene.ana).stage == 0
    known(scene, "mia")
    scene.hear(handle="mia")
    with scene.ports.db.read() as conn:
        after = standing_of(scene.ports, conn)
        card = stage(scene.ports, conn, scene.ana)
    assert (after.channels, after.linked, after.tiered, after.tiered_linked) == (1, 1, 1, 1)
    assert (card.stage, card.name) == (3, "strategic")
    assert card.until - card.since >= timedelta(hours=24)


def test_refusals(scene: Scene) -> None:
    for hours in (0, 721, -5):
        with pytest.raises(Invalid, match="hours"):
            window_of(scene.clock.now(), hours)
    with scene.ports.db.read() as conn, pytest.raises(Forbidden):
        stage(scene.ports, conn, scene.tim)
