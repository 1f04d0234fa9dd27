"""Upsert by the CRM's ref."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from app.actions.upsert_customer import upsert_customer
from app.core.errors import Conflict, Forbidden, Invalid
from app.engine.ports import Ports
from tests.customers.desk import AGENT, AUDITOR, events


def test_created_changed_unchanged(ports: Ports) -> None:
    body = {"name": "Ana", "handles": [{"network": "x", "handle": "ana", "external_id": "7"}], "consent": True}
    made = upsert_customer(ports, AGENT, "K1", body)
    assert (made.outcome, made.version) == ("created", 1)
    told = len(events(ports))
    again = upsert_customer(ports, AGENT, "K1", body | {"ref": "K1"})
    assert (again.outcome, again.version, again.customer_id) == ("unchanged", 1, made.customer_id)
    assert len(events(ports)) == told
    changed = upsert_customer(ports, AGENT, "K1", {"consent": False, "plan": "pro"})
    assert (changed.outcome, changed.version, changed.changed) == ("updated", 2, ("consent", "custom"))
    assert events(ports)[-1].data["changes"] == {"consent": [True, False]}


def test_wrong_fields_are_all_named(ports: Ports) -> None:
    with pytest.raises(Invalid) as error:
        upsert_customer(ports, AGENT, "K1", {"email": "x", "since": "soon", "handles": {"x": "a b"}})
    assert [e["loc"] for e in error.value.errors] == [["body", "email"], ["body", "since"], ["body", "handle:x"]]
    with pytest.raises(Invalid, match="differs"):
        upsert_customer(ports, AGENT, "K1", {"ref": "K2"})


def test_an_account_of_another_is_a_conflict(ports: Ports) -> None:
    upsert_customer(ports, AGENT, "K1", {"handles": {"x": "ana"}})
    with pytest.raises(Conflict, match="K1"):
        upsert_customer(ports, AGENT, "K2", {"handles": {"x": "ana"}})
    upsert_customer(ports, AGENT, "K1", {"handles": [{"network": "x", "handle": "ana", "external_id": "7"}]})
    with pytest.raises(Conflict, match="'7'"):
        upsert_customer(ports, AGENT, "K1", {"handles": [{"network": "x", "handle": "ana", "external_id": "8"}]})


def test_parallel_first_calls_make_one(ports: Ports) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: upsert_customer(ports, AGENT, "K1", {"name": "Ana"}), range(24)))
    assert len({m.customer_id for m in made}) == 1
    assert sorted({m.outcome for m in made}) == ["created", "unchanged"]
    assert len(events(ports)) == 1


def test_who_may_only_read_is_refused(ports: Ports) -> None:
    with pytest.raises(Forbidden):
        upsert_customer(ports, AUDITOR, "K1", {})
