"""A recorded stream in time: due when it was due, sent again while the desk is busy, never left out."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest

from app.cli.replay import address_of, speed_of
from app.cli.stream import GATHER_SECONDS, MAX_BATCH, MAX_TRIES, Pace, Recorded, Sender, due_batches, moment_of
from app.core.clock import SetClock, parse_rfc3339, rfc3339
from app.core.errors import Forbidden, Invalid, Unavailable

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
THEN = datetime(2015, 2, 17, 8, 0, tzinfo=UTC)


def recorded(*seconds: float) -> list[Recorded]:
    made = [THEN + timedelta(seconds=s) for s in seconds]
    return [Recorded(at, {"external_id": str(i), "created_at": rfc3339(at)}) for i, at in enumerate(made)]


def played(stream: list[Recorded], pace: Pace) -> list[tuple[float, list[dict[str, Any]]]]:
    """Each batch with the seconds since the start at which it was sent."""
    clock = SetClock(NOW)

    def wait(seconds: float) -> None:
        clock.move(seconds=seconds)

    return [((clock.now() - NOW).total_seconds(), [one.body for one in batch]) for batch in due_batches(stream, pace, clock, wait)]


def test_the_pace_of_the_recording_times_the_speed() -> None:
    batches = played(recorded(0, 5, 600, 1_200), Pace(60))
    assert [len(bodies) for _, bodies in batches] == [1, 1, 1, 1]
    assert [at for at, _ in batches] == pytest.approx([0, 5 / 60 + GATHER_SECONDS, 10 + GATHER_SECONDS, 20 + GATHER_SECONDS], abs=1e-3)


def test_the_moment_of_sending_becomes_the_time_of_the_mention() -> None:
    (_, first), (_, second) = played(recorded(0, 600), Pace(60))
    assert parse_rfc3339(first[0]["created_at"]) == NOW
    assert parse_rfc3339(second[0]["created_at"]) == NOW + timedelta(seconds=10)


def test_kept_times_stay() -> None:
    ((_, bodies),) = played(recorded(0), Pace(60, keep_times=True))
    assert parse_rfc3339(bodies[0]["created_at"]) == THEN


def test_without_waiting_everything_goes_in_full_batches() -> None:
    batches = played(recorded(*range(MAX_BATCH + 10)), Pace(None))
    assert [(at, len(bodies)) for at, bodies in batches] == [(0, MAX_BATCH), (0, 10)]


def test_an_edit_is_delivered_at_its_edit_and_keeps_its_distance() -> None:
    body = {"created_at": rfc3339(THEN), "edited_at": rfc3339(THEN + timedelta(seconds=90))}
    at = moment_of(body)
    assert at == THEN + timedelta(seconds=90)
    _, (_, bodies) = played([*recorded(0), Recorded(at, body)], Pace(1))
    assert parse_rfc3339(bodies[0]["edited_at"]) - parse_rfc3339(bodies[0]["created_at"]) == timedelta(seconds=90)
    assert parse_rfc3339(bodies[0]["edited_at"]) == NOW + timedelta(seconds=90)


def test_moments_that_are_none() -> None:
    assert moment_of({"created_at": "yesterday"}) is None
    assert moment_of({}) is None
    assert moment_of("text") is None


class Desk:
    """The answers of a desk, one a request; the last one for ever."""

    def __init__(self, *answers: httpx2.Response | Exception) -> None:
        self.answers = list(answers)
        self.waited: list[float] = []
        client = httpx2.Client(transport=httpx2.MockTransport(self._answer))
        self.sender = Sender(client, "http://desk.example/api/v1/mentions", self.waited.append)

    def _answer(self, request: httpx2.Request) -> httpx2.Response:
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


def took(**more: Any) -> httpx2.Response:
    told = {"accepted": 1, "duplicates": 1, "rejected": 0, "results": [], **more}
    return httpx2.Response(202, json=told)


def test_a_busy_desk_is_waited_for_as_long_as_it_asks() -> None:
    desk = Desk(httpx2.Response(429, headers={"Retry-After": "7"}), httpx2.Response(503), httpx2.ConnectError("refused"), took())
    desk.sender.send([{}])
    assert desk.waited == [7, 2, 4]
    assert desk.sender.counts == {"accepted": 1, "duplicates": 1, "rejected": 0}


def test_retry_after_has_a_bound_and_nonsense_counts_as_not_given() -> None:
    desk = Desk(httpx2.Response(429, headers={"Retry-After": "86400"}), httpx2.Response(429, headers={"Retry-After": "soon"}), took())
    desk.sender.send([{}])
    assert desk.waited == [60, 2]


def test_a_desk_that_stays_away_is_given_up() -> None:
    desk = Desk(httpx2.ConnectError("refused"))
    with pytest.raises(Unavailable, match="cannot be reached"):
        desk.sender.send([{}])
    assert len(desk.waited) == MAX_TRIES - 1


def test_refusals_are_not_tried_again() -> None:
    for answer, error, words in (
        (httpx2.Response(401, json={"detail": "This token is not known here."}), Forbidden, "refused the token: This token"),
        (httpx2.Response(404, text="nothing"), Invalid, "took nothing: it answered 404"),
        (httpx2.Response(202, text="hello"), Invalid, "something else than a desk"),
    ):
        desk = Desk(answer)
        with pytest.raises(error, match=words):
            desk.sender.send([{}])
        assert desk.waited == []


def test_the_first_rejections_are_kept_to_be_shown() -> None:
    results = [{"index": i, "external_id": str(i), "status": "rejected", "error": {"detail": "text is missing."}} for i in range(9)]
    desk = Desk(took(accepted=0, rejected=9, results=results))
    desk.sender.send([{}])
    assert desk.sender.rejections == ["0: text is missing.", "1: text is missing.", "2: text is missing."]


def test_speeds_and_addresses() -> None:
    assert (speed_of("60x"), speed_of("0.5"), speed_of("max")) == (60, 0.5, None)
    assert address_of("http://127.0.0.1:8000/") == address_of("http://127.0.0.1:8000/api/v1") == "http://127.0.0.1:8000/api/v1/mentions"
    for wrong in ("fast", "0x", "-1", "nan", "inf"):
        with pytest.raises(Invalid, match="--speed"):
            speed_of(wrong)
    for wrong in ("desk.example", "ftp://desk.example", ""):
        with pytest.raises(Invalid, match="--to"):
            address_of(wrong)
