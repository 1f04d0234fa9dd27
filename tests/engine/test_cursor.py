"""A cursor fits one history only."""

from datetime import UTC, datetime, timedelta

import pytest

from app.core.clock import SetClock, parse_rfc3339, rfc3339
from app.core.events import SYSTEM, NewEvent
from app.engine.cursor import LARGEST_SEQ, LOST, START, Cursor, milliseconds, moment, newest, parsed, read_after
from app.engine.log import EVENT
from app.engine.ports import Ports


def say(ports: Ports, count: int) -> None:
    with ports.db.write() as tx:
        for n in range(count):
            tx.append(NewEvent("notice.sent", SYSTEM, {"n": n}))


def after(ports: Ports, cursor: Cursor, limit: int = 100) -> list[int] | None:
    with ports.db.read() as conn:
        found = read_after(conn, cursor, limit)
    return None if found is None else [e.seq for e in found]


def head(ports: Ports) -> Cursor:
    with ports.db.read() as conn:
        return newest(conn)


@pytest.mark.parametrize("text", ["0", "17", "17-1772452800123"])
def test_it_goes_over_the_wire_and_back(text: str) -> None:
    assert str(parsed(text)) == text


@pytest.mark.parametrize("text", ["", "-1", "x", "1e3", "²", "9" * 17, str(LARGEST_SEQ + 1), "1-", "1-2-3", "1 "])
def test_what_is_no_cursor_is_lost(text: str) -> None:
    assert parsed(text) == LOST


@pytest.mark.parametrize("micros", [0, 1, 999, 1_000, 123_456, 567_999, 999_999])
def test_milliseconds_are_those_of_the_api(micros: int) -> None:
    at = datetime(2026, 11, 22, 5, 53, 36, tzinfo=UTC) + timedelta(microseconds=micros)
    assert milliseconds(at) == milliseconds(parse_rfc3339(rfc3339(at)))
    assert rfc3339(moment(milliseconds(at))) == rfc3339(at)


def test_events_after_it_in_order_and_no_more_than_asked(ports: Ports) -> None:
    since = head(ports)
    say(ports, 5)
    assert after(ports, since) == list(range(since.seq + 1, since.seq + 6))
    assert after(ports, since, 2) == [since.seq + 1, since.seq + 2]
    assert after(ports, head(ports)) == []
    assert after(ports, Cursor(head(ports).seq)) == [], "a reader that names no time is believed"
    assert after(ports, START, 1) == [1]


def test_what_never_was_is_noticed(ports: Ports) -> None:
    say(ports, 1)
    now = head(ports)
    for wrong in (Cursor(now.seq + 1), LOST, Cursor(now.seq, (now.at or 0) + 1), Cursor(2**31 + 7, now.at)):
        assert after(ports, wrong) is None


@pytest.mark.parametrize("grown", [0, 1, 3, 9])
def test_a_restored_log_is_another_one_however_long_it_has_grown(ports: Ports, clock: SetClock, grown: int) -> None:
    backed_up = head(ports)
    say(ports, 4)
    undone = head(ports)
    with ports.db.write() as tx:
        tx.conn.execute(EVENT.delete().where(EVENT.c.seq > backed_up.seq))
    clock.move(milliseconds=1)
    say(ports, grown)
    assert after(ports, undone) is None
    assert after(ports, backed_up) == list(range(backed_up.seq + 1, backed_up.seq + 1 + grown))


def test_older_than_what_is_kept(ports: Ports) -> None:
    say(ports, 10)
    now = head(ports)
    with ports.db.write() as tx:
        tx.conn.execute(EVENT.delete().where(EVENT.c.seq <= now.seq - 3))
    assert after(ports, START) is None
    assert after(ports, Cursor(now.seq - 4)) is None
    assert after(ports, Cursor(now.seq - 3)) == [now.seq - 2, now.seq - 1, now.seq]
    assert after(ports, Cursor(now.seq - 3, now.at)) is None, "of an event that is gone nothing can be checked"
