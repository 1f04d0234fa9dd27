"""Waiting for something to be so, with an end to patience."""

import time
from collections.abc import Callable
from typing import Final, TypeVar

PATIENCE_SECONDS: Final = 120.0  # far above what anything takes on a busy machine: reached only when it never comes
_BETWEEN_SECONDS: Final = 0.02
T = TypeVar("T")


def until(look: Callable[[], T | None], what: str, *, seconds: float = PATIENCE_SECONDS) -> T:
    """What ``look`` finds, as soon as it finds something; TimeoutError that names ``what`` was awaited."""
    give_up = time.monotonic() + seconds
    while True:
        found = look()
        if found is not None and found is not False:
            return found
        if time.monotonic() >= give_up:
            raise TimeoutError(f"{what} did not come within {seconds:g} s")
        time.sleep(_BETWEEN_SECONDS)
