"""A condition as SQL lists exactly the rows that the plain evaluator finds, on both databases, or says what it leaves open."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Boolean, Column, Float, Integer, MetaData, String, Table, insert, select

from app.core.clock import SetClock
from app.core.facts import Facts
from app.engine.columns import Json, UtcDateTime
from app.engine.database import Database
from app.routing.because import find
from app.routing.conditions import All, AnyOf, Compare, Condition, Not
from app.routing.to_sql import Held, where_of
from tests.routing.written import LISTS, compares, facts, set_of

NOW: Final = datetime(2026, 3, 6, 12, tzinfo=UTC)
ASKED: Final = Table(
    "asked", MetaData(), Column("id", Integer, primary_key=True), Column("queue", String(40), nullable=False), Column("tier", String(40)),
    Column("language", String(40)), Column("score", Integer), Column("sentiment", Float), Column("reach", Integer), Column("tags", Json),
    Column("risk", Json), Column("hold", Boolean), Column("consent", Boolean), Column("waiting_since", UtcDateTime),
    Column("due_at", UtcDateTime), Column("handle", String(200)),
)  # fmt: skip
PLAIN: Final = ("queue", "tier", "language", "score", "sentiment", "reach", "hold", "consent", "handle")
COLUMNS: Final = {
    **{name: Held(ASKED.c[name]) for name in PLAIN},
    "tags": Held(ASKED.c.tags, "list"),
    "risk": Held(ASKED.c.risk, "list"),
    "waiting_minutes": Held(ASKED.c.waiting_since, "since", 0.0),
    "minutes_to_due": Held(ASKED.c.due_at, "until"),
}
# The letters that a database cannot fold as we do stay out of the rows; as wanted values they are left over.
FOLDS: Final = ("I want my REFUNDS, call  me! lawyer", "x", "X", "es", "gold", "Gold", "")


def row_of(given_facts: Facts, id: int) -> dict[str, Any]:
    """A row that holds these Facts."""
    plain = {name: getattr(given_facts, name) for name in PLAIN}
    waiting, due = given_facts.waiting_minutes, given_facts.minutes_to_due
    return plain | {
        "id": id, "tags": list(given_facts.tags), "risk": list(given_facts.risk),
        "waiting_since": NOW - timedelta(minutes=waiting) if waiting else None,
        "due_at": None if due is None else NOW + timedelta(minutes=due),
    }  # fmt: skip


@pytest.fixture
def db(blank_url: str) -> Iterator[Database]:
    database = Database(blank_url, SetClock(NOW))
    with database.writer.begin() as conn:
        ASKED.metadata.create_all(conn)
    yield database
    database.close()


def listed(db: Database, condition: Condition, rows: list[Facts]) -> tuple[set[int], bool]:
    """The ids that the clause lets through, and whether it is exact."""
    where = where_of(condition, COLUMNS, NOW)
    with db.writer.begin() as conn:
        conn.execute(ASKED.delete())
        conn.execute(insert(ASKED), [row_of(one, id) for id, one in enumerate(rows)])
        return set(conn.scalars(select(ASKED.c.id).where(where.clause))), where.exact


def asked() -> st.SearchStrategy[Condition]:
    """Conditions mostly over what the table holds."""
    leaves = compares().filter(lambda test: test.field in COLUMNS)
    return st.recursive(
        st.one_of(leaves, leaves, leaves, compares()),
        lambda inner: st.one_of(
            st.lists(inner, max_size=3).map(lambda parts: All(tuple(parts))),
            st.lists(inner, min_size=1, max_size=3).map(lambda parts: AnyOf(tuple(parts))),
            inner.map(Not),
        ),
        max_leaves=5,
    )


def rows() -> st.SearchStrategy[list[Facts]]:
    ascii_only = st.sampled_from(FOLDS)
    one = st.builds(
        lambda base, tier, handle: replace(base, tier=tier or None, handle=handle, previous={}), facts(), ascii_only, ascii_only
    )
    return st.lists(one, min_size=1, max_size=6)


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.filter_too_much], deadline=None)
@given(condition=asked(), some=rows())
def test_the_clause_lists_what_the_plain_meaning_finds(db: Database, condition: Condition, some: list[Facts]) -> None:
    ids, exact = listed(db, condition, some)
    meant = {id for id, one in enumerate(some) if find(condition, one).holds}
    assert ids == meant if exact else ids >= meant, (condition, exact)


@pytest.mark.parametrize(
    ("test", "exact"),
    [
        ("queue: care", True),
        ("tier: {in_list: names}", True),
        ("tags: [vip, late]", True),
        ("waiting_minutes: {above: 30}", True),
        ("minutes_to_due: {between: [-5, 5]}", True),
        ("tier: {is: Größe}", False),
        ("text: refund", False),
        ("handle: {matches: '^a'}", False),
        ("waiting_minutes: {within_business_minutes: 5}", False),
        ("queue: {changed: true}", False),
        ("custom.plan: pro", False),
    ],
)
def test_what_sql_can_answer(test: str, exact: bool) -> None:
    condition = set_of(f"lists: {{names: [a]}}\nrules:\n  - id: a\n    when:\n      {test}\n").rules[0].when
    where = where_of(condition, COLUMNS, NOW)
    assert where.exact is exact
    assert where.left == (() if exact else (condition,))


def test_what_is_left_over_keeps_no_row_out(db: Database) -> None:
    """Also under ``not``: a test that SQL cannot answer may hold or not, so its row has to come through."""
    words = Compare("text", "contains_any", ("refund",))
    some = [Facts(text="refund", queue="care"), Facts(text="hi", queue="care"), Facts(text="hi", queue="vip")]
    for condition in (Not(words), Not(All((words, Compare("queue", "is", "care")))), All((words, Compare("queue", "is", "care")))):
        ids, exact = listed(db, condition, some)
        assert not exact
        assert ids >= {id for id, one in enumerate(some) if find(condition, one).holds}
    assert listed(db, All((words, Compare("queue", "is", "care"))), some)[0] == {0, 1}


def test_lists_of_any_letters_are_found_where_case_does_not_matter_to_them(db: Database) -> None:
    some = [Facts(risk=("legal",)), Facts(tags=("VIP",)), Facts(tags=("late", "x"))]
    assert listed(db, Compare("tags", "contains_any", ("vip",)), some) == ({1}, True)
    assert listed(db, Compare("tags", "contains_all", ("x", "late")), some) == ({2}, True)
    assert listed(db, Compare("risk", "set", True), some) == ({0}, True)
    assert listed(db, Compare("handle", "in_list", LISTS), some)[1] is False
