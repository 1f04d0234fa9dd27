"""The records of routing: a rule set as it was written, the decision it reaches, and what is wrong with a text."""

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as part
from operator import attrgetter
from typing import Any, Final, Literal

from app.core.facts import Facts
from app.core.records import quick
from app.routing.conditions import Condition, WordList

ENGINE: Final = 1
"""Version of the rule language a file is written for; a later language that changes meaning takes the next number."""

Severity = Literal["error", "warning"]
Desk = Literal["legal", "pr", "supervisor"]
Push = Literal["off", "least_loaded"]
DESKS: Final[tuple[Desk, ...]] = ("legal", "pr", "supervisor")
DISPOSITIONS: Final = ("answered", "no_response_needed", "answered_by_community", "spam", "duplicate")
"""Why a case is done; the words of ``Case.disposition``."""
Repeat = Literal["always", "once", "once_per_state"]
REPEATS: Final[tuple[Repeat, ...]] = ("always", "once", "once_per_state")
MAX_TIER: Final = 3
"""Steps of an escalation desk: 1 the person on duty, 2 its lead, 3 the head of it."""


@dataclass(frozen=True, slots=True)
class Matter:
    """A matter to open at a desk. ``tier`` is 1..MAX_TIER."""

    to: Desk
    tier: int = 1


@dataclass(frozen=True, slots=True)
class TimerSpec:
    """A timer to start on the case: ``timer.due`` asks the rules after so many minutes, of business hours when ``business``.

    ``waiting`` counts from when the customer began to wait instead of from now, so that who writes again does not wait longer.
    """

    name: str
    minutes: int
    business: bool = False
    waiting: bool = False

    def as_json(self) -> dict[str, Any]:
        """A plain map, as ``TimerSpec(**map)`` reads it back."""
        plain: dict[str, Any] = {"name": self.name, "minutes": self.minutes, "business": self.business}
        return {**plain, "waiting": True} if self.waiting else plain


@dataclass(frozen=True, slots=True)
class Actions:
    """What a rule does. Every field at its default means: leave it.

    ``term`` is points -50..50 added to the score, ``close`` a disposition, ``community_minutes`` how long the community has to answer
    before the case wakes, ``webhooks`` names of endpoints, ``reply_with`` the id of an approved macro.
    """

    queue: str | None = None
    assign: str | None = None
    tags: tuple[str, ...] = ()
    floor: int | None = None
    checklist: str | None = None
    hold: str | None = None
    escalate: tuple[Matter, ...] = ()
    notify: tuple[str, ...] = ()
    no_response_needed: str | None = None
    snooze_minutes: int | None = None
    approval: str | None = None
    untag: tuple[str, ...] = ()
    term: int | None = None
    close: str | None = None
    community_minutes: int | None = None
    note: str | None = None
    start_timers: tuple[TimerSpec, ...] = ()
    stop_timers: tuple[str, ...] = ()
    webhooks: tuple[str, ...] = ()
    reply_with: str | None = None


