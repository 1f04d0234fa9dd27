"""Ask the rules about an event: every action that makes one of the triggers does, after its own event, in the same transaction.

All rules of one event see one snapshot. What they then do are events of their own, with cause and depth, and may ask the rules again; the
guards in ``rule_guards`` see that this ends. The case's row is held all the while (decision 0013), so that of two events on one case
the second knows what the first made the rules do.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from app.actions.call_webhook import queue_webhook
from app.actions.carry_out import Decided, carry_out
from app.actions.notify import notify_without_case
from app.actions.reply_by_rule import reply_by_rule
from app.actions.rule_acts import Acts, by_rules
from app.actions.rule_guards import BUDGET_SPAN, Guarded, Led, guarded
from app.cases import outbox
from app.cases import store as cases
from app.cases.model import Case
from app.core.events import Actor
from app.core.facts import Facts
from app.core.ids import CaseId, MentionId
from app.core.records import quick, with_values
from app.engine.database import Transaction
from app.engine.ports import Ports
from app.judgement.deciding import Outcome, carried_out, puts_away
from app.judgement.desk import Desk, desk_of
from app.judgement.snapshot import Occasion, snapshots, without_case
from app.measures import store as measures
from app.routing import store as routing
from app.routing.chain import NO_CHAIN, Chain
from app.routing.decide import decide
from app.routing.store_repeats import Repeats, repeats_of


@quick
@dataclass(frozen=True, slots=True)
class Asked:
    """An event on a case that is held, and saved as the event left it: unless ``saved`` is False, for a case that is asked about once; then
    its row is still as ``before`` has it, and is written once with what the rules make of it.

    ``before`` is the case as it was, for what a rule may ask of the change; ``cause`` the event's seq and ``depth`` its own; ``facts`` what
    only the event knows; ``mention`` the post that it is about, where that is not the last one; ``chain`` the rules that led to it.
    """

    case: Case
    trigger: str
    actor: Actor
    cause: int | None = None
    depth: int = 0
    before: Case | None = None
    mention: MentionId | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    chain: tuple[str, ...] = ()
    saved: bool = True

    @property
    def stored(self) -> Case:
        """The case as its row has it."""
        return self.case if self.saved or self.before is None else self.before


@dataclass(slots=True)
class _Judged:
    """One event with what the rules make of it."""

    asked: Asked
    facts: Facts
    guarded: Guarded
    outcome: Outcome


def ask(
    tx: Transaction, desk: Desk, case: Case, trigger: str, actor: Actor, *, cause: int | None = None, depth: int = 0,
    before: Case | None = None, mention: MentionId | None = None, **facts: Any,
) -> Case:  # fmt: skip
    """Ask the rules that listen to ``trigger`` and carry out what they say; the case as that leaves it, saved. Free when none listens.

    ``actor`` made the event; see ``Asked`` for the rest.
    """
    if trigger not in desk.rules.by_trigger:
        return case
    return ask_all(tx, desk, [Asked(case, trigger, actor, cause, depth, before, mention, facts)])[0]


def ask_of_case(tx: Transaction, ports: Ports, case: Case, trigger: str, actor: Actor, *, cause: int | None = None, **facts: Any) -> Case:
    """``ask`` for actions that read nothing else of the desk. ``case`` is as it was before the event; the case as all of it leaves it."""
    return ask(tx, desk_of(ports, tx.conn), cases.get(tx.conn, case.id), trigger, actor, cause=cause, before=case, **facts)


def ask_all(tx: Transaction, desk: Desk, asked: Sequence[Asked]) -> list[Case]:
    """``ask`` about many events: what is read and written is shared. Those of one case are asked in their order, and so is what comes of
    them. The cases, one for each event, as all of it leaves them."""
    now = {one.case.id: one.case for one in asked}
    waiting = [one for one in asked if one.trigger in desk.rules.by_trigger]
    cases.save_changed(tx, [(one.stored, one.case) for one in asked if not one.saved and one.trigger not in desk.rules.by_trigger])
    while waiting:
        first = {one.case.id: one for one in reversed(waiting)}
        turn = [one if one.case is now[one.case.id] else with_values(one, case=now[one.case.id]) for one in first.values()]
        later = [one for one in waiting if first[one.case.id] is not one]
        waiting = [*later, *_turn(tx, desk, turn, now)]
    return [now[one.case.id] for one in asked]


def asked_after(desk: Desk, case: Case, acts: Acts, *, before: Case | None = None, chain: tuple[str, ...] = ()) -> list[Asked]:
    """What was told of this case and asks the rules, to be asked once the case is saved."""
    return [
        Asked(case, told.kind, acts.actor, told.seq, acts.depth, before, acts.mention, told.facts, chain)
        for told in acts.told
        if told.kind in desk.rules.by_trigger
    ]


def ask_without_case(
    tx: Transaction, desk: Desk, trigger: str, actor: Actor, *, cause: int | None = None, of: str = "",
    told: Mapping[str, Any] | None = None, **facts: Any,
) -> None:  # fmt: skip
    """``ask`` about an event that is no case's (somebody's presence, a spike): rules can only tell people and webhooks of it.

    ``of`` stands behind the trigger in a notice's title; ``told`` is what webhooks are told beside the facts.
    """
    if trigger not in desk.rules.by_trigger:
        return
    seen = without_case(desk, tx.now, trigger=trigger, actor=actor.kind, **facts)
    decision = decide(desk.rules, seen)
    routing.record_decisions(tx, [(seen, decision, None, None)])
    if decision.notify:
        notify_without_case(tx, desk, decision, f"{trigger} {of}".strip(), cause)
    for name in decision.webhooks:
        about = {**facts, **(told or {})}
        queue_webhook(tx, name, {"trigger": trigger, "rules": list(decision.fired), "rules_version": decision.version, **about})
    measures.add_all(tx, Counter(("rule_fired", rule) for rule in decision.fired))


def _turn(tx: Transaction, desk: Desk, turn: Sequence[Asked], now: dict[CaseId, Case]) -> list[Asked]:
    """One event of each of these cases; what their rules did that asks again. ``now`` is brought up to date."""
    occasions = [Occasion(a.case, a.trigger, a.actor.kind, a.before, a.mention, a.facts) for a in turn]
    repeats, stays = _repeats(tx, desk, turn)
    used = routing.asked_since(tx.conn, [a.case.id for a in turn], tx.now - BUDGET_SPAN)
    seen = snapshots(tx.conn, desk, tx.now, occasions)
    found = []
    for asked, facts in zip(turn, seen, strict=True):
        spent = repeats.spent(asked.case.id, desk.rules.once_on.get(asked.trigger, ()), stays.get(asked.case.id, ""))
        found.append(guarded(tx, desk.rules, facts, asked.case, spent, Led(asked.chain, asked.depth, used.get(asked.case.id, 0))))
    answering = outbox.outgoing_of(tx.conn, [a.case.id for a, g in zip(turn, found, strict=True) if puts_away(g.decision)])
    judged = [
        _Judged(a, facts, g, carried_out(g.decision, a.case, tx.now, trigger=a.trigger, answering=a.case.id in answering))
        for a, facts, g in zip(turn, seen, found, strict=True)
    ]
    made = [(j.facts, j.guarded.decision, j.asked.mention or j.asked.case.last_mention_id, j.asked.case.id) for j in judged]
    routing.record_decisions(tx, made, [_chain_of(j) for j in judged])
    for j in judged:
        j.guarded.tell(tx, j.asked.case, j.asked.cause, j.asked.depth)
        repeats.note(j.asked.case.id, j.guarded.decision.fired, stays.get(j.asked.case.id, ""))
    repeats.write(tx)
    again = _done(tx, desk, judged, now)
    measures.add_all(tx, Counter(("rule_fired", rule) for j in judged for rule in j.guarded.decision.fired))
    return again


def _done(tx: Transaction, desk: Desk, judged: Sequence[_Judged], now: dict[CaseId, Case]) -> list[Asked]:
    """Carry the decisions out and save the cases; the events that ask again."""
    fired = [j for j in judged if j.guarded.decision.fired]
    decided = []
    for j in fired:
        acts = Acts(tx, by_rules(j.guarded.decision), j.asked.cause, j.asked.depth + 1)
        decided.append(Decided(j.asked.case, j.outcome, j.facts, j.guarded.decision, acts))
    after = [
        case if case is d.before or case.updated_at == tx.now or case == d.before else with_values(case, updated_at=tx.now)
        for d, case in zip(decided, carry_out(tx, desk, decided), strict=True)
    ]
    left = [(j.asked.stored, j.asked.case) for j in judged if not j.asked.saved and not j.guarded.decision.fired]
    cases.save_changed(tx, [*left, *((j.asked.stored, case) for j, case in zip(fired, after, strict=True))])
    again = []
    for j, d, case in zip(fired, decided, after, strict=True):
        wanted = d.outcome.reply_with
        now[case.id] = case if wanted is None else reply_by_rule(tx, desk, case, wanted, d.decision, d.acts)
        again += asked_after(desk, now[case.id], d.acts, before=d.before, chain=(*j.asked.chain, *d.decision.fired))
    return again


def _repeats(tx: Transaction, desk: Desk, turn: Sequence[Asked]) -> tuple[Repeats, Mapping[CaseId, str]]:
    """What has fired on these cases, and the word for their present states; nothing is read where every rule may fire always."""
    once = {rule for a in turn for rule in desk.rules.once_on.get(a.trigger, ())}
    if not once:
        return Repeats(desk.rules), {}
    ids = [a.case.id for a in turn]
    per_state = any(rule.repeat == "once_per_state" for rule in desk.rules.rules if rule.id in once)
    return repeats_of(tx.conn, desk.rules, ids), cases.stays(tx.conn, ids) if per_state else {}


def _chain_of(j: _Judged) -> Chain:
    if not (j.asked.depth or j.asked.chain or j.guarded.stopped or j.outcome.left):
        return NO_CHAIN  # as of nearly every event
    return Chain(j.asked.depth, j.asked.chain, j.guarded.words, tuple(j.outcome.left), j.guarded.kept)
