"""The lists of the inbox: every view, order and filter holds what its rule says, page by page, and none of them reads the history."""

import itertools
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, text

from app.cases import store as cases
from app.cases.model import Case
from app.core.asker import Asker
from app.core.clock import SetClock
from app.core.ids import CaseId, CustomerId, PersonId
from app.engine.ports import Ports
from app.queries import case_lists
from app.queries import inbox as inbox_module
from app.queries.case_lists import SORTS, Sort, listing
from app.queries.case_row import row_of
from app.queries.inbox import COUNTED, InboxPage, counts, inbox
from app.queries.inbox_views import RULES, VIEWS, View
from tests.support.scene import Scene

COUNT = 90
FILTERS: tuple[dict[str, str], ...] = (
    {}, {"queue": "care"}, {"network": "mastodon"}, {"band": "high"}, {"language": "es"}, {"assignee": "none"}, {"assignee": "me"},
    {"customer": "customer-3"}, {"queue": "bulk", "assignee": "none"}, {"queue": "bulk"}, {"language": "en", "band": "low", "network": "x"},
)  # fmt: skip


@pytest.fixture
def full(ports: Ports, clock: SetClock) -> tuple[Ports, Asker, dict[str, Case]]:
    """A desk with cases of every kind, and one of its agents."""
    scene = Scene(ports, clock)
    pattern, me, other = scene.hear(), scene.ana.person(), scene.ben.person()
    now = scene.clock.now()
    pick = {
        "state": ("open", "open", "open", "pending", "waiting", "snoozed", "done"),
        "queue": ("care", "bulk", "community", "legal"),
        "network": ("x", "mastodon", "bluesky"),
        "band": ("urgent", "high", "normal", "low"),
        "language": ("en", "es", "und"),
        "assignee_id": (None, None, me, other, None),
        "due_state": ("running", "warned", "breached", None, "running", "running", "warned", "running", "paused", "running", "met"),
        "hold": (False, False, False, True, False, False, False, False, False, False, False, False, False),
    }
    made = [pattern]
    with scene.ports.db.write() as tx:
        for n in range(COUNT):
            chosen: dict[str, Any] = {name: values[n % len(values)] for name, values in pick.items()}
            moment = now - timedelta(minutes=(n * 37) % 101)
            holder = {me: "Ana", other: "Ben", None: None}[chosen["assignee_id"]]
            made.append(
                replace(
                    pattern, id=CaseId(tx.new_id()), thread_key=f"thread {n}", rank_at=float((n * 53) % 31), opened_at=moment,
                    last_mention_at=moment, waiting_since=moment if n % 3 else None,
                    due_at=now + timedelta(minutes=n - 40) if n % 4 else None, customer_id=CustomerId(f"customer-{n % 7}"),
                    assignee_name=holder, disposition="answered" if chosen["state"] == "done" else None, **chosen,
                )
            )  # fmt: skip
        cases.insert_all(tx, made[1:])
    return scene.ports, scene.ana, {case.id: case for case in made}


