"""Import: whole rows or none, prospects recognised by account, the same file twice is nothing."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import func, select

from app.actions.erase_customer import erase_customer
from app.actions.import_customers import CHUNK_ROWS, import_customers
from app.actions.merge_customers import merge_customers
from app.cases.tables import CASE
from app.core.asker import asker_of
from app.core.clock import SetClock
from app.core.errors import Forbidden, Invalid
from app.core.ids import PersonId
from app.customers import lookup, store
from app.customers.csv_form import read_csv
from app.customers.file_form import read_file
from app.customers.model import CustomerRecord, FormRow
from app.customers.tables import CUSTOMER
from app.engine.ports import Ports
from app.mentions.tables import MENTION
from tests.customers.desk import ADMIN, AGENT, TODAY, author, events, row, said, seen


def by_ref(ports: Ports, ref: str) -> CustomerRecord:
    with ports.db.read() as conn:
        record = store.by_ref(conn, ref)
    assert record is not None
    return record


def test_a_row_makes_a_customer_with_tier_and_account(ports: Ports) -> None:
    report = import_customers(
        ports, AGENT, [row(ref="K1", name="Ana", tier="VIP", lifetime_value="12", handles={"x": "@Ana"}, city="Bonn")]
    )
    assert (report.created, report.updated, report.unchanged, report.rejected) == (1, 0, 0, ())
    record = by_ref(ports, "K1")
    assert (record.known, record.value_tier, record.lifetime_value, record.custom) == (True, "platinum", 12.0, {"city": "Bonn"})
    with ports.db.read() as conn:
        (identity,) = store.identities_of(conn, record.id)
    assert (identity.handle, identity.handle_key, identity.verified_by) == ("Ana", "ana", "crm")
    assert seen(ports, author("ANA", external_id="7"))[0].id == record.id


def test_the_same_rows_again_change_nothing_and_leave_no_event(ports: Ports, clock: SetClock) -> None:
    rows = [row(ref=f"K{i}", name=f"N{i}", tier="gold", handles={"x": f"h{i}"}, segments="a;b", own=str(i)) for i in range(20)]
    import_customers(ports, AGENT, rows)
    before, told = by_ref(ports, "K3"), len(events(ports))
    clock.move(days=1)
    report = import_customers(ports, AGENT, rows)
    assert (report.created, report.updated, report.unchanged) == (0, 0, 20)
    assert len(events(ports)) == told
    after = by_ref(ports, "K3")
    assert after == replace(before, refreshed_at=after.refreshed_at)
    assert after.refreshed_at != before.refreshed_at


def test_what_a_row_leaves_out_stays_and_null_empties(ports: Ports) -> None:
    import_customers(ports, AGENT, [row(ref="K1", name="Ana", email="a@example.com", tier="gold", city="Bonn")])
    import_customers(ports, AGENT, [row(ref="K1", tier=None, lifetime_value=500, custom={"city": None, "floor": "2"})])
    record = by_ref(ports, "K1")
    assert (record.name, record.email, record.tier, record.value_tier, record.custom) == (
        "Ana",
        "a@example.com",
        None,
        "silver",
        {"floor": "2"},
    )
    told = events(ports, "customer.updated")[-1].data
    assert told["changes"]["value_tier"] == ["gold", "silver"]
    assert "city" not in str(told)


def test_no_personal_field_enters_the_log(ports: Ports) -> None:
    import_customers(
        ports,
        AGENT,
        [row(ref="K1", name="Ana Secret", email="a@secret.example", phone="+49 30 555", own="secret", handles={"x": "secret"})],
    )
    assert "ecret" not in str([e.data for e in events(ports)])


def test_a_new_customer_takes_the_prospects_row_and_history_over(ports: Ports) -> None:
    (prospect,) = seen(ports, author("ana", external_id="7", name="Ana on X"))
    report = import_customers(ports, AGENT, [row(ref="K1", tier="gold", handles={"x": "@ana"})])
    assert report.created == 1
    record = by_ref(ports, "K1")
    assert (record.id, record.known, record.name) == (prospect.id, True, "Ana on X")
    with ports.db.read() as conn:
        (identity,) = store.identities_of(conn, record.id)
    assert (identity.external_id, identity.verified_by) == ("7", "crm")
    assert events(ports, "customer.linked")[0].data["prospect"] is True


def test_a_known_customer_absorbs_the_prospect_with_cases_and_mentions(ports: Ports) -> None:
    import_customers(ports, AGENT, [row(ref="K1", name="Ana", tier="gold", handles={"x": "ana"})])
    (prospect,) = seen(ports, author("ana_m", network="mastodon"))
    with ports.db.read() as conn:
        (account,) = store.identities_of(conn, prospect.id)
    case = said(ports, account, "where is my order")
    report = import_customers(ports, AGENT, [row(ref="K1", handles={"x": "ana", "mastodon": "ana_m"})])
    assert (report.updated, report.rejected) == (1, ())
    record = by_ref(ports, "K1")
    with ports.db.read() as conn:
        assert lookup.living(conn, prospect.id) == record
        assert len(store.identities_of(conn, record.id)) == 2
        shown = conn.execute(select(CASE).where(CASE.c.id == case)).one()
        assert (shown.customer_id, shown.customer_name, shown.tier) == (record.id, "Ana", "gold")
        assert conn.execute(select(MENTION.c.customer_id)).scalars().all() == [record.id]
    assert [e.customer for e in events(ports, "customer.merged")] == [record.id, prospect.id]


def test_two_prospects_of_one_new_customer_become_one(ports: Ports) -> None:
    one, two = seen(ports, author("ana"), author("ana", network="mastodon"))
    import_customers(ports, AGENT, [row(ref="K1", handles={"x": "ana", "mastodon": "ana"})])
    record = by_ref(ports, "K1")
    with ports.db.read() as conn:
        assert {lookup.living(conn, i.id).id for i in (one, two)} == {record.id}  # type: ignore[union-attr]  # both were just made


def test_an_account_of_another_customer_rejects_its_row_whole_and_the_rest_goes_on(ports: Ports) -> None:
    rows = [
        row(2, ref="K1", handles={"x": "ana"}),
        row(3, ref="K2", name="Bo", handles={"x": "ANA", "mastodon": "bo"}),
        row(4, ref="K3", name="Cy"),
    ]
    report = import_customers(ports, AGENT, rows)
    assert (report.created, report.rejected_rows) == (2, 1)
    (problem,) = report.rejected
    assert (problem.row, problem.column) == (3, "handle:x")
    assert "'K1'" in problem.problem
    with ports.db.read() as conn:
        assert store.by_ref(conn, "K2") is None
        assert lookup.search(conn, "bo", limit=5).items == ()


def test_one_ref_twice_in_a_file_is_one_customer_with_the_last_word(ports: Ports) -> None:
    seen(ports, author("late"))
    rows = [row(2, ref="K1", name="Ana", handles={"x": "ana"}), row(3, ref="K1", name="Anna", handles={"x": "late"})]
    report = import_customers(ports, AGENT, rows)
    assert (report.created, report.updated, report.rejected) == (1, 1, ())
    record = by_ref(ports, "K1")
    with ports.db.read() as conn:
        assert {i.handle_key for i in store.identities_of(conn, record.id)} == {"ana", "late"}
        assert [r.id for r in lookup.search(conn, "late", limit=5).items] == [record.id]
    assert record.name == "Anna"


def test_a_dry_run_reports_the_same_and_writes_nothing(ports: Ports) -> None:
    rows = [row(ref="K1", handles={"x": "ana"}), row(3, ref="K2", handles={"x": "ana"}), row(4, ref="K3", email="no")]
    rehearsed = import_customers(ports, AGENT, rows, dry_run=True)
    with ports.db.read() as conn:
        assert conn.execute(select(func.count()).select_from(CUSTOMER)).scalar() == 0
    assert events(ports) == []
    assert import_customers(ports, AGENT, rows) == rehearsed
    assert (rehearsed.created, rehearsed.rejected_rows) == (1, 2)


def test_chunks_before_a_failure_stay_done_and_progress_is_told(ports: Ports) -> None:
    def rows() -> Iterator[FormRow]:
        for i in range(CHUNK_ROWS + 10):
            yield row(i + 2, ref=f"K{i}")
        raise Invalid("the file is damaged here")

    told: list[int] = []
    with pytest.raises(Invalid):
        import_customers(ports, AGENT, rows(), on_progress=told.append)
    assert told == [CHUNK_ROWS]
    with ports.db.read() as conn:
        assert conn.execute(select(func.count()).select_from(CUSTOMER)).scalar() == CHUNK_ROWS


def test_a_merged_customers_ref_still_brings_its_accounts_to_the_heir(ports: Ports) -> None:
    import_customers(ports, AGENT, [row(ref="K1", name="Ana"), row(3, ref="K2", name="A.")])
    merge_customers(ports, AGENT, source_id=by_ref(ports, "K2").id, target_id=by_ref(ports, "K1").id)
    report = import_customers(ports, AGENT, [row(ref="K2", name="A. Souza", handles={"x": "ana"})])
    assert report.updated == 1
    heir = by_ref(ports, "K1")
    assert seen(ports, author("ana"))[0].id == heir.id
    with ports.db.read() as conn:
        assert [r.id for r in lookup.search(conn, "souza", limit=5).items] == [heir.id]


def test_an_erased_customer_does_not_come_back(ports: Ports) -> None:
    import_customers(ports, AGENT, [row(ref="K1", name="Ana")])
    erase_customer(ports, ADMIN, by_ref(ports, "K1").id)
    report = import_customers(ports, AGENT, [row(ref="K1", name="Ana")])
    assert "erased" in report.rejected[0].problem


def test_who_may_not_edit_customers_may_not_import(ports: Ports) -> None:
    with pytest.raises(Forbidden):
        import_customers(ports, asker_of("trainee", PersonId("t"), "Tim"), [row(ref="K1")])


def test_the_demos_own_customers_are_clean(ports: Ports) -> None:
    lines = (Path(__file__).parents[2] / "app" / "demo" / "customers.csv").read_bytes().splitlines(keepends=True)
    report = import_customers(ports, AGENT, read_csv(lines, today=TODAY))
    assert report.rejected == ()
    assert report.created == len(lines) - 1


@pytest.mark.real_data
def test_the_recorded_customers_import_whole_and_the_second_time_changes_nothing(ports: Ports, real_data: Path) -> None:
    path = real_data / "customers.jsonl.gz"
    first = import_customers(ports, AGENT, read_file(path, today=TODAY))
    assert (first.created, first.updated, first.rejected) == (7065, 0, ())
    told = len(events(ports))
    second = import_customers(ports, AGENT, read_file(path, today=TODAY))
    assert (second.created, second.updated, second.unchanged, second.rejected) == (0, 0, 7065, ())
    assert len(events(ports)) == told
