"""Ask the rules about an event: every action that makes one of the triggers does, after its own event, in the same transaction.

All rules of one event see one snapshot. What they then do are events of their own, with cause and depth, and may ask the rules again.
"""

from typing import Any

from app.actions.decide_again import decide_again
from app.cases import store as cases
from app.cases.model import Case
from app.core.events import Actor
from app.core.ids import MentionId
from app.engine.database import Transaction
from app.engine.ports import Ports
from app.judgement.desk import Desk, desk_of
from app.judgement.snapshot import snapshot
from app.routing.store import active_rules


def ask(
    tx: Transaction, desk: Desk, case: Case, trigger: str, actor: Actor, *, cause: int | None = None, depth: int = 0,
    before: Case | None = None, mention: MentionId | None = None, **facts: Any,
) -> Case:  # fmt: skip
    """Ask the rules that listen to ``trigger`` and carry out what they say; the case as that leaves it, saved. Free when none listens.

    ``case`` is held and saved as the event left it, ``before`` as it was, for what a rule may ask of the change. ``actor`` made the
    event; ``cause`` is its seq and ``depth`` its own. ``facts`` are those that only the event knows, such as ``matter`` or ``timer``;
    ``mention`` is the post that it is about, where that is not the last one.
    """
    if trigger not in desk.rules.by_trigger:
        return case
    seen = snapshot(tx.conn, desk, case, tx.now, trigger=trigger, actor=actor.kind, mention=mention, before=before, **facts)
    decide_again(tx, desk, case, case, seen, mention or case.last_mention_id, cause=cause)
    return cases.get(tx.conn, case.id)


def ask_of_case(tx: Transaction, ports: Ports, case: Case, trigger: str, actor: Actor, *, cause: int | None = None, **facts: Any) -> Case:
    """``ask`` for actions that read nothing else of the desk: where no rule listens it costs one small read. ``case`` is as it was before
    the event; returned is the case as it stands after it all."""
    after = cases.get(tx.conn, case.id)
    if trigger not in active_rules(tx.conn).by_trigger:
        return after
    return ask(tx, desk_of(ports, tx.conn), after, trigger, actor, cause=cause, before=case, **facts)


def ask_without_case(tx: Transaction, desk: Desk, trigger: str, actor: Actor, *, cause: int | None = None, **facts: Any) -> None:
    """``ask`` about an event that is no case's (somebody's presence, a spike): rules can only tell people and webhooks of it."""
    if trigger not in desk.rules.by_trigger:
        return
