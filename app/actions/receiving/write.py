"""Last step: the worked batch is written, with its clocks, matters, decisions, tallies and events."""

from collections import Counter
from collections.abc import Mapping, Sequence
from operator import attrgetter
from typing import Final

from app.actions import clocks
from app.actions.absent_holders import ask_of_left, kept_by_those_there
from app.actions.ask_rules import Asked, ask_all, asked_after
from app.actions.private_clock import gone_private
from app.actions.receiving.gather import Gathered
from app.actions.receiving.work import Worked
from app.actions.reply_by_rule import reply_by_rule
from app.actions.rule_acts import Acts, by_rules
from app.actions.side_effects import WAKE, Effects, write_all_side_effects
from app.cases import store as cases
from app.cases.model import Case
from app.channels import store as channels
from app.channels.model import ChannelKey
from app.core.events import Actor
from app.core.ids import CaseId
from app.engine import timers
from app.engine.database import Transaction
from app.engine.ports import Ports
from app.judgement.clocks_wanted import PRIVATE_TAG, served
from app.judgement.desk import Desk
from app.judgement.roster import Hands
from app.measures import store as measures
from app.mentions import store as mentions
from app.routing import store as routing
from app.routing.chain import Chain
from app.routing.fields import ARRIVAL

_FELT: Final = {
    "very negative": "negative", "negative": "negative", "neutral": "neutral", "positive": "positive", "very positive": "positive",
    "not scored": "not_scored",
}  # fmt: skip
HEARD: Final = frozenset(
    {
        "case.opened", "case.reopened", "case.assigned", "case.released", "case.snoozed", "case.closed", "matter.opened", "note.added",
        "cluster.grew",
    }
)  # fmt: skip
"""Triggers that a mention's arrival can set off beside its own."""
CLUSTER_STEPS: Final = frozenset({2, 5, 10, 20, 50, 100, 200, 500, 1000})
"""Sizes at which a growing cluster is news; one event for each copy would be the flood again."""


def write(tx: Transaction, ports: Ports, worked: Sequence[Worked], found: Gathered, desk: Desk) -> None:
    """Write everything that came of the batch."""
    before = _first_before(worked)
    mentions.insert_all(tx, [(w.mention, w.item.mention.raw) for w in worked])
    mentions.add_clusters(tx, [(c.id, c.bucket, c.text) for c in found.clusters if c.new])
    mentions.grow_clusters(tx, [(c.id, c.size) for c in sorted(found.clusters, key=attrgetter("id")) if c.grew])
    made = [(w.facts, w.decision, w.mention.id, w.outcome.case.id) for w in worked]
    routing.record_decisions(tx, made, [Chain(left=tuple(w.outcome.left)) for w in worked])
    listens = bool(HEARD & desk.rules.by_trigger.keys())
    acts = []
    beside: dict[CaseId, Effects] = {}
    hands: Hands = {}
    for w in worked:
        id = w.outcome.case.id
        if id in beside:  # its history stays in order, and what is written now sees what was written then
            _write_beside(tx, desk, found, beside, hands)
        heard, rules = _append(tx, w)
        acts.append((w, heard, rules))
        if w.outcome.beside:
            beside[id] = Effects(found.cases[id], w.outcome, rules, ARRIVAL, w.decision)
    _write_beside(tx, desk, found, beside, hands)
    _clocked(tx, found, before, desk)
    _gone_private(tx, worked, found, desk)
    opened = [found.cases[id] for id, was in before.items() if was is not None and was.state != "open" and found.cases[id].state == "open"]
    left = kept_by_those_there(tx, desk, opened)
    found.cases.update({id: one.case for id, one in left.items()})
    cases.insert_all(tx, [found.cases[id] for id, was in before.items() if was is None])
    cases.save_all(tx, [found.cases[id] for id, was in before.items() if was is not None])
    if found.fired is not None:
        found.fired.repeats.write(tx)
    for w, _, rules in acts:
        if w.outcome.reply_with is not None:
            case = found.cases[w.outcome.case.id]
            found.cases[case.id] = reply_by_rule(tx, desk, case, w.outcome.reply_with, w.decision, rules)
    channels.note_mentions(tx, _channels(worked), ports.settings.earshot_default_publisher)
    measures.add_all(tx, _tallies(worked))
    if listens:
        found.cases.update(ask_of_left(tx, desk, left, found.cases))
        ask_all(tx, desk, _asked(desk, found, acts))


def _write_beside(tx: Transaction, desk: Desk, found: Gathered, beside: dict[CaseId, Effects], hands: Hands) -> None:
    """What decisions ask for beside the cases, for all of them at once; then nothing waits to be written."""
    if beside:
        found.cases.update(zip(beside, write_all_side_effects(tx, desk, list(beside.values()), hands), strict=True))
        beside.clear()


