"""Second step: everything the batch needs from the database, in a handful of statements whatever its size."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from app.actions.receiving.batch import Incoming
from app.cases import outbox
from app.cases import store as cases
from app.cases.model import Case, Reply
from app.cases.store import stay
from app.cases.store_known import last_agents_of
from app.core.ids import CaseId, IdentityId
from app.customers import store as customers
from app.customers.model import AuthorKey, CustomerRecord, Said
from app.customers.said import record_said
from app.engine.database import Transaction
from app.mentions import likeness
from app.mentions import store as mentions
from app.mentions.store import Source
from app.routing.compile import Compiled
from app.routing.fields import ARRIVAL
from app.routing.store_repeats import Repeats, repeats_of

_FELT_NEGATIVE = -0.3


@dataclass(slots=True)
class Cluster:
    """A group of near-copies as this batch grows it."""

    id: str
    bucket: str
    text: str
    size: int
    new: bool
    grew: int = 0


@dataclass(slots=True)
class Gathered:
    """What was found. ``cases`` is the working copy: later mentions of the batch see what earlier ones made of it."""

    authors: dict[AuthorKey, tuple[IdentityId, CustomerRecord]]
    threads: dict[tuple[str, str], dict[str, str]]
    cases: dict[CaseId, Case]
    outgoing: dict[CaseId, Reply]
    """Where an answer of ours is on its way, or waits for approval."""
    by_author: dict[IdentityId, list[CaseId]]
    clusters: list[Cluster]
    alike: dict[str, list[Cluster]]
    """The clusters by bucket."""
    fired: "Fired | None" = None
    """What rules that do not fire always have done on these cases; None where no such rule listens to arrivals."""
    ours: frozenset[Source] = frozenset()
    """First posts of threads that we began, where a rule asks who began."""
    agents: dict[str, str] = field(default_factory=dict)
    """Whom these customers know, by name, where a rule asks it."""


@dataclass(frozen=True, slots=True)
class Fired:
    """What rules that do not fire always have done, with the cases' states as they are stored and the words for their stays in them."""

    rules: tuple[str, ...]
    repeats: Repeats
    states: dict[CaseId, str]
    stays: dict[CaseId, str]

    def stay(self, case: Case) -> str:
        """The word for the case's stay in its state as it is in this batch, as it will be told from the database afterwards."""
        if case.id not in self.states:
            return stay(case.state, None)
        return self.stays.get(case.id, "") if self.states[case.id] == case.state else stay(case.state, case.updated_at)


def gather(tx: Transaction, new: Sequence[Incoming], window: timedelta, rules: Compiled) -> Gathered:
    """Authors found or made, their classes renewed, threads of known parents, joinable cases, recent near-copies."""
    authors = customers.find_or_make(tx, [i.author for i in new]) if new else {}
    authors = _classed(tx, new, authors)
    parents = {
        (i.mention.network, i.mention.instance, i.mention.in_reply_to) for i in new if i.mention.in_reply_to and not i.mention.thread
    }
    threads: dict[tuple[str, str], dict[str, str]] = {}
    for (network, instance, external_id), known in mentions.known(tx.conn, parents).items():
        threads.setdefault((network, instance), {})[external_id] = known.thread_key
    identities = sorted({identity for identity, _ in authors.values()})
    found = cases.recent_of_authors(tx, identities, tx.now - window)
    by_author: dict[IdentityId, list[CaseId]] = {}
    for case in found:
        by_author.setdefault(case.identity_id, []).append(case.id)
    clusters = _clusters(tx, new)
    alike: dict[str, list[Cluster]] = {}
    for cluster in clusters:
        alike.setdefault(cluster.bucket, []).append(cluster)
    outgoing = outbox.outgoing_of(tx.conn, [c.id for c in found])
    gathered = Gathered(authors, threads, {c.id: c for c in found}, outgoing, by_author, clusters, alike)
    if ARRIVAL in rules.once_on:
        gathered.fired = _fired(tx, rules, found)
    if "initiator" in rules.fields:
        gathered.ours = mentions.ours(tx.conn, {(i.mention.network, i.mention.instance, key) for i in new for key in _roots(i, threads)})
    if "last_agent" in rules.fields:
        agents = last_agents_of(tx.conn, [customer.id for _, customer in authors.values()])
        gathered.agents = {customer: agent.name for customer, agent in agents.items()}
    return gathered


def _fired(tx: Transaction, rules: Compiled, found: Sequence[Case]) -> Fired:
    once = rules.once_on[ARRIVAL]
    ids = [c.id for c in found]
    per_state = any(rule.repeat == "once_per_state" for rule in rules.rules if rule.id in once)
    stays = cases.stays(tx.conn, ids) if per_state else {}
    return Fired(once, repeats_of(tx.conn, rules, ids), {c.id: c.state for c in found}, stays)


def _roots(item: Incoming, threads: Mapping[tuple[str, str], Mapping[str, str]]) -> set[str]:
    """What may be the id of the first post of its thread."""
    m = item.mention
    known = threads.get((m.network, m.instance), {})
    return {key for key in (m.thread, m.in_reply_to, known.get(m.in_reply_to or "")) if key}


def _classed(
    tx: Transaction, new: Sequence[Incoming], authors: dict[AuthorKey, tuple[IdentityId, CustomerRecord]]
) -> dict[AuthorKey, tuple[IdentityId, CustomerRecord]]:
    said = []
    for item in new:
        if item.judgement is None:
            continue
        felt = item.judgement.sentiment or 0.0
        complains = item.judgement.intent == "complaint" or felt <= _FELT_NEGATIVE
        if complains or item.judgement.intent == "praise":
            said.append(Said(authors[item.author_key][1].id, praise=item.judgement.intent == "praise", complaint=complains))
    record_said(tx, said)
    return authors


def _clusters(tx: Transaction, new: Sequence[Incoming]) -> list[Cluster]:
    keys = {bucket for item in new for bucket in item.buckets}
    rows = mentions.recent_clusters(tx.conn, sorted(keys), tx.now - mentions.CLUSTER_WINDOW)
    return [Cluster(id, bucket, text, size, new=False) for id, bucket, text, size in rows]


def cluster_for(gathered: Gathered, item: Incoming, make_id: str) -> Cluster | None:
    """The cluster this text belongs to, grown by it; a new one of its own; None for a text too short to be a copy."""
    if not item.buckets:
        return None
    near = [c for bucket in item.buckets for c in gathered.alike.get(bucket, ())]
    index = likeness.nearest(item.normal, [c.text for c in near]) if near else None
    if index is not None:
        near[index].size += 1
        near[index].grew += 1
        return near[index]
    made = Cluster(make_id, item.buckets[0], item.normal, 1, new=True)
    gathered.clusters.append(made)
    gathered.alike.setdefault(made.bucket, []).append(made)
    return made


def arrival(created_at: datetime, received_at: datetime) -> datetime:
    """When the customer's wait began: when it was written, but not in the future and not more than a day before it reached us.

    A recorded or imported post of last year is not a year overdue; a stream that lags ten minutes is ten minutes late.
    """
    return (
        min(received_at, max(created_at, received_at - timedelta(days=1))) if received_at - created_at <= timedelta(days=1) else received_at
    )
