"""Who looks at a case: each person once, over tabs and processes; what a dead process told fades."""

from collections.abc import Callable, Iterator

import pytest

from app.engine import viewers
from app.engine.bus import Bus
from app.engine.viewers import FADES_SECONDS, NOTICE_SECONDS, RETELL_SECONDS, WRITES_SECONDS, Presence


class Time:
    """The monotonic clock of a test."""

    now = 1_000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Time:
    made = Time()
    monkeypatch.setattr(viewers, "time", made)
    return made


@pytest.fixture
def process(time: Time) -> Iterator[Callable[[Bus], tuple[Presence, list[str]]]]:
    """Makes one process's share, with the cases of which it was told that they changed."""
    made: list[Presence] = []

    def presence(bus: Bus) -> tuple[Presence, list[str]]:
        changed: list[str] = []
        made.append(Presence(bus, changed.append))
        return made[-1], changed

    yield presence
    for one in made:
        one.close()
    time.now += FADES_SECONDS * 2
    made[0].tend()


def test_one_with_two_tabs_is_one_viewer_and_never_sees_herself() -> None:
    viewers.enter("c1", 1, "p1", "Ana")
    viewers.enter("c1", 2, "p1", "Ana")
    viewers.enter("c1", 3, "p2", "Ben")
    assert viewers.viewers_of("c1") == ("Ana", "Ben")
    assert viewers.viewers_of("c1", "p1") == ("Ben",)
    viewers.leave("c1", 1)
    assert viewers.viewers_of("c1") == ("Ana", "Ben")
    for connection in (2, 3):
        viewers.leave("c1", connection)
    assert viewers.viewers_of("c1") == ()
    assert "c1" not in viewers._here, "what nobody looks at takes no room"


def test_other_processes_are_told_who_comes_and_goes(process: Callable[[Bus], tuple[Presence, list[str]]]) -> None:
    """Two processes, whose bus carries the words of both; what is ours is not taken in twice."""
    bus = Bus()
    said: list[str] = []
    bus.hear(viewers.TOPIC, said.append)
    ours, _ = process(bus)
    there, changed = process(Bus())
    ours.enter("c2", 1, "p1", "Ana")
    ours.enter("c2", 2, "p1", "Ana")
    viewers.leave("c2", 1)  # what is here is known anyway; only what was told is looked at
    viewers.leave("c2", 2)
    for word in said:
        there._hear(word)
    assert viewers.viewers_of("c2") == ("Ana",)
    assert changed == ["c2"], "the second time is no news"
    viewers.enter("c2", 1, "p1", "Ana")
    said.clear()
    ours.leave("c2", 1)
    for word in said:
        there._hear(word)
    assert viewers.viewers_of("c2") == ()
    assert "c2" not in viewers._elsewhere


def test_what_is_not_told_again_fades(process: Callable[[Bus], tuple[Presence, list[str]]], time: Time) -> None:
    there, changed = process(Bus())
    there._hear('["another","in",[["c3","p9","Zoe"],["c4","p9","Zoe"]]]')
    time.now += RETELL_SECONDS
    there._hear('["another","in",[["c3","p9","Zoe"]]]')
    time.now += FADES_SECONDS - RETELL_SECONDS + 1
    changed.clear()
    there.tend()
    assert (viewers.viewers_of("c3"), viewers.viewers_of("c4")) == (("Zoe",), ())
    assert changed == ["c4"]
    time.now += FADES_SECONDS
    there.tend()
    assert viewers.viewers_of("c3") == ()


def test_everyone_is_told_again_in_words_that_the_bus_takes(process: Callable[[Bus], tuple[Presence, list[str]]], time: Time) -> None:
    bus = Bus()
    ours, _ = process(bus)
    for number in range(100):
        viewers.enter(f"case-{number:015}", number, f"person-{number:013}", "ن" * 40)
    said: list[str] = []
    bus.hear(viewers.TOPIC, said.append)
    time.now += RETELL_SECONDS
    ours.tend()
    assert sum(word.count("person-") for word in said) == 100
    for number in range(100):
        viewers.leave(f"case-{number:015}", number)


def test_who_writes_is_told_now_and_then_and_forgotten_soon(process: Callable[[Bus], tuple[Presence, list[str]]], time: Time) -> None:
    bus = Bus()
    said: list[str] = []
    ours, changed = process(bus)
    ours.enter("c5", 1, "p1", "Ana")
    bus.hear(viewers.TOPIC, said.append)
    for _ in range(10):
        ours.writes("c5", "p1")
        time.now += NOTICE_SECONDS / 5
    assert len(said) == 2
    assert viewers.writers_at("c5") == ("Ana",)
    assert viewers.writers_at("c5", "p1") == ()
    changed.clear()
    time.now += WRITES_SECONDS
    ours.tend()
    assert viewers.writers_at("c5") == ()
    assert changed == ["c5"]
    ours.leave("c5", 1)


@pytest.mark.parametrize("word", ["", "{", "[]", '["x","in"]', '["x","stays",[["c","p","n"]]]', "7"])
def test_a_word_of_another_version_is_passed_over(process: Callable[[Bus], tuple[Presence, list[str]]], word: str) -> None:
    there, changed = process(Bus())
    there._hear(word)
    assert changed == []