def _asked(desk: Desk, found: Gathered, acts: Sequence[tuple[Worked, Acts, Acts]]) -> list[Asked]:
    """What the mentions made of their cases, and what rules then did, for the rules that listen to it."""
    return [
        asked
        for w, heard, rules in acts
        for of, chain in ((heard, ()), (rules, w.decision.fired))
        for asked in asked_after(desk, found.cases[w.outcome.case.id], of, before=w.before, chain=chain)
        if asked.trigger != ARRIVAL  # which has been decided
    ]


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
        if was is not None and was.snoozed_until is not None and case.snoozed_until is None:
            timers.disarm(tx, id, WAKE)
        if case.state in ("done", "snoozed"):
            if was is not None and was.state != case.state:
                found.cases[id] = _rested(tx, case, desk)
            continue
        if was is None:
            fresh.append(case)
        elif (
            was.state in ("snoozed", "done")
            or (was.waiting_since is None and case.waiting_since is not None)
            or ((case.hold, case.waiting_on) != (was.hold, was.waiting_on))
        ):
            # Its customer brought it back: the clocks that rested run on, or their targets would never be missed. A hold rests some.
            again.append((case, Actor("customer", case.identity_id)))
            if was.state == "done":
                anew.add(id)
        elif served(case) != served(was):
            moved.append(case)
    clocked = [
        *clocks.begin_new(tx, fresh, desk),
        *clocks.resume_all(tx, again, desk, "the customer wrote", anew=anew),
        *clocks.adjust_all(tx, moved, desk),
    ]
    found.cases.update({case.id: case for case in clocked})


def _gone_private(tx: Transaction, worked: Sequence[Worked], found: Gathered, desk: Desk) -> None:
    """Who writes in private has moved there: the public cases of the same author that waited for it wait no longer."""
    for w in worked:
        if w.mention.visibility == "direct":
            for id in found.by_author.get(w.mention.identity_id, ()):
                case = found.cases[id]
                if PRIVATE_TAG in case.tags and case.visibility != "direct" and case.account == w.mention.account:
                    found.cases[id] = gone_private(tx, case, desk, Actor("customer", w.mention.identity_id))


def _rested(tx: Transaction, case: Case, desk: Desk) -> Case:
    """The clock of a case that a rule closed or put away while it ran."""
    rules = Actor("rule", "", f"Rules v{case.rules_version}")
    if case.state == "snoozed":
        return clocks.pause(tx, case, desk, "put away by a rule", rules)
    return clocks.stop(tx, case, desk, "closed by a rule", rules)[0]


def _append(tx: Transaction, w: Worked) -> tuple[Acts, Acts]:
    """Events of one mention: heard, then what it made of its case. Those of the customer, and those of the rules so far."""
    case, before, m = w.outcome.case, w.before, w.mention
    customer = Acts(tx, Actor("customer", m.identity_id), mention=m.id)
    about = {
        "network": m.network, "account": m.account, "sentiment": m.sentiment, "label": case.sentiment_label, "risk": case.risk,
        "band": case.band, "language": m.language, "visibility": m.visibility,
    }  # fmt: skip
    customer.tell(case, ARRIVAL, about)
    heard = customer.cause = customer.told[0].seq
    rules = Acts(tx, by_rules(w.decision), heard, 1, m.id)
    place = {"score": case.score, "band": case.band, "queue": case.queue}
    customer.depth = 1
    if before is None:
        customer.tell(case, "case.opened", place)
    elif before.state in ("done", "snoozed") and case.state == "open":
        customer.tell(case, "case.reopened", place | {"was": before.state})
    else:
        customer.tell(case, "case.updated", place)
    if before is not None and before.score != case.score:
        customer.tell(case, "priority.changed", {"from": before.score, "to": case.score, "band": case.band})
    for kind, data in w.outcome.moves:
        rules.tell(case, kind, data)
    if w.cluster is not None and not w.cluster.new and w.cluster.size in CLUSTER_STEPS:
        customer.tell(case, "cluster.grew", {"cluster": w.cluster.id, "size": w.cluster.size}, cluster_size=w.cluster.size)
    customer.depth = 0  # no rule lies between the mention and what it made of its case
    return customer, rules


def _channels(worked: Sequence[Worked]) -> Counter[ChannelKey]:
    return Counter(ChannelKey(w.mention.network, w.mention.instance, w.mention.account) for w in worked)


def _tallies(worked: Sequence[Worked]) -> Counter[tuple[str, str]]:
    """What this batch adds to the measures, as (name, key)."""
    added: Counter[tuple[str, str]] = Counter()
    for w in worked:
        added["mentions", ""] += 1
        added["volume_network", w.mention.network] += 1
        felt = _FELT[w.outcome.case.sentiment_label]
        added["volume_sentiment", felt] += 1
        added["negative_network", w.mention.network] += felt == "negative"
        added["volume_account", w.mention.account] += 1
        added["decided_by_rules", ""] += w.decision.version > 0
        added["authors_matched" if w.customer.known else "authors_unmatched", ""] += 1
        for rule in w.decision.fired:
            added["rule_fired", rule] += 1
    return added
