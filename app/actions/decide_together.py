"""Ask the rules again about many cases at once, each for a reason of its own: what hundreds of due clocks cost in few statements.

The same as ``decide_again`` for each of them, in their order; only the reading and the writing are shared.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from app.actions import clocks
from app.actions.side_effects import Effects, write_all_side_effects
from app.cases import outbox
from app.cases import store as cases
from app.cases.model import Case
from app.core.events import Actor, NewEvent
from app.core.facts import Facts
from app.core.ids import CaseId, CustomerId, MentionId
from app.core.records import with_values
from app.customers import store as customers
from app.customers.model import CustomerRecord
from app.engine.database import Transaction
from app.judgement.deciding import Outcome, carried_out
from app.judgement.desk import Desk
from app.judgement.judging import facts_of, scored
from app.judgement.snapshot import snapshot
from app.mentions import store as mentions
from app.mentions.model import Glance
from app.routing import store as routing
from app.routing.decide import decide
from app.routing.model import Decision

_DEAR: Final = frozenset({"thread_size", "initiator", "sentiment_change", "last_agent"})


@dataclass(frozen=True, slots=True)
class Asked:
    """A case that something happened to: as it was, as it is now, and the trigger. ``cause`` is the event, ``facts`` what more is known."""

    before: Case
    case: Case
    trigger: str
    cause: int
    facts: Mapping[str, Any]


def decide_together(tx: Transaction, desk: Desk, asked: Sequence[Asked], actor: str) -> list[Case]:
    """Decide, write what follows, save of each case what changed since before; returns them. For cases that are held, each once."""
    heard = {one.trigger for one in asked if one.trigger in desk.rules.by_trigger}
    ids = [one.case.id for one in asked if one.trigger in heard]
    posts = mentions.glances(tx.conn, [one.case.last_mention_id for one in asked if one.trigger in heard])
    known = customers.get_all(tx.conn, [one.case.customer_id for one in asked if one.trigger in heard])
    answering = outbox.outgoing_of(tx.conn, ids)
    decisions: list[tuple[Facts, Decision, MentionId | None, CaseId | None]] = []
    effects = []
    for one in asked:
        if one.trigger in heard:
            facts = _facts(tx, desk, one, posts, known, actor)
            decision = decide(desk.rules, facts)
            decisions.append((facts, decision, one.case.last_mention_id, one.case.id))
            effects.append(_carried_out(tx, desk, one, facts, decision, answering=one.case.id in answering))
        else:
            effects.append(Effects(one.case, Outcome(one.case), _rules(desk, ()), one.cause))
    routing.record_decisions(tx, decisions)
    after = write_all_side_effects(tx, desk, effects)
    done = [_clocked(tx, desk, one.before, case, e.actor) for one, e, case in zip(asked, effects, after, strict=True)]
    cases.save_changed(tx, [(one.before, case) for one, case in zip(asked, done, strict=True)])
    return done


def _facts(
    tx: Transaction, desk: Desk, one: Asked, posts: Mapping[MentionId, Glance], known: Mapping[CustomerId, CustomerRecord], actor: str
) -> Facts:
    """As ``snapshot`` has them, from rows that were read for all; where a rule asks for what is dear to know, case by case."""
    case, post = one.case, posts.get(one.case.last_mention_id)
    if not _DEAR.isdisjoint(desk.rules.fields):
        return snapshot(tx.conn, desk, case, tx.now, trigger=one.trigger, actor=actor, before=one.before, **one.facts)
    facts = facts_of(
        case, known.get(case.customer_id), desk, tx.now, trigger=one.trigger, actor=actor, text=post.text if post else "",
        kind=post.kind if post else "mention", has_media=bool(post and post.has_media), thread_size=1,
    )  # fmt: skip
    return with_values(facts, **one.facts) if any(getattr(facts, name) != value for name, value in one.facts.items()) else facts


def _carried_out(tx: Transaction, desk: Desk, one: Asked, facts: Facts, decision: Decision, *, answering: bool) -> Effects:
    """The case with the decision applied, its news told."""
    outcome = carried_out(decision, one.case, tx.now, trigger=one.trigger, answering=answering)
    case, actor = outcome.case, _rules(desk, decision.fired)
    if case.floor != one.before.floor:
        case, _ = scored(case, facts, desk, tx.now)
    news = list(outcome.moves)
    if case.score != one.before.score:
        news.insert(0, ("priority.changed", {"from": one.before.score, "to": case.score, "band": case.band}))
    for kind, data in news:
        tx.append(NewEvent(kind, actor, data, case=case.id, customer=case.customer_id, cause=one.cause, depth=1))
    return Effects(case, outcome, actor, one.cause)


def _rules(desk: Desk, fired: Sequence[str]) -> Actor:
    return Actor("rule", ",".join(fired)[:40], f"Rules v{desk.rules_version}")


def _clocked(tx: Transaction, desk: Desk, before: Case, case: Case, actor: Actor) -> Case:
    """The case with its clocks as its new state, band and tier ask for."""
    if case.state == "done" and before.state != "done":
        return clocks.stop(tx, case, desk, "closed by a rule", actor)[0]
    if case.state == "snoozed" and before.state != "snoozed":
        return clocks.pause(tx, case, desk, "put away by a rule", actor)
    return clocks.adjust(tx, case, desk) if (case.band, case.tier) != (before.band, before.tier) else case
