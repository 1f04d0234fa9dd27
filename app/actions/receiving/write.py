"""Last step: the worked batch is written, with its clocks, matters, decisions, tallies and events."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

from app.actions import clocks
from app.actions.receiving.gather import Gathered
from app.actions.receiving.work import Worked
from app.actions.side_effects import WAKE, write_side_effects
from app.cases import store as cases
from app.cases.model import Case
from app.channels import store as channels
from app.channels.model import ChannelKey
from app.core.events import Actor, NewEvent
from app.core.ids import CaseId
from app.engine import timers
from app.engine.database import Transaction
from app.engine.ports import Ports
from app.judgement.desk import Desk
from app.measures import store as measures
from app.mentions import store as mentions
from app.routing import store as routing

_FELT: Final = {
    "very negative": "negative", "negative": "negative", "neutral": "neutral", "positive": "positive", "very positive": "positive",
    "not scored": "not_scored",
}  # fmt: skip
CLUSTER_STEPS: Final = frozenset({2, 5, 10, 20, 50, 100, 200, 500, 1000})
"""Sizes at which a growing cluster is news; one event for each copy would be the flood again."""


def write(tx: Transaction, ports: Ports, worked: Sequence[Worked], found: Gathered, desk: Desk) -> None:
    """Write everything that came of the batch."""
    before = _first_before(worked)
    mentions.insert_all(tx, [(w.mention, w.item.mention.raw) for w in worked])
    mentions.add_clusters(tx, [(c.id, c.bucket, c.text) for c in found.clusters if c.new])
    for cluster in found.clusters:
        if cluster.grew:
            mentions.grow_cluster(tx, cluster.id, cluster.size)
    routing.record_decisions(tx, [(w.facts, w.decision, w.mention.id, w.outcome.case.id) for w in worked])
    for w in worked:
        _append(tx, w)
        found.cases[w.outcome.case.id] = write_side_effects(tx, desk, found.cases[w.outcome.case.id], w.outcome, _rules_of(w))
    _clocked(tx, found, before, desk)
    cases.insert_all(tx, [found.cases[id] for id, was in before.items() if was is None])
    cases.save_all(tx, [found.cases[id] for id, was in before.items() if was is not None])
    channels.note_mentions(tx, _channels(worked), ports.settings.earshot_default_publisher)
    measures.add_all(tx, _tallies(worked))


def _first_before(worked: Sequence[Worked]) -> dict[CaseId, Case | None]:
    """Each touched case once, with what it was before the batch."""
    before: dict[CaseId, Case | None] = {}
    for w in worked:
        before.setdefault(w.outcome.case.id, w.before)
    return before


def _clocked(tx: Transaction, found: Gathered, before: Mapping[CaseId, Case | None], desk: Desk) -> None:
    """Start the clocks of new cases and of those that need one again; give the running ones the target that holds now."""
    fresh, moved = [], []
    again: list[tuple[Case, Actor]] = []
    anew = set()
    for id, was in before.items():
        case = found.cases[id]
        if was is not None and was.state == "snoozed" and case.state != "snoozed":
            timers.disarm(tx, id, WAKE)
        if case.state in ("done", "snoozed"):
            if was is not None and was.state != case.state:
                found.cases[id] = _rested(tx, case, desk)
            continue
        if was is None:
            fresh.append(case)
        elif was.state in ("snoozed", "done") or (was.waiting_since is None and case.waiting_since is not None) or case.hold != was.hold:
            # Its customer brought it back: the clocks that rested run on, or their targets would never be missed. A hold rests some.
            again.append((case, Actor("customer", case.identity_id)))
            if was.state == "done":
                anew.add(id)
        elif clocks.served(case) != clocks.served(was):
            moved.append(case)
    clocked = [
        *clocks.begin_new(tx, fresh, desk),
        *clocks.resume_all(tx, again, desk, "the customer wrote", anew=anew),
        *clocks.adjust_all(tx, moved, desk),
    ]
    found.cases.update({case.id: case for case in clocked})


def _rested(tx: Transaction, case: Case, desk: Desk) -> Case:
    """The clock of a case that a rule closed or put away while it ran."""
    rules = Actor("rule", "", f"Rules v{case.rules_version}")
    if case.state == "snoozed":
        return clocks.pause(tx, case, desk, "put away by a rule", rules)
    return clocks.stop(tx, case, desk, "closed by a rule", rules)[0]


def _append(tx: Transaction, w: Worked) -> None:
    """Events of one mention: heard, then what it made of its case."""
    case, before, m = w.outcome.case, w.before, w.mention
    customer = Actor("customer", m.identity_id)
    rule = _rules_of(w)

    def say(kind: str, actor: Actor, data: dict[str, Any], cause: int | None = None) -> int:
        depth = 0 if cause is None else 1
        return tx.append(NewEvent(kind, actor, data, case=case.id, customer=m.customer_id, mention=m.id, cause=cause, depth=depth))

    about: dict[str, Any] = {"network": m.network, "account": m.account, "sentiment": m.sentiment, "label": case.sentiment_label}
    about |= {"risk": case.risk, "band": case.band, "language": m.language, "visibility": m.visibility}
    heard = say("mention.received", customer, about)
    place = {"score": case.score, "band": case.band, "queue": case.queue}
    if before is None:
        say("case.opened", customer, place, heard)
    elif before.state in ("done", "snoozed") and case.state == "open":
        say("case.reopened", customer, place | {"was": before.state}, heard)
    else:
        say("case.updated", customer, place, heard)
    if before is not None and before.score != case.score:
        say("priority.changed", customer, {"from": before.score, "to": case.score, "band": case.band}, heard)
    for kind, data in w.outcome.moves:
        say(kind, rule, data, heard)
    if w.cluster is not None and not w.cluster.new and w.cluster.size in CLUSTER_STEPS:
        say("cluster.grew", customer, {"cluster": w.cluster.id, "size": w.cluster.size}, heard)


def _rules_of(w: Worked) -> Actor:
    """The rules that fired, as an actor; the column keeps 40 characters."""
    return Actor("rule", ",".join(w.decision.fired)[:40], f"Rules v{w.decision.version}")


def _channels(worked: Sequence[Worked]) -> Counter[ChannelKey]:
    return Counter(ChannelKey(w.mention.network, w.mention.instance, w.mention.account) for w in worked)


def _tallies(worked: Sequence[Worked]) -> Counter[tuple[str, str]]:
    """What this batch adds to the measures, as (name, key)."""
    added: Counter[tuple[str, str]] = Counter()
    for w in worked:
        added["mentions", ""] += 1
        added["volume_network", w.mention.network] += 1
        added["volume_sentiment", _FELT[w.outcome.case.sentiment_label]] += 1
        added["volume_account", w.mention.account] += 1
        added["decided_by_rules", ""] += w.decision.version > 0
        added["authors_matched" if w.customer.known else "authors_unmatched", ""] += 1
        for rule in w.decision.fired:
            added["rule_fired", rule] += 1
    return added
