"""Carry a decision of the rules out on a case: what changes on it, and what else has to be written.

The rules propose; these are the limits on what they may do. A rule never lifts a hold, never takes a case out of a
person's hands while its claim stands, never puts away a case that is held, and none with a risk before a person has answered it. What is
not changed by it is not said: no event tells of what was so already.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from app.cases.model import Case, Disposition
from app.core.records import with_values
from app.judgement.desk import FALLBACK_QUEUE
from app.policy.model import Policy, applying
from app.routing.fields import ARRIVAL
from app.routing.model import Decision, Matter, TimerSpec

_NEW_WORDS: Final = (ARRIVAL, "mention.edited")
_BY_TIME: Final = ("clock.", "timer.")
_UNREAD: Final[tuple[Disposition, ...]] = ("no_response_needed", "spam", "duplicate")
"""Dispositions that only fit a case on which nobody has done anything."""
Put = dict[str, Any]


@dataclass(slots=True)
class Outcome:
    """A case after a decision, and what must be written beside it. ``moves`` are (event kind, data)."""

    case: Case
    matters: list[Matter] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    moves: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    person_wanted: str | None = None
    """Whom the rules name: a person's id or e-mail, "least_loaded", "last_agent" or "skill:NAME"."""
    reason: str = ""
    """Why the matters are opened, in words."""
    note: str | None = None
    start_timers: tuple[TimerSpec, ...] = ()
    stop_timers: tuple[str, ...] = ()
    webhooks: tuple[str, ...] = ()
    reply_with: str | None = None
    left: list[str] = field(default_factory=list)
    """What the rules wanted and the desk did not do, with why, in words."""

    @property
    def beside(self) -> bool:
        """Whether anything has to be written beside the case itself."""
        return bool(self.matters or self.notices or self.more or self.case.snoozed_until is not None)

    @property
    def more(self) -> bool:
        """Whether it asks for what few decisions ask for: a person, a note, timers, webhooks."""
        return bool(self.person_wanted or self.note or self.start_timers or self.stop_timers or self.webhooks)


def carried_out(decision: Decision, case: Case, now: datetime, *, trigger: str, answering: bool = False) -> Outcome:
    """The case with the decision applied; ``answering``: an answer to it is on its way. Pure: the caller writes."""
    changes: Put = {} if case.rules_version == decision.version else {"rules_version": decision.version}
    out = Outcome(case)
    _place(decision, case, out, changes, trigger)
    _tags(decision, case, out, changes, trigger)
    floor, term = _standing(case, trigger)
    floor = max(decision.floor or 0, floor)
    if floor != (case.floor or 0):
        changes["floor"] = floor or None
    term = term if decision.term is None else decision.term
    if term != (case.rule_term or 0):
        changes["rule_term"] = term or None
    if decision.checklist and decision.checklist != case.policy:
        changes["policy"] = decision.checklist
    if decision.approval and decision.approval != case.approval_role:
        changes["approval_role"] = decision.approval
    if decision.hold and not case.hold:
        changes["hold"] = True
        out.moves.append(("case.held", {"why": decision.hold_reason}))
    if decision.fired:
        out.reason = decision.hold_reason or f"rules {', '.join(decision.fired)}"
        out.matters, out.notices = list(decision.escalate), list(decision.notify)
        out.note, out.webhooks, out.reply_with = decision.note, decision.webhooks, decision.reply_with
        out.start_timers, out.stop_timers = decision.start_timers, decision.stop_timers
    if decision.assign and case.assignee_id is None:
        out.person_wanted = decision.assign
    changes |= _put_away(decision, case, out, now, answering=answering)
    if changes:
        out.case = with_values(case, **changes)
    return out


def puts_away(decision: Decision) -> bool:
    """Whether it would close the case, put it to sleep or leave it to the community: only then does it matter whether an answer to it is
    on its way."""
    away = (decision.snooze_minutes, decision.community_minutes)
    return bool(decision.no_response_needed or decision.close or any(minutes is not None for minutes in away))


def _place(decision: Decision, case: Case, out: Outcome, changes: Put, trigger: str) -> None:
    """The queue. What somebody has taken stays; what was only given to somebody goes on when time has run out."""
    held_by_person = case.assignee_id is not None and (case.claim_until is not None or not trigger.startswith(_BY_TIME))
    if decision.queue and decision.queue != case.queue:
        if held_by_person:
            out.left.append(f"queue {decision.queue}: somebody has the case")
        else:
            changes["queue"] = decision.queue
            if case.queue:
                out.moves.append(("case.updated", {"queue": decision.queue, "was": case.queue}))
            if case.assignee_id is not None:
                changes |= {"assignee_id": None, "assignee_name": None, "claim_until": None}
                out.moves.append(("case.released", {"why": "a rule moved it to another queue", "was": case.assignee_name}))
    if not (decision.queue or case.queue):
        changes["queue"] = FALLBACK_QUEUE


