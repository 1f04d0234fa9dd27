"""The list of customers."""

import pytest

from app.actions.upsert_customer import upsert_customer
from app.core.asker import Asker
from app.core.errors import Forbidden, Invalid
from app.core.events import Actor
from app.core.roles import SCOPE_PERMISSIONS
from app.engine.ports import Ports
from app.queries.customers import customers
from tests.customers.desk import AGENT, author, seen


def test_pages_searches_and_filters(ports: Ports) -> None:
    upsert_customer(ports, AGENT, "K1", {"name": "Ana Souza", "tier": "gold", "handles": {"x": "ana", "mastodon": "ana_m"}})
    upsert_customer(ports, AGENT, "K2", {"name": "Bo"})
    seen(ports, author("stray", followers=4))
    page = customers(ports, AGENT, limit=2)
    rest = customers(ports, AGENT, limit=2, cursor=page.next)
    assert {i.name for i in (*page.items, *rest.items)} == {"Ana Souza", "Bo", "stray"}
    assert rest.next is None
    (ana,) = customers(ports, AGENT, q="souz").items
    assert {(a.network, a.handle) for a in ana.accounts} == {("x", "ana"), ("mastodon", "ana_m")}
    assert [i.ref for i in customers(ports, AGENT, value_tier="gold").items] == ["K1"]
    assert [i.name for i in customers(ports, AGENT, known=False).items] == ["stray"]


def test_refusals(ports: Ports) -> None:
    for limit in (0, 201):
        with pytest.raises(Invalid, match="limit"):
            customers(ports, AGENT, limit=limit)
    for q in ("", "a"):
        with pytest.raises(Invalid, match="cursor"):
            customers(ports, AGENT, q=q, cursor="%%%")
    with pytest.raises(Forbidden):
        customers(ports, Asker(Actor("api", "t"), SCOPE_PERMISSIONS["ingest"]))
