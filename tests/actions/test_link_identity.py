"""Linking an account by hand."""

import pytest

from app.actions.erase_customer import erase_customer
from app.actions.link_identity import link_identity
from app.actions.upsert_customer import upsert_customer
from app.core.errors import Conflict, Invalid, NotFound
from app.customers import lookup, store
from app.engine.ports import Ports
from tests.customers.desk import ADMIN, AGENT, author, events, seen


def test_a_new_account_is_linked_once(ports: Ports) -> None:
    ana = upsert_customer(ports, AGENT, "K1", {"name": "Ana"}).customer_id
    first = link_identity(ports, AGENT, ana, network="x", handle="@Ana")
    assert (first.linked, first.absorbed) == (True, ())
    told = len(events(ports))
    again = link_identity(ports, AGENT, ana, network="x", handle="ana")
    assert (again.linked, again.identity_id) == (False, first.identity_id)
    assert len(events(ports)) == told
    with ports.db.read() as conn:
        (identity,) = store.identities_of(conn, ana)
        assert identity.verified_by == "agent"
        assert [r.id for r in lookup.search(conn, "@ana", limit=3).items] == [ana]


def test_a_prospects_account_brings_the_prospect_along(ports: Ports) -> None:
    ana = upsert_customer(ports, AGENT, "K1", {"name": "Ana"}).customer_id
    (prospect,) = seen(ports, author("ana", external_id="7"))
    linked = link_identity(ports, AGENT, ana, network="x", external_id="7")
    assert linked.absorbed == (prospect.id,)
    with ports.db.read() as conn:
        assert lookup.living(conn, prospect.id) == store.get(conn, ana)


def test_refusals_say_why(ports: Ports) -> None:
    ana = upsert_customer(ports, AGENT, "K1", {"handles": {"x": "ana"}}).customer_id
    bo = upsert_customer(ports, AGENT, "K2", {}).customer_id
    with pytest.raises(Conflict, match="merge the two"):
        link_identity(ports, AGENT, bo, network="x", handle="ana")
    with pytest.raises(Invalid, match="names nobody"):
        link_identity(ports, AGENT, ana, network="x", handle=" ")
    with pytest.raises(Invalid, match="no network"):
        link_identity(ports, AGENT, ana, network="The X", handle="a")
    with pytest.raises(NotFound):
        link_identity(ports, AGENT, "nobody", network="x", handle="a")
    erase_customer(ports, ADMIN, bo)
    with pytest.raises(Conflict, match="erased"):
        link_identity(ports, AGENT, bo, network="x", handle="b")
