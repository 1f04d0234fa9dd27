"""A recorded stream in time: what is due when, with which times it is sent, and how a batch gets to the desk.

A desk that is busy (429) or away (503, no connection) is waited for as long as it asks, a bounded number of times; sending a
batch twice is safe, for the desk knows a duplicate.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import httpx2

from app.core.clock import Clock, parse_rfc3339, rfc3339
from app.core.errors import Forbidden, Invalid, Unavailable

MAX_BATCH: Final = 500  # half of what one call may hold, and with long texts still below its 5 MiB
GATHER_SECONDS: Final = 0.2  # what falls due within this time of the first goes along with it
MAX_TRIES: Final = 10
_LONGEST_WAIT_SECONDS: Final = 60.0
_SHOWN_REJECTIONS: Final = 3
_BUSY: Final = frozenset({429, 502, 503, 504})
_TIMES: Final = ("created_at", "edited_at")


@dataclass(frozen=True, slots=True)
class Pace:
    """``speed`` times as fast as recorded, None without waiting; ``keep_times`` sends the times as recorded."""

    speed: float | None
    keep_times: bool = False


@dataclass(frozen=True, slots=True)
class Recorded:
    """One delivery of the stream: when it came, and the mention."""

    at: datetime
    body: dict[str, Any]


def moment_of(body: object) -> datetime | None:
    """When the stream delivered it: the time of its edit, else of its creation; None when it tells neither."""
    if not isinstance(body, Mapping):
        return None
    for name in reversed(_TIMES):
        if isinstance(body.get(name), str):
            try:
                return parse_rfc3339(body[name])
            except ValueError:
                return None
    return None


def due_batches(recorded: Sequence[Recorded], pace: Pace, clock: Clock, wait: Callable[[float], None]) -> Iterator[list[Recorded]]:
    """Batches of at most ``MAX_BATCH``, each given when its first is due, with the times it is sent with.

    When the receiver is slower than the stream the batches grow and follow each other at once; nothing is left out.
    """
    if not recorded:
        return
    begun, first = clock.now(), recorded[0].at

    def due(one: Recorded) -> datetime:
        return begun if pace.speed is None else begun + (one.at - first) / pace.speed

    position = 0
    while position < len(recorded):
        ahead = (due(recorded[position]) - clock.now()).total_seconds()
        if ahead > 0:
            wait(ahead + GATHER_SECONDS)
        batch: list[Recorded] = []
        now = clock.now()
        while position < len(recorded) and len(batch) < MAX_BATCH and (not batch or due(recorded[position]) <= now):
            one = recorded[position]
            batch.append(one if pace.keep_times else Recorded(one.at, _moved(one, due(one) if pace.speed is not None else now)))
            position += 1
        yield batch


def _moved(one: Recorded, sent: datetime) -> dict[str, Any]:
    """The mention with the moment of sending for its own; an edit keeps its distance from what it edits."""
    moved = dict(one.body)
    for name in _TIMES:
        if isinstance(moved.get(name), str):
            before: timedelta = one.at - parse_rfc3339(moved[name])
            moved[name] = rfc3339(sent - before)
    return moved


class Sender:
    """Posts batches to one desk and counts what became of them."""

    def __init__(self, client: httpx2.Client, address: str, wait: Callable[[float], None]) -> None:
        self._client, self._address, self._wait = client, address, wait
        self.counts = {"accepted": 0, "duplicates": 0, "rejected": 0}
        self.rejections: list[str] = []

    def send(self, batch: Sequence[dict[str, Any]]) -> None:
        """Send one batch, trying again while the desk is busy or away.

        Raises Forbidden for a token that is refused, Invalid for what is no desk, Unavailable after ``MAX_TRIES``.
        """
        why = ""
        for attempt in range(MAX_TRIES):
            pause = min(_LONGEST_WAIT_SECONDS, 2.0**attempt)
            try:
                answer = self._client.post(self._address, json=list(batch))
            except httpx2.TransportError as error:
                why = f"it cannot be reached ({str(error) or type(error).__name__})"
            else:
                if answer.status_code == 202:
                    self._count(answer)
                    return
                if answer.status_code not in _BUSY:
                    raise self._refusal(answer)
                why = f"it answered {answer.status_code}"
                pause = min(_LONGEST_WAIT_SECONDS, _seconds(answer.headers.get("retry-after"), pause))
            if attempt + 1 < MAX_TRIES:
                self._wait(pause)
        raise Unavailable(f"{self._address}: {why}, {MAX_TRIES} times in a row. Is the desk running there?")

    def _count(self, answer: httpx2.Response) -> None:
        try:
            told = answer.json()
            for name in self.counts:
                self.counts[name] += int(told[name])
            rejected = [result for result in told["results"] if result["status"] == "rejected"]
        except (ValueError, KeyError, TypeError):
            raise Invalid(f"{self._address} answered something else than a desk does: check --to.") from None
        for result in rejected[: _SHOWN_REJECTIONS - len(self.rejections)]:
            error = result.get("error") or {}
            self.rejections.append(f"{result.get('external_id')}: {error.get('detail', error)}")

    def _refusal(self, answer: httpx2.Response) -> Exception:
        try:
            told = answer.json()
            detail = str(told["detail"])
        except (ValueError, KeyError, TypeError):
            detail = f"it answered {answer.status_code}"
        if answer.status_code in (401, 403):
            return Forbidden(f"{self._address} refused the token: {detail}")
        return Invalid(f"{self._address} took nothing: {detail}")


def _seconds(header: str | None, otherwise: float) -> float:
    """Retry-After in its form of seconds; a date or nonsense counts as not given."""
    return float(header) if header is not None and header.strip().isdecimal() else otherwise
