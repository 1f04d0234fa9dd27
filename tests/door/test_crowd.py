"""The bound on calls inside at once: who is refused, who always enters, and that everyone who left is forgotten."""

from contextlib import ExitStack

import pytest

from app.core.errors import TooMany
from app.door.crowd import Crowd
from app.door.entry import PUBLIC, Entry


def crowd(at_once: int | None = None, bytes_at_once: int | None = None) -> Crowd:
    return Crowd(Entry("POST", "/", None, PUBLIC, at_once=at_once, bytes_at_once=bytes_at_once))


def test_the_call_above_the_bound_is_told_when_to_come_back() -> None:
    two = crowd(at_once=2)
    with two.inside(10), two.inside(10), pytest.raises(TooMany) as refused, two.inside(0):
        pass
    assert refused.value.retry_after_seconds == 1
    with two.inside(10), two.inside(10):
        pass


def test_bytes_are_bounded_together_but_one_call_alone_always_enters() -> None:
    heavy = crowd(bytes_at_once=100)
    with heavy.inside(1_000), pytest.raises(TooMany), heavy.inside(1):
        pass
    with heavy.inside(60), heavy.inside(40), pytest.raises(TooMany), heavy.inside(1):
        pass


def test_whoever_failed_inside_is_forgotten_too() -> None:
    one = crowd(at_once=1)
    for _ in range(3):
        with pytest.raises(ValueError, match="inside"), one.inside(5):
            raise ValueError("inside")
    with one.inside(5):
        pass


def test_without_bounds_everyone_enters() -> None:
    with ExitStack() as stack:
        for _ in range(1_000):
            stack.enter_context(crowd().inside(10**9))
