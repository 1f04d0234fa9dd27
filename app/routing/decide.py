"""Facts and a compiled rule set to one Decision. Pure: every rule sees the same snapshot, nothing is done.

How the rules that fire are put together (``docs/rules.md`` says the same for supervisors): rules are asked from top to
bottom; for ``queue``, ``assign``, ``checklist``, ``snooze_minutes`` and ``no_response_needed`` the first rule that says
something wins; tags and notices add up; the highest floor, the strictest approval and the highest tier of each desk
count; a hold stays. A held or escalated mention is never snoozed or closed as needing no answer by a rule.
"""

from dataclasses import dataclass
from typing import Final

from app.core.facts import Facts
from app.core.records import with_values
from app.routing.because import Reason, reason_of
from app.routing.compile import Compiled
from app.routing.model import Actions, Decision, Desk, Matter, TraceLine

SUMS_KEPT: Final = 1_000
"""Different sets of rules that fired together and are remembered with their sum; at the bound the memory starts anew."""
_APPROVAL_RANK: Final = {"supervisor": 1, "legal": 2}


def decide(compiled: Compiled, facts: Facts, trace: bool = True) -> Decision:
    """What the rules want. With ``trace`` each rule that fired says why in words; without, ``trace`` is empty."""
    ask = compiled.by_trigger.get(facts.trigger)
    fired = ask(facts) if ask is not None else None
    if not fired:
        return Decision(version=compiled.version)
    together = tuple(fired)
    summed: _Together | None = compiled.sums.get(together)
    if summed is None:
        summed = _added(compiled, together)
    version = compiled.version
    lines = [TraceLine(rule, True, reason(facts), did, version) for rule, reason, did in summed.lines] if trace else ()
    return with_values(summed.decision, version=version, trace=tuple(lines))


@dataclass(frozen=True, slots=True)
class _Together:
    """What some rules come to when they fire together: the decision without its trace, and of each rule its id, what says why it fired
    in this case, and what came of its actions in words."""

    decision: Decision
    lines: tuple[tuple[str, Reason, tuple[str, ...]], ...]


def _added(compiled: Compiled, fired: tuple[int, ...]) -> _Together:
    sum_ = _Sum()
    lines = []
    for index in fired:
        rule = compiled.rules[index]
        did = sum_.add(rule.do, rule.id)
        words = (*did, *(("no rule after this one is asked",) if rule.stop else ()))
        lines.append((rule.id, reason_of(rule.when), words))
    last = compiled.rules[fired[-1]]
    decision = sum_.decision(
        fired=tuple(compiled.rules[index].id for index in fired), stopped_by=last.id if last.stop else None, version=0, trace=()
    )
    together = _Together(decision, tuple(lines))
    if len(compiled.sums) >= SUMS_KEPT:
        compiled.sums.clear()
    compiled.sums[fired] = together
    return together


class _Sum:
    """The actions of the rules so far, and who set what."""

    def __init__(self) -> None:
        self.first: dict[str, str | int] = {}
        self.setter: dict[str, str] = {}
        self.tags: dict[str, None] = {}
        self.notify: dict[str, None] = {}
        self.tiers: dict[Desk, int] = {}
        self.floor: int | None = None
        self.approval: str | None = None
        self.hold: str | None = None

    def add(self, do: Actions, rule_id: str) -> list[str]:
        """Add one rule's actions; returns what came of each in words."""
        did = self._add_single(do, rule_id)
        if do.tags:
            self.tags.update(dict.fromkeys(do.tags))
            did.append(f"tags: {', '.join(do.tags)}")
        if do.floor is not None:
            self.floor = do.floor if self.floor is None else max(self.floor, do.floor)
            did.append(f"priority at least {do.floor}" + (f" (already {self.floor})" if self.floor > do.floor else ""))
        if do.hold is not None:
            did.append(f"hold: {do.hold}")
            self.hold = self.hold if self.hold is not None else do.hold
        for matter in do.escalate:
            self.tiers[matter.to] = max(matter.tier, self.tiers.get(matter.to, 0))
            did.append(f"escalate to {matter.to}, tier {matter.tier}")
        if do.notify:
            self.notify.update(dict.fromkeys(do.notify))
            did.append(f"notify: {', '.join(do.notify)}")
        if do.approval is not None:
            if self.approval is None or _APPROVAL_RANK[do.approval] > _APPROVAL_RANK[self.approval]:
                self.approval = do.approval
            did.append(f"approval by {do.approval}")
        return did

    def _add_single(self, do: Actions, rule_id: str) -> list[str]:
        did: list[str] = []
        for key, words, value in (
            ("queue", "queue", do.queue),
            ("assign", "assign", do.assign),
            ("checklist", "checklist", do.checklist),
            ("no_response_needed", "no response needed", do.no_response_needed),
            ("snooze_minutes", "snooze minutes", do.snooze_minutes),
        ):
            if value is None:
                continue
            setter = self.setter.setdefault(key, rule_id)
            kept = self.first.setdefault(key, value)
            did.append(f"{words}: {value}" if setter == rule_id else f"{words}: {value} (not used: {setter} already chose {kept})")
        return did

    def decision(self, *, fired: tuple[str, ...], stopped_by: str | None, version: int, trace: tuple[TraceLine, ...]) -> Decision:
        """The sum as a Decision; a hold or a matter takes back what would let the mention slip away."""
        serious = self.hold is not None or bool(self.tiers)
        return Decision(
            queue=_text(self.first.get("queue")),
            assign=_text(self.first.get("assign")),
            tags=tuple(self.tags),
            floor=self.floor,
            checklist=_text(self.first.get("checklist")),
            hold=self.hold is not None,
            hold_reason=self.hold or "",
            escalate=tuple(Matter(to, tier) for to, tier in self.tiers.items()),
            notify=tuple(self.notify),
            no_response_needed=None if serious else _text(self.first.get("no_response_needed")),
            snooze_minutes=None if serious else _whole(self.first.get("snooze_minutes")),
            approval=self.approval,
            fired=fired,
            stopped_by=stopped_by,
            version=version,
            trace=trace,
        )


def _text(value: str | int | None) -> str | None:
    return None if value is None else str(value)


def _whole(value: str | int | None) -> int | None:
    return value if isinstance(value, int) else None
