"""Stories of deeds that change what a page shows: pages are compared after each ``yield``.

Each story names the events it must leave in the log, so that a new kind of event without a story fails its test. They are
told in ``deeds`` (the case itself, its customer, the clock) and ``answers``.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from tests.support.scene import Scene

Deeds = Callable[[Scene, str], Iterator[None]]


@dataclass(frozen=True, slots=True)
class Story:
    """``kinds`` are the events it leaves; the pages are opened after ``prelude`` of its steps."""

    deeds: Deeds
    kinds: frozenset[str]
    prelude: int


STORIES: Final[dict[str, Story]] = {}


def leaves(*kinds: str, prelude: int = 0) -> Callable[[Deeds], Deeds]:
    """Mark a story with the kinds of events it must leave, and how many steps come before the pages are opened."""

    def marked(deeds: Deeds) -> Deeds:
        STORIES[deeds.__name__] = Story(deeds, frozenset(kinds), prelude)
        return deeds

    return marked
