"""Wake-ups: kept until somebody waits, coalesced, and never in the way of an end."""

import asyncio

import pytest

from app.engine.bus import Bus


async def test_a_wake_up_that_came_before_the_wait_is_kept_and_two_are_one() -> None:
    bus = Bus()
    with bus.listen("log") as news:
        bus.wake("log")
        bus.wake("log")
        bus.wake("other")
        assert await news.wait(20)
        assert not await news.wait(0)


async def test_after_the_end_nobody_listens() -> None:
    bus = Bus()
    with bus.listen("log"):
        pass
    bus.wake("log")
    assert not any(bus._waiting.values())


def test_a_word_is_heard_by_all_who_hear_its_topic_until_they_stop() -> None:
    bus = Bus()
    first: list[str] = []
    second: list[str] = []
    forget = bus.hear("typing", first.append)
    bus.hear("typing", second.append)
    bus.tell("typing", "ann")
    bus.tell("looking", "ben")
    forget()
    bus.tell("typing", "cleo")
    assert (first, second) == (["ann"], ["ann", "cleo"])


def test_a_word_too_long_for_the_wire_is_refused_here_already() -> None:
    with pytest.raises(ValueError, match="under 4000 bytes"):
        Bus().tell("typing", "ö" * 2001)


def test_what_is_said_here_goes_outward_and_what_comes_in_does_not_go_back() -> None:
    bus = Bus()
    outward: list[tuple[str, str | None]] = []
    bus.outward = lambda topic, payload: outward.append((topic, payload))
    bus.wake("log")
    bus.tell("typing", "ann")
    bus.wake_here("log")
    bus.tell_here("typing", "ben")
    bus.wake_all_here()
    assert outward == [("log", None), ("typing", "ann")]


@pytest.mark.parametrize("steps", range(8))
async def test_a_reader_that_is_stopped_as_news_comes_ends_all_the_same(steps: int) -> None:
    """Python 3.11's ``wait_for`` swallowed the cancellation when both fell together, and the process never ended."""
    bus = Bus()

    async def read() -> None:
        with bus.listen("log") as news:
            while True:
                await news.wait(60)

    reader = asyncio.create_task(read())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    bus.wake("log")
    for _ in range(steps):
        await asyncio.sleep(0)
    reader.cancel()
    done, _ = await asyncio.wait({reader}, timeout=20)
    reader.cancel()
    assert done == {reader}
