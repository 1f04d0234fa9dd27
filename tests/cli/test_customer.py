"""Privacy requests from the command line."""

import json
from pathlib import Path

from app.actions.import_customers import import_customers
from app.core.asker import DESK
from app.core.ids import CustomerId
from app.customers import store
from app.customers.form import read_form
from app.engine.ports import Ports
from tests.cli.conftest import Earshot


def made(ports: Ports) -> CustomerId:
    import_customers(ports, DESK, [read_form({"ref": "K1", "name": "Ana Nová"}, row=2, today=ports.clock.now().date())])
    with ports.db.read() as conn:
        record = store.by_ref(conn, "K1")
    assert record is not None
    return record.id


def test_an_export_is_one_json_value_on_stdout_or_in_a_file(earshot: Earshot, ports: Ports, tmp_path: Path) -> None:
    id = made(ports)
    ran = earshot("customer", "export", id)
    assert json.loads(ran.out)["customer"]["name"] == "Ana Nová"
    earshot("customer", "export", id, "--output", tmp_path / "ana.json")
    kept = json.loads((tmp_path / "ana.json").read_text(encoding="utf-8"))
    assert kept["customer"] == json.loads(ran.out)["customer"]


def test_an_erasure_is_done_once_and_the_ledger_holds(earshot: Earshot, ports: Ports) -> None:
    id = made(ports)
    ran = earshot("customer", "erase", id)
    assert (ran.code, ran.out) == (0, "")
    assert f"{id} is erased" in ran.err
    assert "Ana" not in earshot("customer", "export", id).out
    again = earshot("customer", "erase", id)
    assert (again.code, "erased before" in again.err) == (1, True)
    assert earshot("audit", "verify").out.startswith("ok: ")


def test_an_unknown_customer_is_named(earshot: Earshot) -> None:
    for verb in ("export", "erase"):
        ran = earshot("customer", verb, "nobody")
        assert (ran.code, ran.out) == (2, "")
        assert "There is no customer 'nobody'." in ran.err
