"""Statements in plain loops do what SQLAlchemy's own execution does, on both databases."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy import bindparam, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError, OperationalError

from app.engine.among import among
from app.engine.bulk import insert_rows, read_rows
from app.engine.columns import Written, json_text, json_value, utc_of, utc_text
from app.engine.inserts import upsert_for
from app.engine.intake_queue import INTAKE
from app.engine.ports import Ports
from app.engine.timers import TIMER

AT = datetime(2026, 2, 24, 19, 35, 52, 123_456, tzinfo=UTC)
NAMES = ("subject", "purpose", "due_at", "data")
ADD = insert(TIMER)
MOVE = update(TIMER).where(TIMER.c.subject == bindparam("of")).values(due_at=bindparam("to"))
CHANGE = update(TIMER).where(TIMER.c.subject == bindparam("of")).values(due_at=bindparam("to"), data=bindparam("now"))
DROP = delete(TIMER).where(among(TIMER.c.subject, "subjects"), TIMER.c.purpose != "kept")
SOME = select(TIMER).where(among(TIMER.c.subject, "subjects"), TIMER.c.purpose == "warn").order_by(TIMER.c.subject)
WAITING = select(INTAKE.c.key).where(among(INTAKE.c.id, "ids")).order_by(INTAKE.c.key)


def test_what_is_written_is_read_as_it_was(ports: Ports) -> None:
    rows = [(f"s{n}", "warn", AT + timedelta(seconds=n), {"n": [n, None, "ü"], "large": 2**70}) for n in range(3)]
    with ports.db.write() as tx:
        insert_rows(tx.conn, ADD, NAMES, rows)
    with ports.db.read() as conn:
        assert read_rows(conn, SOME, {"subjects": ["s0", "s2", "other", 'it\'s "quoted"']}) == [rows[0], rows[2]]
        assert read_rows(conn, SOME, {"subjects": []}) == []
        assert [tuple(row) for row in conn.execute(select(TIMER).order_by(TIMER.c.subject))] == rows


def test_values_may_stand_in_another_order_than_the_columns(ports: Ports) -> None:
    with ports.db.write() as tx:
        insert_rows(tx.conn, ADD, NAMES[::-1], [({"n": n}, AT, "warn", f"s{n}") for n in range(2)])
        assert read_rows(tx.conn, SOME, {"subjects": ["s0", "s1"]}) == [(f"s{n}", "warn", AT, {"n": n}) for n in range(2)]


def test_updates_and_deletions_of_many(ports: Ports) -> None:
    with ports.db.write() as tx:
        insert_rows(tx.conn, ADD, NAMES, [("a", "warn", AT, {}), ("b", "warn", AT, {}), ("c", "kept", AT, {})])
        insert_rows(tx.conn, MOVE, ("of", "to"), [("a", AT + timedelta(days=1)), ("b", AT - timedelta(days=1))])
        assert insert_rows(tx.conn, ADD, NAMES, []) == 0
        assert {row[0]: row[2] for row in read_rows(tx.conn, SOME, {"subjects": ["a", "b"]})} == {
            "a": AT + timedelta(days=1), "b": AT - timedelta(days=1),
        }  # fmt: skip
        assert insert_rows(tx.conn, DROP, ("subjects",), [(["a", "c", "b"],)]) == 2


def test_an_update_of_many_vouched_for_is_one_statement_and_writes_the_same(ports: Ports) -> None:
    rows = [(f"s{n}", "warn", AT, {"n": n}) for n in range(3)]
    odd = {"it's": ['"%s" ü', None, 2**70]}
    moved = [("s0", AT + timedelta(microseconds=1), odd), ("s2", AT - timedelta(days=9), {}), ("gone", AT, {})]
    with ports.db.write() as tx:
        insert_rows(tx.conn, ADD, NAMES, rows)
        assert insert_rows(tx.conn, CHANGE, ("of", "to", "now"), moved, distinct=True) == 2
        assert insert_rows(tx.conn, CHANGE, ("of", "to", "now"), [], distinct=True) == 0
        assert read_rows(tx.conn, SOME, {"subjects": ["s0", "s1", "s2"]}) == [
            ("s0", "warn", moved[0][1], moved[0][2]), rows[1], ("s2", "warn", moved[1][1], {}),
        ]  # fmt: skip


@pytest.mark.parametrize("many", [9, 10, 23, 40])
def test_however_many_rows_there_are_each_is_written_and_counted_once(ports: Ports, many: int) -> None:
    rows = [(f"s{n:02}", "warn", AT + timedelta(seconds=n), {"n": n}) for n in range(many)]
    later: list[tuple[Any, ...]] = [(subject, purpose, at + timedelta(days=1), {}) for subject, purpose, at, _ in rows]
    with ports.db.write() as tx:
        assert insert_rows(tx.conn, ADD, NAMES, rows) == many
        insert_rows(tx.conn, upsert_for(tx.conn, TIMER, NAMES[:2], NAMES[2:]), NAMES, later, distinct=True)
        assert read_rows(tx.conn, SOME, {"subjects": [row[0] for row in rows]}) == later


def test_of_rows_that_one_statement_writes_none_stays_where_one_is_refused(ports: Ports) -> None:
    twice: list[tuple[Any, ...]] = [("s", "warn", AT, {}), *((f"s{n}", "warn", AT, {}) for n in range(9)), ("s", "warn", AT, {})]
    with ports.db.write() as tx:
        with pytest.raises(IntegrityError), tx.part():
            insert_rows(tx.conn, ADD, NAMES, twice)
        assert read_rows(tx.conn, SOME, {"subjects": [row[0] for row in twice]}) == []


@pytest.mark.only_on("sqlite", reason="the other driver has all the rows before it hands out the first")
def test_what_fails_at_a_later_row_is_told_as_what_fails_at_once(ports: Ports) -> None:
    """As when the disk fails in the midst of a reading: only SQLAlchemy's errors are told as an outage."""
    with ports.db.write() as tx:
        insert_rows(tx.conn, ADD, NAMES, [("a", "warn", AT, {}), ("b", "warn", AT, {})])
        driver: Any = tx.conn.connection.dbapi_connection
        driver.create_function("unless_b", 1, {"a": 1}.__getitem__)
        with pytest.raises(OperationalError):
            read_rows(tx.conn, select(func.unless_b(TIMER.c.subject)).order_by(TIMER.c.subject), {})


