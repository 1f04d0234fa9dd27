"""The customer's page and its timeline in words."""

from datetime import UTC, datetime
from typing import Any

import pytest

from app.actions.erase_customer import erase_customer
from app.actions.merge_customers import merge_customers
from app.actions.upsert_customer import upsert_customer
from app.core.errors import Invalid, NotFound
from app.core.events import EVENT_KINDS, Actor, Event, NewEvent
from app.core.ids import CustomerId
from app.customers import store
from app.engine.ports import Ports
from app.queries.customer import customer, timeline
from app.queries.customer_timeline import GROUPS, LEFT_OUT, item_of, kinds_of, spell
from tests.customers.desk import ADMIN, AGENT, author, said, seen

SENT = {
    "text": "We are on it", "by": "Mina", "policy": "public-reply", "policy_version": 3,
    "ticks": [{"id": "a", "text": "order verified"}, "b"], "response_seconds": 725.0,
}  # fmt: skip

AT = datetime(2026, 3, 2, tzinfo=UTC)


def tell(ports: Ports, id: CustomerId, kind: str, data: dict[str, Any], actor: Actor = AGENT.actor) -> None:
    with ports.db.write() as tx:
        tx.append(NewEvent(kind, actor, data, customer=id))


def test_the_page_holds_it_all(ports: Ports) -> None:
    (prospect,) = seen(ports, author("ana", external_id="7", followers=20_000, verified=True))
    upsert_customer(ports, AGENT, "K1", {"name": "Ana Souza", "tier": "gold", "since": "2025-03-02", "handles": {"x": "ana"}})
    upsert_customer(ports, AGENT, "K2", {"name": "Ana Sousa", "handles": {"mastodon": "ana_m"}})
    with ports.db.read() as conn:
        (account,) = store.identities_of(conn, prospect.id)
    said(ports, account, "one", sentiment=-0.5)
    said(ports, account, "two", sentiment=None)
    page = customer(ports, AGENT, prospect.id)
    assert (page.ref, page.value_tier, page.tenure_days, page.known, page.held) == ("K1", "gold", 365, True, False)
    (identity,) = page.identities
    assert (identity.handle, identity.how, identity.verified, identity.followers) == ("ana", "named by the CRM", True, 20_000)
    assert "20,000 followers" in page.class_evidence
    assert (page.mention_count, page.open_cases, [p.value for p in page.sentiment]) == (2, 2, [-0.5])
    (candidate,) = page.may_be
    assert candidate.name == "Ana Sousa"
    assert [i.words for i in page.timeline.items] == ["Account on x linked, vouched for by the CRM", "Became known to the CRM"]


def test_an_answer_shows_who_how_fast_under_what_and_with_which_ticks(ports: Ports) -> None:
    id = upsert_customer(ports, AGENT, "K1", {"name": "Ana"}).customer_id
    tell(
        ports,
        id,
        "mention.received",
        {"text": "Where is it", "network": "x", "url": "https://x.example/1", "sentiment": -0.5},
        Actor("customer", "i", "ana"),
    )
    tell(ports, id, "reply.sent", SENT)
    tell(ports, id, "priority.changed", {"from": 1, "to": 2})
    answer, post, _ = timeline(ports, AGENT, id).items
    assert answer.words == "Answered after 12 min 5 s under public-reply v3"
    assert (answer.who, answer.text, answer.ticks) == ("Mina", "We are on it", ("order verified", "b"))
    assert (post.words, post.who, post.text, post.sentiment, post.url) == ("Wrote on x", "ana", "Where is it", -0.5, "https://x.example/1")
    assert [i.group for i in timeline(ports, AGENT, id, group="reply").items] == ["reply"]


def test_the_timeline_goes_on_by_key_and_through_merges(ports: Ports) -> None:
    a = upsert_customer(ports, AGENT, "A", {"name": "Ana"}).customer_id
    b = upsert_customer(ports, AGENT, "B", {"name": "Bea"}).customer_id
    for i in range(5):
        tell(ports, b, "note.added", {"text": f"n{i}"})
    merge_customers(ports, AGENT, source_id=b, target_id=a)
    texts: list[str] = []
    cursor = None
    while True:
        page = timeline(ports, AGENT, b, cursor=cursor, limit=2, group="note")
        texts += [i.text or "" for i in page.items]
        cursor = page.next
        if cursor is None:
            break
    assert texts == ["n4", "n3", "n2", "n1", "n0"]
    shown = customer(ports, AGENT, b)
    assert (shown.id, shown.asked_for) == (a, b)
    assert [(m.id, m.can_undo) for m in shown.merged] == [(b, True)]


def test_an_erased_customer_still_has_a_page(ports: Ports) -> None:
    id = upsert_customer(ports, AGENT, "K1", {"name": "Ana", "handles": {"x": "ana"}}).customer_id
    erase_customer(ports, ADMIN, id)
    page = customer(ports, AGENT, id)
    assert (page.name, page.may_be) == ("", ())
    assert page.timeline.items[0].words == "Erased at their own request"


def test_refusals(ports: Ports) -> None:
    id = upsert_customer(ports, AGENT, "K1", {}).customer_id
    with pytest.raises(NotFound):
        customer(ports, AGENT, "nobody")
    with pytest.raises(NotFound):
        timeline(ports, AGENT, "nobody")
    with pytest.raises(Invalid, match="limit"):
        customer(ports, AGENT, id, limit=0)
    for cursor in ("?", "WyJhIl0"):
        with pytest.raises(Invalid, match="cursor"):
            customer(ports, AGENT, id, cursor=cursor)
    with pytest.raises(Invalid, match="part of the timeline"):
        timeline(ports, AGENT, id, group="gossip")  # type: ignore[arg-type]  # what an address may hold


def test_every_kind_of_event_has_words_and_a_group() -> None:
    for kind in EVENT_KINDS:
        item = item_of(Event(1, kind, AT, Actor("system"), {}, None, None, None, None, 0))
        assert item.words
        assert item.who == "Earshot"
    assert frozenset().union(*(kinds_of(g) for g in GROUPS)) == EVENT_KINDS - LEFT_OUT


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"),
        (-3, "0 s"),
        (45, "45 s"),
        (725, "12 min 5 s"),
        (3600, "1 h"),
        (12_000, "3 h 20 min"),
        (187_200, "2 d 4 h"),
        (86_405, "1 d"),
    ],
)
def test_spans(seconds: float, words: str) -> None:
    assert spell(seconds) == words
