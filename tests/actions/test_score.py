"""A score set by hand: it counts at once, says whose it is, and ends."""

import pytest

from app.actions.set_score import LONGEST_HOURS, set_score
from app.core.errors import Forbidden, Invalid
from app.queries.inbox import inbox
from tests.support.scene import Scene


@pytest.mark.parametrize(("score", "hours"), [(-1, 4), (101, 4), (50, 0), (50, LONGEST_HOURS + 1)])
def test_what_is_no_score_or_no_time_is_refused(scene: Scene, score: int, hours: float) -> None:
    case = scene.hear()
    with pytest.raises(Invalid):
        set_score(scene.ports, scene.ana, case.id, score, hours=hours)
    assert scene.case(case.id) == case


def test_the_list_follows_at_once_and_gives_it_back(scene: Scene) -> None:
    low = scene.hear("@acme nice weather today, isn't it?", handle="calm")
    high = scene.hear(handle="angry")

    def order() -> list[str]:
        with scene.ports.db.read() as conn:
            return [r.id for r in inbox(conn, scene.ana, scene.clock.now(), view="all").rows]

    assert order() == [high.id, low.id]
    set_score(scene.ports, scene.ana, low.id, 100, reason="the mayor")
    assert order() == [low.id, high.id]
    raised = scene.case(low.id)
    assert (raised.band, raised.override_by, raised.override_reason) == ("urgent", "Ana", "the mayor")
    assert sum(t["points"] for t in raised.terms) == raised.score
    set_score(scene.ports, scene.ana, low.id, None)
    assert order() == [high.id, low.id]
    assert scene.case(low.id).score == low.score


def test_a_higher_band_tightens_the_target(scene: Scene) -> None:
    low = scene.hear("@acme nice weather today, isn't it?", handle="calm")
    set_score(scene.ports, scene.ana, low.id, 100)
    assert low.due_at is not None
    after = scene.case(low.id).due_at
    assert after is not None
    assert after < low.due_at


def test_those_who_only_read_set_none(scene: Scene) -> None:
    with pytest.raises(Forbidden):
        set_score(scene.ports, scene.leo, scene.hear().id, 5)
