"""Who gets a case, as tables: eligibility, load, stickiness, and a reason for everyone."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from app.cases.assign import Need, Worker, can_take, choose, not_there, over
from app.core.ids import PersonId

NEED = Need("care", "en")


def worker(name: str, **more: Any) -> Worker:
    values: dict[str, Any] = {
        "id": PersonId(name.lower()), "name": name, "languages": (), "skills": (), "queues": ("care", "vip"), "presence": "available",
        "load": 0.0, "capacity": 8,
    }  # fmt: skip
    return Worker(**values | more)


@pytest.mark.parametrize(
    ("why", "changes", "need"),
    [
        (None, {}, NEED),
        ("does not work the queue care", {"queues": ("vip",)}, NEED),
        ("does not speak fa", {"languages": ("en", "es")}, Need("care", "fa")),
        (None, {"languages": ()}, Need("care", "fa")),
        (None, {"languages": ("es",)}, Need("care", "und")),
        (None, {"languages": ("es",)}, NEED),
        ("does not speak es", {"languages": ("en",)}, Need("care", "und", languages=("es",))),
        ("lacks the skill vip", {}, Need("vip", "en", skills=("vip",))),
        (None, {"skills": ("vip",)}, Need("vip", "en", skills=("vip",))),
    ],
)
def test_what_a_case_asks_of_whoever_takes_it(why: str | None, changes: dict[str, Any], need: Need) -> None:
    assert can_take(worker("Ana", **changes), need) == why


@pytest.mark.parametrize(
    ("why", "changes"),
    [
        (None, {}),
        ("is away (Lunch)", {"presence": "away", "reason": "Lunch"}),
        ("is busy", {"presence": "busy"}),
        ("says available, but has shown no sign of life", {"silent": True}),
    ],
)
def test_round_robin_never_includes_who_is_away_busy_or_silent(why: str | None, changes: dict[str, Any]) -> None:
    """LR ``autoassigner.go``: only two of the ways of being away were skipped."""
    ana = worker("Ana", **changes)
    assert not_there(ana) == why
    assert (choose([ana], NEED).worker is None) == (why is not None)


def test_the_least_loaded_gets_it_by_share_of_their_capacity_and_the_reason_says_so() -> None:
    ana, ben, eve = worker("Ana", load=3.0), worker("Ben", load=2.0, capacity=4), worker("Eve", load=8.0)
    choice = choose([ana, ben, eve], NEED)
    assert choice.worker == ana
    assert choice.why == "has the most room: 3 of 8"
    assert dict(choice.passed) == {ben.id: "has less room: 2 of 4", eve.id: "holds 8 of 8"}


def test_of_two_equally_loaded_the_one_who_waited_longest_and_who_never_got_one_before_both() -> None:
    early, late = datetime(2026, 3, 2, 9, tzinfo=UTC), datetime(2026, 3, 2, 10, tzinfo=UTC)
    ana, ben, eve = worker("Ana", given_at=late), worker("Ben", given_at=early), worker("Eve")
    assert choose([ana, ben], NEED).worker == ben
    assert choose([ana, ben, eve], NEED).worker == eve
    assert dict(choose([ana, ben], NEED).passed)[ana.id] == "has as much room, but was given a case later"


def test_a_customer_comes_back_to_the_agent_they_know_if_there_and_with_room() -> None:
    ana, ben = worker("Ana", load=5.0), worker("Ben")
    need = replace(NEED, last_agent=ana.id)
    assert choose([ana, ben], need).worker == ana
    assert choose([ana, ben], need).why == "answered this customer last and has room: 5 of 8"
    for ana_now, why in (
        (replace(ana, presence="away", reason="Lunch"), "is away (Lunch)"),
        (replace(ana, load=8.0), "holds 8 of 8"),
        (replace(ana, silent=True), "says available, but has shown no sign of life"),
    ):
        choice = choose([ana_now, ben], need)
        assert choice.worker == ben
        assert choice.why == f"has the most room: 0 of 8; whom this customer knows {why}"


def test_soft_capacity_stops_the_desk_hard_capacity_stops_everything() -> None:
    full, stretched = worker("Ana", load=8.0), worker("Ana", load=8.0, hard_capacity=10)
    urgent = replace(NEED, urgent=True)
    assert choose([full], NEED).worker is None
    assert choose([full], urgent).worker is None, "without a hard bound the soft one is the last"
    assert choose([stretched], NEED).worker is None
    assert choose([stretched], urgent).worker == stretched
    assert choose([replace(stretched, load=10.0)], urgent).worker is None
    assert over(replace(stretched, load=10.0), 1.0, hard=True) == "holds 10 of 10, the most they may"


def test_a_private_case_may_count_as_half() -> None:
    almost = worker("Ana", load=7.5)
    assert choose([almost], replace(NEED, weight=0.5)).worker == almost
    assert choose([almost], NEED).worker is None


def test_who_passed_it_on_is_not_asked_again_yet() -> None:
    ana, ben = worker("Ana"), worker("Ben", load=5.0)
    choice = choose([ana, ben], replace(NEED, passed_on_by=frozenset({ana.id})))
    assert choice.worker == ben
    assert dict(choice.passed) == {ana.id: "passed it on, or did not open it"}


@pytest.mark.parametrize(
    ("why", "changes"),
    [
        ("nobody works this queue with its language and skills", {"queues": ()}),
        ("nobody who could take it is there", {"presence": "away"}),
        ("everyone who could take it is full or passed it on", {"load": 8.0}),
    ],
)
def test_why_a_case_stays_in_its_queue(why: str, changes: dict[str, Any]) -> None:
    choice = choose([worker("Ana", **changes), worker("Ben", queues=("vip",))], NEED)
    assert (choice.worker, choice.why, len(choice.passed)) == (None, why, 2)
