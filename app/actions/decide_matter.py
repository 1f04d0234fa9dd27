"""Legal's own moves on a matter: acknowledge it, lift the hold, keep it, hold a case. Answers are decided by ``decide_reply``."""

from dataclasses import replace
from typing import Final

from app.actions import clocks
from app.actions.ask_rules import ask
from app.actions.count_undone import count_undone
from app.actions.matter_clocks import matter_acknowledged, matter_decided
from app.cases import store as cases
from app.core.asker import Asker
from app.core.errors import Conflict, Forbidden, Invalid
from app.core.events import NewEvent
from app.engine.database import Transaction
from app.engine.ports import Ports
from app.escalation import store as escalation
from app.escalation.model import Decision, Matter
from app.escalation.moves import Move, deciders, decision_refusal, keeping, lifts_hold, may_move, refusal
from app.judgement.deciding import unheld
from app.judgement.desk import desk_of

_OWN: Final[tuple[Decision, ...]] = ("released", "kept")


def decide_matter(ports: Ports, asker: Asker, id: str, decision: str, reason: str) -> Matter:
    """``released`` closes the matter, ``kept`` leaves it open, both with the reason. Of two deciders one wins.

    The hold ends with the last matter of legal or PR: what a supervisor may decide never lifts what legal keeps.
    """
    if decision not in _OWN:
        raise Invalid(
            "Decide released or kept; an answer is approved or rejected with the answer itself.",
            errors=[{"loc": ["decision"], "msg": "must be released or kept"}],
        )
    with ports.db.write() as tx:
        case = cases.held(tx, escalation.get(tx.conn, id).case_id)
        matter = _checked(tx, asker, id, "decide")
        why = decision_refusal(decision, reason, has_proposal=False)
        if why:
            raise Invalid(why, errors=[{"loc": ["reason"], "msg": why}])
        if not escalation.decide(tx, matter.id, decision, asker.person(), asker.actor.name, reason):
            raise _too_late(escalation.get(tx.conn, id))
        data = {"matter": matter.id, "decision": decision, "why": reason}
        decided = tx.append(NewEvent("matter.decided", asker.actor, data, case=case.id, customer=case.customer_id))
        before, desk = case, desk_of(ports, tx.conn)
        case = matter_decided(tx, case, desk, matter.id, decision, asker.actor)
        if lifts_hold(decision):
            escalation.close(tx, matter.id)
            tx.append(NewEvent("matter.closed", asker.actor, {"matter": matter.id}, case=case.id, customer=case.customer_id))
            if case.hold and not keeping(escalation.for_case(tx.conn, case.id)):
                case = clocks.settle(tx, unheld(case, desk.policies), desk, "legal decided", asker.actor)
                cases.save_all(tx, [replace(case, version=case.version + 1, updated_at=tx.now)])
                tx.append(NewEvent("case.unheld", asker.actor, {"why": reason}, case=case.id, customer=case.customer_id))
                count_undone(tx, asker.actor, case, "hold")
        now = cases.get(tx.conn, case.id)
        ask(tx, desk, now, "matter.decided", asker.actor, cause=decided, before=before, matter=matter.kind)
        return escalation.get(tx.conn, id)


def acknowledge_matter(ports: Ports, asker: Asker, id: str) -> Matter:
    """Say that it was seen. The second time nothing happens."""
    with ports.db.write() as tx:
        case = cases.held(tx, escalation.get(tx.conn, id).case_id)
        matter = escalation.get(tx.conn, id)
        if matter.state == "open":
            _checked(tx, asker, id, "acknowledge")
            if escalation.acknowledge(tx, matter.id, asker.person(), asker.actor.name):
                about = {"matter": matter.id}
                seen = tx.append(NewEvent("matter.acknowledged", asker.actor, about, case=case.id, customer=case.customer_id))
                desk = desk_of(ports, tx.conn)
                case = matter_acknowledged(tx, case, desk, matter.id, asker.actor)
                ask(tx, desk, case, "matter.acknowledged", asker.actor, cause=seen, matter=matter.kind)
        return escalation.get(tx.conn, id)


def _checked(tx: Transaction, asker: Asker, id: str, move: Move) -> Matter:
    matter = escalation.get(tx.conn, id)
    if asker.role is None:
        raise Forbidden("Only a person can decide a matter.")
    if may_move(matter.kind, asker.role) and not any(asker.may(p) for p in deciders(matter.kind)):
        raise Forbidden("This token's scope does not reach that far: make one with --scope admin.")
    why = refusal(move, matter.kind, matter.state, matter.decision, asker.role)
    if why and matter.state in ("decided", "closed") and matter.decided_by != asker.person_id and may_move(matter.kind, asker.role):
        raise _too_late(matter)
    if why:
        raise Conflict(why) if may_move(matter.kind, asker.role) else Forbidden(why)
    return matter


def _too_late(matter: Matter) -> Conflict:
    """Of two deciders one was first: the other is told who, and what it came to."""
    return Conflict(f"{matter.decided_by_name} decided this matter before you: {(matter.decision or '').replace('_', ' ')}.")
