"""When PostgreSQL is told to look at its tables, and that it then knows them."""

from datetime import UTC, datetime

import pytest

from app.engine import planner
from app.engine.intake_queue import Waiting
from app.engine.ports import Ports

NOW = datetime(2026, 3, 2, tzinfo=UTC)


def taken(first: int, last: int) -> list[Waiting]:
    return [Waiting(number, str(number), NOW, "test", {}, 0) for number in range(first, last + 1)]


def test_it_looks_when_the_first_hundred_were_taken_and_twice_more(ports: Ports) -> None:
    due = [
        planner.is_due(ports.db, rows) for rows in (taken(1, 99), taken(2, 101), taken(101, 200), taken(950, 1049), taken(9_990, 10_100))
    ]
    assert due == ([False] * 5 if ports.db.embedded else [False, True, False, True, True])
    assert not planner.is_due(ports.db, [])
    assert not planner.is_due(ports.db, taken(20_000, 20_100))


@pytest.mark.only_on("postgresql", reason="SQLite is never told to look")
def test_what_it_looked_at_it_knows(ports: Ports) -> None:
    planner.look(ports.db)
    with ports.db.read() as conn:
        unknown = conn.exec_driver_sql(
            "SELECT count(*) FROM pg_class WHERE relname IN ('mention', 'case', 'clock', 'cluster') AND reltuples < 0"
        ).scalar_one()
    assert unknown == 0


@pytest.mark.only_on("postgresql", reason="SQLite is never told to look")
def test_a_server_that_cannot_look_now_stops_nobody(ports: Ports) -> None:
    """Whoever has it look has committed a batch already, and is to go on with the next."""
    ports.db.away = True
    planner.look(ports.db)
