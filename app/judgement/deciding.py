"""Carry a decision of the rules out on a case: what changes on it, and what else has to be written.

The rules propose; these are the limits on what they may do. A rule never lifts a hold, never takes a case out of a
person's hands while its claim stands, never closes a case that is held, risky or already worked on.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from app.cases.model import Case
from app.core.records import with_values
from app.judgement.desk import FALLBACK_QUEUE
from app.policy.model import Policy, applying
from app.routing.model import Decision, Matter


@dataclass(slots=True)
class Outcome:
    """A case after a decision, and what must be written beside it. ``moves`` are (event kind, data)."""

    case: Case
    matters: list[Matter] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    moves: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    person_wanted: str | None = None
    """Whom the rules name: a person's id or e-mail, or "least_loaded"."""
    reason: str = ""
    """Why the matters are opened, in words."""


def carried_out(decision: Decision, case: Case, now: datetime, *, trigger: str, answering: bool = False) -> Outcome:
    """The case with the decision applied; ``answering``: an answer to it is on its way. Pure: the caller writes."""
    changes: dict[str, Any] = {"rules_version": decision.version}
    out = Outcome(case)
    held_by_person = case.assignee_id is not None and (case.claim_until is not None or not trigger.startswith("clock."))
    if decision.queue and not held_by_person and decision.queue != case.queue:
        changes["queue"] = decision.queue
        if case.queue:
            out.moves.append(("case.updated", {"queue": decision.queue, "was": case.queue}))
        if case.assignee_id is not None:
            changes |= {"assignee_id": None, "assignee_name": None, "claim_until": None}
            out.moves.append(("case.released", {"why": "a rule moved it to another queue", "was": case.assignee_name}))
    if not (decision.queue or case.queue):
        changes["queue"] = FALLBACK_QUEUE
    new_tags = [t for t in decision.tags if t not in case.tags]
    if new_tags:
        changes["tags"] = [*case.tags, *new_tags]
    floor = max(decision.floor or 0, _standing_floor(case, trigger))
    if floor != (case.floor or 0):
        changes["floor"] = floor or None
    if decision.checklist:
        changes["policy"] = decision.checklist
    if decision.approval:
        changes["approval_role"] = decision.approval
    if decision.hold and not case.hold:
        changes["hold"] = True
        out.moves.append(("case.held", {"why": decision.hold_reason}))
    out.matters = list(decision.escalate)
    out.reason = decision.hold_reason or f"rules {', '.join(decision.fired)}"
    out.notices = list(decision.notify)
    if decision.assign and case.assignee_id is None:
        out.person_wanted = decision.assign
    if not answering:
        changes |= _put_away(decision, case, out, now)
    out.case = with_values(case, **changes)
    return out


def _standing_floor(case: Case, trigger: str) -> int:
    """The floor that stays whatever is decided now. New words of the customer are judged afresh, so that "found it, thank you" ends the
    alarm of the complaint before it; a hold or a missed target keeps its floor."""
    afresh = trigger.startswith("mention.") and not case.hold and case.due_state not in ("warned", "breached")
    return 0 if afresh else case.floor or 0


def _put_away(decision: Decision, case: Case, out: Outcome, now: datetime) -> dict[str, Any]:
    """What changes when a rule closes or snoozes a case that nobody has worked on and that carries no risk."""
    worked_on = case.assignee_id is not None or case.reply_count > 0 or case.hold or decision.hold or bool(case.risk)
    if worked_on or case.state != "open":
        return {}
    if decision.no_response_needed:
        out.moves.append(("case.closed", {"disposition": "no_response_needed", "why": decision.no_response_needed}))
        return {
            "state": "done", "disposition": "no_response_needed", "closed_at": now, "waiting_since": None, "due_at": None,
            "due_metric": None, "due_state": None,
        }  # fmt: skip
    if decision.snooze_minutes:
        until = now + timedelta(minutes=decision.snooze_minutes)
        out.moves.append(("case.snoozed", {"until": until.isoformat(), "why": "a rule"}))
        return {"state": "snoozed", "snoozed_until": until}
    return {}


def unheld(case: Case, policies: Iterable[Policy]) -> Case:
    """The case once its hold is lifted: answered again under the policy of any case, without the approval that the risk asked for."""
    plain = applying(policies, case.visibility, ())
    return with_values(case, hold=False, approval_role=None, policy=plain[0].id if plain else "")