def test_numbers_are_looked_among_too(ports: Ports) -> None:
    with ports.db.write() as tx:
        values = {"received_at": AT, "source": "t", "body": {}, "state": "waiting", "attempts": 0}
        for key in ("x", "y", "z"):
            tx.conn.execute(insert(INTAKE).values(key=key, **values))
        ids = {row.key: row.id for row in tx.conn.execute(select(INTAKE))}
        assert read_rows(tx.conn, WAITING, {"ids": [ids["z"], ids["x"], -1]}) == [("x",), ("z",)]


def test_a_fault_of_the_database_is_told_as_everywhere(ports: Ports) -> None:
    with pytest.raises(IntegrityError), ports.db.write() as tx:
        insert_rows(tx.conn, ADD, NAMES, [("a", "warn", AT, {}), ("a", "warn", AT, {})])
    with ports.db.read() as conn:
        assert read_rows(conn, SOME, {"subjects": ["a"]}) == []


def test_a_reading_belongs_to_the_snapshot(ports: Ports) -> None:
    with ports.db.read() as conn:
        assert read_rows(conn, SOME, {"subjects": ["a"]}) == []
        with ports.db.write() as tx:
            insert_rows(tx.conn, ADD, NAMES, [("a", "warn", AT, {})])
        assert read_rows(conn, SOME, {"subjects": ["a"]}) == []


def test_an_in_list_is_refused(ports: Ports) -> None:
    with ports.db.read() as conn, pytest.raises(ValueError, match="among"):
        read_rows(conn, select(TIMER).where(TIMER.c.subject.in_(["a"])), {})


def test_moments_and_values_there_and_back() -> None:
    for at in (AT, AT.replace(microsecond=0), AT.astimezone(timezone(timedelta(hours=3)))):
        assert utc_of(utc_text(at)) == at
        assert utc_of(utc_text(at)).tzinfo is UTC
    with pytest.raises(ValueError, match="naive"):
        utc_text(AT.replace(tzinfo=None))
    deep: list[Any] = []
    for _ in range(300):
        deep = [deep]
    for value in ({}, [], (), 0, "", None, False, 2**70, -(2**64), {"a": (1, 2)}, [1e16, -0.5, 5e-324, 0.1 + 0.2], "\x7f ü 😀", deep):
        assert json_value(json_text(value)) == (
            list(value) if isinstance(value, tuple) else {"a": [1, 2]} if value == {"a": (1, 2)} else value
        )
    assert json_value(' {"a": 1}\n') == {"a": 1}
    with pytest.raises(ValueError, match="Expecting"):
        json_value("[1")
    with pytest.raises(TypeError):
        json_text({"at": AT})
    assert json_value('{"by": "another hand", "half": "\\ud800"} ') == {"by": "another hand", "half": "\ud800"}


def test_what_is_written_out_already_stands_as_its_value(ports: Ports) -> None:
    kept = Written(json_text({"b": [1, "ü"], "a": None}))
    rows = [("s0", "warn", AT, {"in": kept, "n": 1}), ("s1", "warn", AT, kept), ("s2", "warn", AT, {"in": kept, "large": 2**70})]
    with ports.db.write() as tx:
        insert_rows(tx.conn, ADD, NAMES, rows)
        found = {row[0]: row[3] for row in read_rows(tx.conn, SOME, {"subjects": ["s0", "s1", "s2"]})}
    value = {"b": [1, "ü"], "a": None}
    assert found == {"s0": {"in": value, "n": 1}, "s1": value, "s2": {"in": value, "large": 2**70}}
    assert list(found["s1"]) == ["b", "a"]
