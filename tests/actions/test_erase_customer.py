"""Erasure leaves no trace of the person and all of the skeleton; export finds every trace before."""

import json

import pytest
from sqlalchemy import insert, select, update

from app.actions.empty_history import DECISION
from app.actions.erase_customer import erase_customer
from app.actions.export_customer import export_customer
from app.actions.merge_customers import merge_customers
from app.actions.upsert_customer import upsert_customer
from app.cases.tables import CASE, NOTE
from app.core.errors import Conflict, Forbidden, NotFound, OnHold
from app.core.events import Actor, NewEvent
from app.core.ids import CustomerId
from app.customers import lookup, store
from app.customers.tables import CUSTOMER, CUSTOMER_SEARCH, IDENTITY
from app.engine.log import EVENT
from app.engine.ports import Ports
from app.mentions.tables import MENTION, REVISION
from tests.customers.desk import ADMIN, AGENT, author, events, said, seen, stored

TABLES = (CUSTOMER, IDENTITY, CUSTOMER_SEARCH, MENTION, REVISION, CASE, NOTE, EVENT, DECISION)
FIELDS = {
    "name": "Secret Name", "email": "secret@secret.example", "phone": "+49 30 777", "owner": "secret", "note": "secret",
    "handles": {"x": "secret_h"}, "segments": ["secret"],
}  # fmt: skip


def person(ports: Ports, *, hold: bool = False) -> tuple[CustomerId, str]:
    """A customer with a merged record, a case, a note, a revision and events; all of it says "secret"."""
    id = upsert_customer(ports, AGENT, "SECRET-1", FIELDS).customer_id
    other = upsert_customer(ports, AGENT, "SECRET-2", {"name": "Secret Too", "handles": {"mastodon": "secret_m"}}).customer_id
    merge_customers(ports, AGENT, source_id=other, target_id=id)
    with ports.db.read() as conn:
        account = store.identities_of(conn, id)[0]
    case = said(ports, account, "my secret", hold=hold)
    with ports.db.write() as tx:
        tx.conn.execute(insert(NOTE).values(id=tx.new_id(), case_id=case, by_id="p", by_name="Mina", text="secret note", at=tx.now))
        facts = {"text": "my secret", "handle": "secret_h", "segments": ["secret"], "score": 7}
        trace = [{"rule": "r", "matched": True, "because": "text contains secret"}]
        tx.conn.execute(
            insert(DECISION).values(
                id=tx.new_id(), case_id=case, at=tx.now, trigger="mention.received", version=1, facts=facts, outcome={}, trace=trace
            )
        )
        mention = tx.conn.execute(select(MENTION.c.id)).scalar_one()
        tx.conn.execute(insert(REVISION).values(mention_id=mention, number=1, text="old secret", until=tx.now))
        actor = Actor("customer", account.id, "secret_h")
        tx.append(NewEvent("mention.received", actor, {"text": "my secret", "sentiment": -0.5}, customer=id, mention=mention))
    return id, case


def test_nothing_personal_is_left_and_the_skeleton_stands(ports: Ports) -> None:
    id, case = person(ports)
    assert "ecret" in stored(ports, *TABLES)
    erased = erase_customer(ports, ADMIN, id)
    assert (erased.accounts, erased.mentions, erased.cases) == (2, 1, 1)
    left = stored(ports, *TABLES)
    for trace in ("secret", "Secret", "SECRET", "777"):
        assert trace not in left
    with ports.db.read() as conn:
        record = store.get(conn, id)
        assert record is not None
        assert record.erased_at is not None
        assert lookup.search(conn, "sec", limit=5).items == ()
        assert conn.execute(select(CASE.c.customer_id).where(CASE.c.id == case)).scalar_one() == id
        assert conn.execute(select(MENTION.c.sentiment)).scalar_one() == -0.5
        assert conn.execute(select(DECISION.c.facts)).scalar_one()["score"] == 7
        assert all((i.handle or "").startswith("erased-") for i in store.identities_of(conn, id))
    assert [e.kind for e in events(ports)][-1] == "customer.erased"
    assert events(ports, "mention.received")[0].data == {"sentiment": -0.5}


def test_whoever_writes_again_is_somebody_new(ports: Ports) -> None:
    id, _ = person(ports)
    erase_customer(ports, ADMIN, id)
    (again,) = seen(ports, author("secret_h"))
    assert again.id != id


def test_a_hold_refuses_and_changes_nothing(ports: Ports) -> None:
    id, case = person(ports, hold=True)
    before = stored(ports, *TABLES)
    with pytest.raises(OnHold, match=case):
        erase_customer(ports, ADMIN, id)
    assert stored(ports, *TABLES) == before
    with ports.db.write() as tx:
        tx.conn.execute(update(CASE).values(hold=False))
    erase_customer(ports, ADMIN, id)


def test_refusals(ports: Ports) -> None:
    id, _ = person(ports)
    with pytest.raises(Forbidden):
        erase_customer(ports, AGENT, id)
    with pytest.raises(NotFound):
        erase_customer(ports, ADMIN, "nobody")
    with ports.db.read() as conn:
        (merged,) = lookup.absorbed(conn, id)
    with pytest.raises(Conflict, match="goes with it"):
        erase_customer(ports, ADMIN, merged.id)
    erase_customer(ports, ADMIN, id)
    with pytest.raises(Conflict, match="before"):
        erase_customer(ports, ADMIN, id)
    with pytest.raises(Conflict, match="erased"):
        upsert_customer(ports, AGENT, "SECRET-1", FIELDS)


def test_an_export_finds_every_trace(ports: Ports) -> None:
    id, case = person(ports)
    told = export_customer(ports, AGENT, id)
    text = json.dumps(told)
    for trace in ("Secret Name", "SECRET-2", "secret_m", "my secret", "old secret", "secret note", case):
        assert trace in text
    assert told["events"]
    (handed_out,) = [e for e in events(ports) if e.kind == "customer.exported"]
    assert (handed_out.customer, handed_out.actor.name, handed_out.data) == (id, AGENT.actor.name, {"mentions": 1, "cases": 1})
    erase_customer(ports, ADMIN, id)
    assert "ecret" not in json.dumps(export_customer(ports, AGENT, id))
    with pytest.raises(NotFound):
        export_customer(ports, AGENT, "nobody")
