"""Keys: one answer however often it is asked for, one asker's key is not another's, and a refusal sets the key free."""

import pytest

from app.core.clock import SetClock
from app.core.errors import Conflict, Invalid
from app.door.idempotency import Kept, keep, let_go, reserve
from app.engine.ports import Ports


def test_the_first_run_is_let_through_and_its_answer_kept(ports: Ports) -> None:
    assert reserve(ports, "agent:1", "k", "hash") is None
    keep(ports, "agent:1", "k", Kept(201, {"id": "n1"}))
    assert reserve(ports, "agent:1", "k", "hash") == Kept(201, {"id": "n1"})


def test_a_list_or_nothing_is_kept_as_well(ports: Ports) -> None:
    for key, body in (("a", [1]), ("b", None), ("c", "word")):
        reserve(ports, "agent:1", key, "hash")
        keep(ports, "agent:1", key, Kept(200, body))
        assert reserve(ports, "agent:1", key, "hash") == Kept(200, body)


def test_another_body_is_refused(ports: Ports) -> None:
    reserve(ports, "agent:1", "k", "hash")
    with pytest.raises(Invalid):
        reserve(ports, "agent:1", "k", "other")


def test_while_the_first_runs_the_second_is_told_so(ports: Ports) -> None:
    reserve(ports, "agent:1", "k", "hash")
    with pytest.raises(Conflict):
        reserve(ports, "agent:1", "k", "hash")


def test_each_asker_has_keys_of_their_own(ports: Ports) -> None:
    assert reserve(ports, "agent:1", "k", "hash") is None
    assert reserve(ports, "agent:2", "k", "hash") is None


def test_a_refused_run_sets_its_key_free_and_a_kept_answer_stays(ports: Ports) -> None:
    reserve(ports, "agent:1", "k", "hash")
    let_go(ports, "agent:1", "k")
    assert reserve(ports, "agent:1", "k", "other") is None
    keep(ports, "agent:1", "k", Kept(200, {}))
    let_go(ports, "agent:1", "k")
    assert reserve(ports, "agent:1", "k", "other") == Kept(200, {})


def test_an_abandoned_run_frees_its_key_and_old_answers_go(ports: Ports, clock: SetClock) -> None:
    reserve(ports, "agent:1", "k", "hash")
    clock.move(seconds=61)
    assert reserve(ports, "agent:1", "k", "hash") is None
    keep(ports, "agent:1", "k", Kept(200, {}))
    clock.move(hours=49)
    assert reserve(ports, "agent:1", "k", "other") is None