NOTHING: Final = Actions()


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule as written. ``on`` lists the triggers that ask it; ``line`` is where it stands in the text, from 1.

    ``repeat``: ``once`` fires once a case for this rule id, ``once_per_state`` again only after the case's state has changed.
    """

    id: str
    name: str
    on: tuple[str, ...]
    when: Condition
    do: Actions
    enabled: bool = True
    stop: bool = False
    note: str = ""
    repeat: Repeat = "always"
    line: int = part(default=0, compare=False)
    column: int = part(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Expectation:
    """One line of an example's ``expect``; ``value`` None means: the rules must leave it unset."""

    key: str
    value: Any
    line: int = part(default=0, compare=False)
    column: int = part(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Example:
    """A case the rule set must decide as it says before it may be published."""

    name: str
    facts: Facts
    expect: tuple[Expectation, ...]
    line: int = part(default=0, compare=False)
    column: int = part(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class RuleSet:
    """A whole file: rules in the order they are asked, the examples that must hold, and the named lists of words."""

    rules: tuple[Rule, ...]
    examples: tuple[Example, ...] = ()
    engine: int = ENGINE
    lists: tuple[WordList, ...] = ()

    def rule(self, rule_id: str) -> Rule | None:
        """The rule with that id, None when there is none."""
        return next((rule for rule in self.rules if rule.id == rule_id), None)


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong in a text. ``line`` and ``column`` count from 1; ``field`` is the path, e.g. ``rules[vip].when.tier``."""

    line: int
    column: int
    field: str
    msg: str
    mend: str
    severity: Severity = "error"

    def __str__(self) -> str:
        return f"line {self.line}, {self.field}: {self.msg}. {self.mend}"

    def as_error(self) -> dict[str, Any]:
        """The form in which problem+json lists it."""
        place = {"line": self.line, "column": self.column, "severity": self.severity}
        return {"loc": [self.field], "msg": f"line {self.line}: {self.msg}. {self.mend}", **place}


@quick
@dataclass(frozen=True, slots=True)
class TraceLine:
    """Why one rule fired (or not) and what it did, in words; ``version`` is the rule set's."""

    rule: str
    matched: bool
    because: str
    actions: tuple[str, ...]
    version: int


@quick
@dataclass(frozen=True, slots=True)
class Decision:
    """What the rules want done with one mention or case. Nothing is done by deciding.

    ``floor`` is the least score 0-100 the case may have; ``fired`` the ids of the rules that matched, in order; ``trace``
    is empty unless it was asked for. ``spent`` are the ids of rules whose condition held but that may not fire again (``repeat``, or a
    guard of the asker); they did nothing. ``note`` joins the notes of several rules by lines.
    """

    queue: str | None = None
    assign: str | None = None
    tags: tuple[str, ...] = ()
    floor: int | None = None
    checklist: str | None = None
    hold: bool = False
    hold_reason: str = ""
    escalate: tuple[Matter, ...] = ()
    notify: tuple[str, ...] = ()
    no_response_needed: str | None = None
    snooze_minutes: int | None = None
    approval: str | None = None
    untag: tuple[str, ...] = ()
    term: int | None = None
    close: str | None = None
    community_minutes: int | None = None
    note: str | None = None
    start_timers: tuple[TimerSpec, ...] = ()
    stop_timers: tuple[str, ...] = ()
    webhooks: tuple[str, ...] = ()
    reply_with: str | None = None
    fired: tuple[str, ...] = ()
    stopped_by: str | None = None
    spent: tuple[str, ...] = ()
    version: int = 0
    trace: tuple[TraceLine, ...] = part(default=(), compare=False)

    def as_json(self) -> dict[str, Any]:
        """A plain map for storage without the trace, which is stored beside it."""
        plain = dict(zip(_DECISION_NAMES, _decision_values(self), strict=True))
        plain["escalate"] = [{"to": matter.to, "tier": matter.tier} for matter in self.escalate]
        rare = zip(_RARE_NAMES, _rare_values(self), _RARE_DEFAULTS, strict=True)
        plain |= {name: value for name, value, usual in rare if value != usual}
        if self.start_timers:
            plain["start_timers"] = [one.as_json() for one in self.start_timers]
        return plain

    def trace_json(self) -> list[dict[str, Any]]:
        """The trace as plain maps, in the form of the API's ``trace``."""
        return [
            {"rule": line.rule, "matched": line.matched, "because": line.because, "actions": line.actions, "version": line.version}
            for line in self.trace
        ]

    @classmethod
    def from_json(cls, stored: Mapping[str, Any], trace: list[dict[str, Any]] | None = None) -> "Decision":
        """A decision from its stored map and trace."""
        values: dict[str, Any] = {
            key: tuple(value) if isinstance(value, list) else value for key, value in stored.items() if key in _DECISION_FIELDS
        }
        values["escalate"] = tuple(Matter(**matter) for matter in stored.get("escalate", ()))
        values["start_timers"] = tuple(TimerSpec(**timer) for timer in stored.get("start_timers", ()))
        lines = tuple(TraceLine(**{**line, "actions": tuple(line["actions"])}) for line in trace or ())
        return cls(**values, trace=lines)


_RARE_NAMES: Final = (
    "untag", "term", "close", "community_minutes", "note", "start_timers", "stop_timers", "webhooks", "reply_with", "spent",
)  # fmt: skip
"""What few decisions have: stored only where it is set, because every mention stores a decision."""
_DECISION_FIELDS: Final = frozenset(name for name in Decision.__dataclass_fields__ if name != "trace")
_DECISION_NAMES: Final = tuple(name for name in Decision.__dataclass_fields__ if name in _DECISION_FIELDS.difference(_RARE_NAMES))
_decision_values = attrgetter(*_DECISION_NAMES)  # dataclasses.asdict copies every value deeply, which every mention would pay for
_rare_values = attrgetter(*_RARE_NAMES)
_RARE_DEFAULTS: Final = _rare_values(Decision())


NO_DECISION: Final = Decision()


@dataclass(frozen=True, slots=True)
class Queue:
    """A place where cases wait. ``languages`` and ``skills`` are what an agent needs to be given one of its cases.

    ``push`` says whether the desk gives its cases out by itself; ``sticky`` that a customer comes back to the agent they know; ``lead``
    is the e-mail of who answers for the queue; ``weights`` is what a case adds to a load by its visibility, 1 where none is named.
    """

    id: str
    title: str
    languages: tuple[str, ...] = ()
    skills: tuple[str, ...] = ()
    order: int = 0
    push: Push = "off"
    sticky: bool = False
    lead: str | None = None
    weights: dict[str, float] = part(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AwayReason:
    """A reason people choose for being busy or away. What they hold waits for them ``keep_minutes``; None for the desk's own grace."""

    title: str
    presence: Literal["busy", "away"]
    keep_minutes: int | None = None


@dataclass(frozen=True, slots=True)
class Reasons:
    """What people choose from when they say why: for being away or busy, and for passing a case on."""

    presence: tuple[AwayReason, ...]
    skip: tuple[str, ...]
