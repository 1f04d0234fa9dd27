"""Facts and a compiled rule set to one Decision. Pure: every rule sees the same snapshot, nothing is done.

How the rules that fire are put together (``docs/rules.md`` says the same for supervisors): rules are asked from top to
bottom; for what a case can only have one of (``SINGLE``), and for each tag and each timer, the first rule that says
something wins; tags, notices, notes, points and webhooks add up; the highest floor, the strictest approval and the highest
tier of each desk count; a hold stays. A held or escalated mention is never put away or answered by a rule.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final

from app.core.facts import Facts
from app.core.records import with_values
from app.routing.because import Reason, reason_of
from app.routing.compile import Compiled
from app.routing.model import Actions, Decision, Desk, Matter, TimerSpec, TraceLine

SUMS_KEPT: Final = 1_000
"""Different sets of rules that fired together and are remembered with their sum; at the bound the memory starts anew."""
TRACES_KEPT: Final = 1_000
"""Different decisions, their traces with them, that are remembered; at the bound the memory starts anew."""
SINGLE: Final = ("queue", "assign", "checklist", "no_response_needed", "snooze_minutes", "close", "community_minutes", "reply_with")
"""Actions of which a case can only have one."""
MAX_TERM_POINTS: Final = 50
"""Most that the ``term`` of all rules together adds to a score, or takes from it."""
_APPROVAL_RANK: Final = {"supervisor": 1, "legal": 2}
_NO_IDS: Final[frozenset[str]] = frozenset()


def decide(compiled: Compiled, facts: Facts, trace: bool = True, spent: Collection[str] = _NO_IDS) -> Decision:
    """What the rules want. With ``trace`` each rule that fired says why in words; without, ``trace`` is empty.

    ``spent`` are ids of rules that may not fire (again) on this case: where their condition holds they do nothing, stop nothing, and
    stand in the decision's ``spent``. ``compiled.once_on`` tells for which triggers anything can be spent by ``repeat``.
    """
    ask = compiled.by_trigger.get(facts.trigger)
    if ask is None:
        return Decision(version=compiled.version)
    fired = ask(facts) if not spent else ask(facts, {place for place, rule in enumerate(compiled.rules) if rule.id in spent})
    together = tuple(fired)
    summed: _Together | None = compiled.sums.get(together)
    if summed is None:
        summed = _added(compiled, together)
    if not trace:
        return with_values(summed.decision, version=compiled.version)
    said = (compiled.version, together, *[reason(facts) for _, reason, _ in summed.lines])
    decision: Decision | None = compiled.traced.get(said)  # what depends on no text is decided for the same few reasons again and again
    if decision is None:
        decision = _traced(compiled, said, summed)
    return decision


@dataclass(frozen=True, slots=True)
class _Together:
    """What some rules come to when they fire together: the decision without its trace, and of each rule its id, what says why it fired
    in this case, and what came of its actions in words."""

    decision: Decision
    lines: tuple[tuple[str, Reason, tuple[str, ...]], ...]


def _traced(compiled: Compiled, said: tuple[Any, ...], summed: _Together) -> Decision:
    version, _, *reasons = said
    lines = [TraceLine(rule, True, why, did, version) for (rule, _, did), why in zip(summed.lines, reasons, strict=True)]
    decision = with_values(summed.decision, version=version, trace=tuple(lines))
    if len(compiled.traced) >= TRACES_KEPT:
        compiled.traced.clear()
    compiled.traced[said] = decision
    return decision


def _added(compiled: Compiled, fired: tuple[int, ...]) -> _Together:
    sum_ = _Sum()
    lines = []
    held_back = tuple(compiled.rules[~place].id for place in fired if place < 0)
    acting = [place for place in fired if place >= 0]
    for index in acting:
        rule = compiled.rules[index]
        did = sum_.add(rule.do, rule.id)
        words = (*did, *(("no rule after this one is asked",) if rule.stop else ()))
        lines.append((rule.id, reason_of(rule.when), words))
    last = compiled.rules[acting[-1]] if acting else None
    ids = tuple(compiled.rules[index].id for index in acting)
    decision = sum_.decision(fired=ids, stopped_by=last.id if last is not None and last.stop else None, spent=held_back)
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
        self.untag: dict[str, None] = {}
        self.notify: dict[str, None] = {}
        self.webhooks: dict[str, None] = {}
        self.notes: dict[str, None] = {}
        self.term: int | None = None
        self.timers: dict[str, TimerSpec | None] = {}
        self.timer_setter: dict[str, str] = {}
        self.tiers: dict[Desk, int] = {}
        self.floor: int | None = None
        self.approval: str | None = None
        self.hold: str | None = None

    def add(self, do: Actions, rule_id: str) -> list[str]:
        """Add one rule's actions; returns what came of each in words."""
        did = self._add_single(do, rule_id)
        if do.tags:
            did.append(_listed("tags", do.tags, self.untag, "removed"))
            self.tags.update((tag, None) for tag in do.tags if tag not in self.untag)
        if do.untag:
            did.append(_listed("remove tags", do.untag, self.tags, "set"))
            self.untag.update((tag, None) for tag in do.untag if tag not in self.tags)
        if do.term is not None:
            self.term = max(-MAX_TERM_POINTS, min(MAX_TERM_POINTS, (self.term or 0) + do.term))
            did.append(f"priority {do.term:+d}" + (f" ({self.term:+d} in all)" if self.term != do.term else ""))
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
        if do.note is not None:
            self.notes[do.note] = None
            did.append(f"note: {do.note}")
        if do.webhooks:
            self.webhooks.update(dict.fromkeys(do.webhooks))
            did.append(f"webhook: {', '.join(do.webhooks)}")
        did += self._add_timers(do, rule_id)
        return did

    def _add_timers(self, do: Actions, rule_id: str) -> list[str]:
        """Of each timer the first rule that starts or stops it counts; within one rule it is stopped, then started anew."""
        did: list[str] = []
        wanted: list[tuple[str, TimerSpec | None]] = [(one.name, one) for one in do.start_timers]
        wanted += [(name, None) for name in do.stop_timers if name not in [one.name for one in do.start_timers]]
        for name, timer in wanted:
            setter = self.timer_setter.setdefault(name, rule_id)
            words = f"stop the timer {name}" if timer is None else f"start the timer {timer_words(timer)}"
            if setter == rule_id:
                self.timers[name] = timer
                did.append(words)
            else:
                did.append(f"{words} (not used: {setter} already decided about it)")
        return did

    def _add_single(self, do: Actions, rule_id: str) -> list[str]:
        did: list[str] = []
        for key, words, value in (
            ("queue", "queue", do.queue),
            ("assign", "assign", do.assign),
            ("checklist", "checklist", do.checklist),
            ("no_response_needed", "no response needed", do.no_response_needed),
            ("snooze_minutes", "snooze minutes", do.snooze_minutes),
            ("close", "close", do.close),
            ("community_minutes", "wait for the community, minutes", do.community_minutes),
            ("reply_with", "reply with", do.reply_with),
        ):
            if value is None:
                continue
            setter = self.setter.setdefault(key, rule_id)
            kept = self.first.setdefault(key, value)
            did.append(f"{words}: {value}" if setter == rule_id else f"{words}: {value} (not used: {setter} already chose {kept})")
        return did

    def decision(self, *, fired: tuple[str, ...], stopped_by: str | None, spent: tuple[str, ...]) -> Decision:
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
            untag=tuple(self.untag),
            term=self.term,
            close=None if serious else _text(self.first.get("close")),
            community_minutes=None if serious else _whole(self.first.get("community_minutes")),
            note="\n".join(self.notes) or None,
            start_timers=tuple(timer for timer in self.timers.values() if timer is not None),
            stop_timers=tuple(name for name, timer in self.timers.items() if timer is None),
            webhooks=tuple(self.webhooks),
            reply_with=None if serious else _text(self.first.get("reply_with")),
            fired=fired,
            stopped_by=stopped_by,
            spent=spent,
        )


def timer_words(timer: TimerSpec) -> str:
    """A timer as a person reads it: ``chase, 30 minutes``."""
    waiting = " of waiting" if timer.waiting else ""
    return f"{timer.name}, {timer.minutes} {'business ' if timer.business else ''}minute{'' if timer.minutes == 1 else 's'}{waiting}"


def _listed(words: str, names: tuple[str, ...], other: Collection[str], done: str) -> str:
    lost = [name for name in names if name in other]
    return f"{words}: {', '.join(names)}" + (f" (not used: {', '.join(lost)}, {done} by a rule above)" if lost else "")


def _text(value: str | int | None) -> str | None:
    return None if value is None else str(value)


def _whole(value: str | int | None) -> int | None:
    return value if isinstance(value, int) else None
