"""A person hands a case to legal, PR or a supervisor; the risk words only ever propose it."""

from dataclasses import replace
from typing import Final

from app.actions import clocks
from app.actions.ask_rules import ask_all, asked_after
from app.actions.case_at_hand import case_for
from app.actions.rule_acts import Acts
from app.actions.side_effects import write_side_effects
from app.cases import store as cases
from app.cases.model import Case
from app.core.asker import Asker
from app.core.errors import Invalid
from app.core.events import NewEvent
from app.core.facts import RISK_CLASSES
from app.engine.ports import Ports
from app.judgement.deciding import Outcome
from app.judgement.desk import desk_of
from app.routing.model import DESKS, Desk, Matter

_HOLDS: Final = frozenset({"legal", "pr"})


def escalate_case(ports: Ports, asker: Asker, id: str, *, to: str, reason: str, risk: str = "", hold: bool = True) -> Case:
    """Open a matter; legal and PR hold the case unless told otherwise. An open matter there is left as it is."""
    asker.need("cases.work")
    if to not in DESKS:
        raise Invalid(
            f"{to!r} is no desk: choose legal, pr or supervisor.", errors=[{"loc": ["to"], "msg": "must be legal, pr or supervisor"}]
        )
    desk_name: Desk = to
    if risk and risk not in RISK_CLASSES:
        raise Invalid(f"{risk!r} is no risk class.", errors=[{"loc": ["risk"], "msg": f"must be one of {', '.join(RISK_CLASSES)}"}])
    with ports.db.write() as tx:
        case = case_for(tx, id, "escalate")
        if risk and risk not in case.risk:
            case = replace(case, risk=[*case.risk, risk])
        desk = desk_of(ports, tx.conn)
        case = clocks.touched(tx, case, desk.levels, asker.actor)
        holds = hold and to in _HOLDS and not case.hold
        if holds:
            case = replace(case, hold=True, version=case.version + 1)
        acts = Acts(tx, asker.actor)
        case = write_side_effects(tx, desk, case, Outcome(case, matters=[Matter(desk_name)], reason=reason), acts)
        if holds:
            tx.append(NewEvent("case.held", asker.actor, {"why": reason}, case=case.id, customer=case.customer_id))
        case = replace(case, updated_at=tx.now)
        cases.save_all(tx, [case])
        ask_all(tx, desk, asked_after(desk, case, acts))
        return cases.get(tx.conn, id)