def _tags(decision: Decision, case: Case, out: Outcome, changes: Put, trigger: str) -> None:
    kept = [t for t in case.tags if t not in decision.untag] if decision.untag else case.tags
    new = [t for t in decision.tags if t not in kept]
    if not new and len(kept) == len(case.tags):
        return
    changes["tags"] = [*kept, *new]
    if trigger != ARRIVAL or len(kept) != len(case.tags):  # of what a mention adds its own event tells
        out.moves.append(("case.updated", {"tags": changes["tags"], "was": case.tags}))


def _standing(case: Case, trigger: str) -> tuple[int, int]:
    """The floor and the points that stay whatever is decided now. New words of the customer are judged afresh, so that "found it, thank
    you" ends the alarm of the complaint before it; a hold or a missed target keeps them."""
    if trigger in _NEW_WORDS and not case.hold and case.due_state not in ("warned", "breached"):
        return 0, 0
    return case.floor or 0, case.rule_term or 0


def _put_away(decision: Decision, case: Case, out: Outcome, now: datetime, *, answering: bool) -> Put:
    """What changes when a rule closes a case, puts it to sleep or leaves it to the community. The first that is possible."""
    close: Disposition | None = "no_response_needed" if decision.no_response_needed else _disposition(decision.close)
    if close is not None:
        why_not = _cannot_close(case, close, answering=answering, held=decision.hold)
        if why_not is None:
            out.moves.append(("case.closed", {"disposition": close, "why": decision.no_response_needed or "a rule"}))
            return {
                "state": "done", "disposition": close, "closed_at": now, "waiting_since": None, "due_at": None, "due_metric": None,
                "due_state": None, "snoozed_until": None, "waiting_on": None,
            }  # fmt: skip
        out.left.append(f"close as {close.replace('_', ' ')}: {why_not}")
    minutes = decision.snooze_minutes or decision.community_minutes
    if minutes is None:
        return {}
    why_not = "the case is not open" if case.state != "open" else _worked_on(case, answering=answering, held=decision.hold)
    until = now + timedelta(minutes=minutes)
    if why_not is not None:
        out.left.append(f"{'snooze' if decision.snooze_minutes else 'wait for the community'}: {why_not}")
        return {}
    if decision.snooze_minutes:
        out.moves.append(("case.snoozed", {"until": until.isoformat(), "why": "a rule"}))
        return {"state": "snoozed", "snoozed_until": until}
    out.moves.append(("case.updated", {"state": "pending", "waiting_on": "community", "until": until.isoformat()}))
    return {"state": "pending", "waiting_on": "community", "snoozed_until": until}


def _disposition(word: str | None) -> Disposition | None:
    return word  # type: ignore[return-value]  # the parser lets only dispositions through


def _cannot_close(case: Case, close: Disposition, *, answering: bool, held: bool) -> str | None:
    """Why a rule may not close the case so; None when it may."""
    if case.state == "done":
        return "it is done already"
    if close in _UNREAD:
        return "the case is not open" if case.state != "open" else _worked_on(case, answering=answering, held=held)
    if close == "answered" and case.reply_count == 0:
        return "nothing was answered"
    if case.risk and case.reply_count == 0:
        return "it carries a risk that nobody has answered"
    return _in_hand(case, answering=answering, held=held)


def _in_hand(case: Case, *, answering: bool, held: bool) -> str | None:
    """Why the case is somebody's at this moment; None when it is not."""
    if case.hold or held:
        return "legal holds it"
    if answering:
        return "an answer is on its way"
    return "somebody works on it now" if case.claim_until is not None else None


def _worked_on(case: Case, *, answering: bool, held: bool) -> str | None:
    """Why somebody has done something on the case already, or has to; None when it is as it came in."""
    if case.assignee_id is not None:
        return "somebody has it"
    if case.reply_count > 0:
        return "it was answered before"
    return _in_hand(case, answering=answering, held=held) or ("it carries a risk" if case.risk else None)


def unheld(case: Case, policies: Iterable[Policy]) -> Case:
    """The case once its hold is lifted: answered again under the policy of any case, without the approval that the risk asked for."""
    plain = applying(policies, case.visibility, ())
    return with_values(case, hold=False, approval_role=None, policy=plain[0].id if plain else "")