@pytest.fixture
def shallow(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Lists that look at seven cases where they would look at a thousand, so that their ends are met."""
    monkeypatch.setattr(case_lists, "LOOKED", 7)
    monkeypatch.setattr(inbox_module, "LOOKED", 7)
    listing.cache_clear()
    yield
    listing.cache_clear()


def _key(sort: Sort) -> Callable[[Case], tuple[Any, str]]:
    column = {"next": "rank_at", "newest": "opened_at", "oldest": "opened_at", "deadline": "due_at", "waiting": "waiting_since"}[sort]
    return lambda case: (getattr(case, column), case.id)


def _expected(made: dict[str, Case], view: View, sort: Sort, filters: dict[str, str], me: PersonId, now: Any) -> list[str]:
    def passes(case: Case) -> bool:
        held = {"none": case.assignee_id is None, "me": case.assignee_id == me}.get(filters.get("assignee", ""), True)
        named = {"queue": case.queue, "network": case.network, "band": case.band, "language": case.language, "customer": case.customer_id}
        return RULES[view].holds(case, me, now) and held and all(named[k] == v for k, v in filters.items() if k in named)

    found = [c for c in made.values() if passes(c) and _key(sort)(c)[0] is not None]
    return [c.id for c in sorted(found, key=_key(sort), reverse=sort == "newest")]


def _pages(ports: Ports, asker: Asker, view: View, sort: Sort, filters: dict[str, str], limit: int) -> list[InboxPage]:
    pages: list[InboxPage] = []
    with ports.db.read() as conn:
        while not pages or pages[-1].next_cursor:
            cursor = pages[-1].next_cursor if pages else None
            pages.append(inbox(conn, asker, ports.clock.now(), view=view, sort=sort, filters=filters, cursor=cursor, limit=limit))
            assert len(pages) <= COUNT
    return pages


def test_every_list_holds_what_its_rule_says_page_by_page(full: tuple[Ports, Asker, dict[str, Case]]) -> None:
    ports, asker, made = full
    for view, sort, filters in itertools.product(VIEWS, SORTS, FILTERS):
        pages = _pages(ports, asker, view, sort, filters, limit=9)
        shown = [row.id for page in pages for row in page.rows]
        assert shown == _expected(made, view, sort, filters, asker.person(), ports.clock.now()), (view, sort, filters)


def test_a_list_that_looks_further_page_by_page_misses_nothing(full: tuple[Ports, Asker, dict[str, Case]], shallow: None) -> None:
    ports, asker, made = full
    for view, sort, filters in itertools.product(("all", "risk", "bulk", "done"), SORTS, ({"network": "mastodon"}, {"band": "low"})):
        pages = _pages(ports, asker, view, sort, filters, limit=3)
        shown = [row.id for page in pages for row in page.rows]
        assert shown == _expected(made, view, sort, filters, asker.person(), ports.clock.now()), (view, sort, filters)
    assert any(page.looked == 7 for page in pages)
    assert pages[-1].looked is None


def test_a_row_from_the_list_is_the_row_of_its_case(full: tuple[Ports, Asker, dict[str, Case]]) -> None:
    ports, asker, _ = full
    (page,) = _pages(ports, asker, "all", "next", {}, limit=200)
    with ports.db.read() as conn:
        stored = cases.get_all(conn, [row.id for row in page.rows])
    assert [row_of(stored[CaseId(row.id)]) for row in page.rows] == list(page.rows)
    assert any(row.why_top for row in page.rows)


def test_a_row_changes_with_its_case_though_the_clock_stands(full: tuple[Ports, Asker, dict[str, Case]]) -> None:
    ports, asker, _ = full
    before = _pages(ports, asker, "all", "next", {}, limit=1)[0].rows[0]
    with ports.db.write() as tx:
        cases.change(tx, CaseId(before.id), bump=False, tags=["seen"])
    assert _pages(ports, asker, "all", "next", {}, limit=1)[0].rows[0] == replace(before, tags=("seen",))


def test_counts_are_those_of_the_rules(full: tuple[Ports, Asker, dict[str, Case]]) -> None:
    ports, asker, made = full
    now = ports.clock.now()
    with ports.db.read() as conn:
        found = counts(conn, asker.person(), now)
    wanted = [sum(RULES[view].holds(case, asker.person(), now) for case in made.values()) for view in COUNTED]
    assert [getattr(found, name) for name in found.__dataclass_fields__] == [str(n) for n in wanted]


def test_words_are_searched_with_filters_and_page_by_page(full: tuple[Ports, Asker, dict[str, Case]]) -> None:
    ports, asker, made = full
    pages = _pages(ports, asker, "all", "next", {"q": "4471", "network": "x"}, limit=9)
    shown = [row.id for page in pages for row in page.rows]
    assert len(pages) > 1
    assert shown == [c.id for c in sorted(made.values(), key=_key("next")) if c.network == "x"]


@pytest.mark.parametrize("analysed", [False, True])
def test_no_list_reads_or_sorts_more_than_its_index_gives(full: tuple[Ports, Asker, dict[str, Case]], analysed: bool) -> None:
    ports, _, _ = full
    if analysed:
        with ports.db.write() as tx:
            tx.conn.execute(text("ANALYZE"))
    with ports.db.read() as conn:
        for view, sort, continued in itertools.product(VIEWS, SORTS, (False, True)):
            for filters in ((), ("queue",), ("network",), ("customer",), ("assignee",), ("band", "language")):
                form = listing(view, sort, frozenset(filters), continued=continued)
                now = ports.clock.now()
                values = {"limit": 51, "me": "x", "now": now, "soon": now, "after_key": 1.5 if sort == "next" else now, "after_id": "x"}
                page = form.page.params(values | {f"f_{name}": "x" for name in filters})
                asked = page.compile(dialect=conn.dialect, compile_kwargs={"literal_binds": True})
                wrong = _sqlite_wrong(conn, str(asked)) if ports.db.embedded else _postgresql_wrong(conn, str(asked))
                assert not wrong, (view, sort, filters, wrong)


def test_what_is_held_is_read_without_what_is_done(full: tuple[Ports, Asker, dict[str, Case]]) -> None:
    ports, _, _ = full
    with ports.db.read() as conn:
        form = listing("legal", "next", frozenset(), continued=False).page.params({"limit": 51})
        asked = form.compile(dialect=conn.dialect, compile_kwargs={"literal_binds": True})
        if not ports.db.embedded:
            conn.execute(text("SET LOCAL enable_seqscan = off"))
        explain = "EXPLAIN QUERY PLAN" if ports.db.embedded else "EXPLAIN"
        assert "ix_case_held" in str(conn.exec_driver_sql(f"{explain} {asked}").all())


def _sqlite_wrong(conn: Connection, asked: str) -> list[str]:
    """Steps that read the whole table, or sort what they read of it rather than what a bound has let through."""
    steps = list(conn.exec_driver_sql(f"EXPLAIN QUERY PLAN {asked}"))
    sorting = {step[1] for step in steps if "TEMP B-TREE" in step[3]}
    by_index = [step for step in steps if "case USING" in step[3] and "autoindex" not in step[3]]
    return [step[3] for step in steps if step[3].startswith("SCAN case") and "INDEX" not in step[3]] + [
        step[3] for step in by_index if step[1] in sorting
    ]


def _postgresql_wrong(conn: Connection, asked: str) -> list[str]:
    """Whole tables read. A small one is read so whatever there is, so the planner is told not to if any index would serve."""
    conn.execute(text("SET LOCAL enable_seqscan = off"))
    return [line for (line,) in conn.exec_driver_sql(f"EXPLAIN {asked}") if "Seq Scan" in line]
