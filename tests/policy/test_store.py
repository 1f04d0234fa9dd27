"""Policies, ticks and acknowledgements in the real database."""

from pathlib import Path

import pytest

from app.core.errors import Invalid, NotFound
from app.core.events import Actor
from app.core.ids import CaseId, PersonId
from app.engine.database import Database
from app.policy import store

ANN, OMID, CASE = PersonId("ann"), PersonId("omid"), CaseId("case")
SUE = Actor("agent", "sue", "Sue")


def write(folder: Path, id: str, title: str) -> None:
    (folder / f"{id}.md").write_text(f"---\nid: {id}\ntitle: {title}\napplies: [public reply]\n---\n- [ ] {{a}} Looked up (required)\n")


def test_a_changed_file_is_a_new_version_and_an_old_answer_keeps_its_own(db: Database, tmp_path: Path) -> None:
    write(tmp_path, "care", "Care")
    write(tmp_path, "other", "Other")
    with db.write() as tx:
        assert [(p.id, p.version) for p in store.sync_from_folder(tx, tmp_path, SUE)] == [("care", 1), ("other", 1)]
    with db.write() as tx:
        assert store.sync_from_folder(tx, tmp_path, SUE) == ()
    write(tmp_path, "care", "Care better")
    (tmp_path / "other.md").unlink()
    with db.write() as tx:
        assert [(p.id, p.version, p.title) for p in store.sync_from_folder(tx, tmp_path, SUE)] == [("care", 2, "Care better")]
    with db.read() as conn:
        assert store.active(conn, "care").title == "Care better"
        assert store.version(conn, "care", 1).title == "Care"
        assert store.version(conn, "care", 1).items[0].required
        assert [p.id for p in store.all_active(conn)] == ["care", "other"]
        assert [(v.policy.version, v.active, v.by_name) for v in store.history(conn, "care")] == [(2, True, "Sue"), (1, False, "Sue")]


def test_going_back_to_an_old_text_is_a_version_of_its_own(db: Database, tmp_path: Path) -> None:
    for title in ("One", "Two", "One"):
        write(tmp_path, "care", title)
        with db.write() as tx:
            store.sync_from_folder(tx, tmp_path, SUE)
    with db.read() as conn:
        assert [(v.policy.version, v.policy.title, v.active) for v in store.history(conn, "care")] == [
            (3, "One", True),
            (2, "Two", False),
            (1, "One", False),
        ]


def test_a_wrong_file_stops_all_of_them(db: Database, tmp_path: Path) -> None:
    write(tmp_path, "care", "Care")
    (tmp_path / "wrong.md").write_text("nothing")
    with pytest.raises(Invalid), db.write() as tx:
        store.sync_from_folder(tx, tmp_path, SUE)
    with db.read() as conn:
        assert store.all_active(conn) == ()
        with pytest.raises(NotFound):
            store.active(conn, "care")
        with pytest.raises(NotFound):
            store.version(conn, "care", 1)


def test_ticks(db: Database, shipped: Path) -> None:
    with db.write() as tx:
        policy = next(p for p in store.sync_from_folder(tx, shipped, SUE) if p.id == "public-reply")
        assert store.set_tick(tx, CASE, "read-thread", policy, ANN, "Ann")
        assert not store.set_tick(tx, CASE, "read-thread", policy, OMID, "Omid"), "the first name stays"
        assert store.set_tick(tx, CASE, "next-step", policy, OMID, "Omid")
        assert store.clear_tick(tx, CASE, "next-step")
        assert not store.clear_tick(tx, CASE, "next-step")
    with db.read() as conn:
        [tick] = store.ticks(conn, CASE).values()
    assert (tick.item_id, tick.policy, tick.version, tick.by_name) == ("read-thread", "public-reply", 1, "Ann")
    with db.write() as tx:
        assert store.clear_ticks(tx, CASE) == 1
        assert store.ticks(tx.conn, CASE) == {}


def test_a_tick_under_a_newer_version_is_a_new_tick(db: Database, tmp_path: Path) -> None:
    for version, (person, name) in enumerate([(ANN, "Ann"), (OMID, "Omid")], 1):
        write(tmp_path, "care", f"Care {version}")
        with db.write() as tx:
            [policy] = store.sync_from_folder(tx, tmp_path, SUE)
            assert store.set_tick(tx, CASE, "a", policy, person, name)
            assert (store.ticks(tx.conn, CASE)["a"].version, store.ticks(tx.conn, CASE)["a"].by_name) == (version, name)


def test_acknowledgements(db: Database, tmp_path: Path) -> None:
    write(tmp_path, "care", "Care")
    with db.write() as tx:
        [policy] = store.sync_from_folder(tx, tmp_path, SUE)
        assert store.acknowledge(tx, ANN, policy)
        assert not store.acknowledge(tx, ANN, policy)
        assert store.acknowledged(tx.conn, ANN) == {"care": 1}
        assert store.acknowledged(tx.conn, OMID) == {}
