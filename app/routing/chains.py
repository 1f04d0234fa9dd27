"""Which rules can start each other: what an event makes certain, what an action brings about, and the rings that come of it.

An edge goes from a rule to another when what the first does raises an event that asks the second, and the second's condition does
not contradict what is then certain. A ring of such edges would go round for ever if the desk did not cut it (``docs/rules.md``,
"Chains"); a rule that fires once a case ends every ring it stands in.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import Any, Final

from app.routing.conditions import All, AnyOf, Compare, Condition, Not
from app.routing.contradictions import impossible
from app.routing.model import Rule

Node = tuple[int, str]
"""A rule by its place, and the trigger that asks it."""
Event = tuple[str, tuple[Compare, ...]]
"""What a rule brings about: a trigger, and the tests that are certain to hold then."""
MAX_RINGS: Final = 20
"""Rings that are named; who mends these finds the rest at the next check."""

_STATE_AFTER: Final[Mapping[str, str]] = {
    "case.closed": "done", "case.snoozed": "snoozed", "case.woken": "open", "case.reopened": "open",
}  # fmt: skip
_KNOWN_ONLY_ON: Final[Mapping[str, tuple[str, ...]]] = {
    "timer": ("timer.due",),
    "matter": ("matter.opened", "matter.acknowledged", "matter.decided"),
    "presence": ("presence.changed",),
    "person": ("presence.changed",),
}
_OWN_ACT: Final = Compare("actor", "is", "rule")
_SLOW: Final = frozenset({"timer.due", "case.woken"})
"""Events that come only after a time that somebody chose: a ring through one is a repetition, and may be meant."""


@dataclass(frozen=True, slots=True)
class Ring:
    """Rules that start each other, each with the event that asks it; the last one's doing asks the first. ``slow``: through a timer."""

    steps: tuple[tuple[Rule, str], ...]
    slow: bool

    @property
    def words(self) -> str:
        """The whole ring as a person reads it."""
        parts = [f"{rule.id} (on {trigger})" for rule, trigger in self.steps]
        return " → ".join([*parts, self.steps[0][0].id])


def given(trigger: str) -> tuple[Compare, ...]:
    """The tests that hold for every Facts of a trigger."""
    tests = [Compare("trigger", "is", trigger)]
    tests += [Compare(field, "not_set", True) for field, triggers in _KNOWN_ONLY_ON.items() if trigger not in triggers]
    if trigger in _STATE_AFTER:
        tests.append(Compare("state", "is", _STATE_AFTER[trigger]))
    if trigger in ("case.assigned", "case.claimed"):
        tests.append(Compare("assignee", "set", True))
    if trigger == "case.released":
        tests.append(Compare("assignee", "not_set", True))
    return tuple(tests)


def never_on(rule: Rule, trigger: str) -> tuple[Compare, str] | None:
    """Why a rule can never fire on one of its triggers, None when it can."""
    return impossible(All((*given(trigger), rule.when)))  # in this order, so that the test that is named is the one written


def rings(rules: tuple[Rule, ...]) -> list[Ring]:
    """The rings among the enabled rules that always fire, the quick ones first; a rule that fires once ends a ring."""
    nodes = {
        (place, trigger): rule
        for place, rule in enumerate(rules)
        if rule.enabled and rule.repeat == "always"
        for trigger in rule.on
        if never_on(rule, trigger) is None
    }
    causes = {node: set(caused(rule, node[1])) for node, rule in nodes.items()}
    follow = _followers(nodes, {event for events in causes.values() for event in events})
    quick = {node: {event for event in events if event[0] not in _SLOW} for node, events in causes.items()}
    found = [Ring(ring, False) for ring in _cut(quick, follow, nodes)]
    meant = {node: events for node, events in causes.items() if not _asks_more(nodes[node].when)}
    slow = (Ring(ring, True) for ring in _cut(meant, follow, nodes))
    return (found + [ring for ring in slow if any(trigger in _SLOW for _, trigger in ring.steps)])[:MAX_RINGS]


def caused(rule: Rule, trigger: str) -> Iterator[Event]:
    """The events that a rule brings about when ``trigger`` asks it, each with what is certain then."""
    do = rule.do
    after: tuple[Compare, ...] = (Compare("tags", "contains_all", do.tags),) if do.tags else ()
    after += (Compare("tags", "contains_none", do.untag),) if do.untag else ()
    own = (*after, _OWN_ACT)
    if do.queue is not None and _can_be(rule, trigger, Compare("assignee", "set", True)):
        yield "case.released", own
    if do.assign is not None:
        yield "case.assigned", own
    if (do.close is not None or do.no_response_needed is not None) and _can_be(rule, trigger, Compare("state", "is_not", "done")):
        yield "case.closed", own
    if do.snooze_minutes is not None and _can_be(rule, trigger, Compare("state", "is", "open")):
        yield "case.snoozed", own
        yield "case.woken", after
    if do.community_minutes is not None and _can_be(rule, trigger, Compare("state", "is", "open")):
        yield "case.woken", after
    if do.escalate:
        yield "matter.opened", (*own, Compare("matter", "any_of", tuple(matter.to for matter in do.escalate)))
    if do.note is not None:
        yield "note.added", own
    if do.reply_with is not None:
        yield "reply.sent", after
        yield "reply.failed", after
    for timer in do.start_timers:
        yield "timer.due", (*after, Compare("timer", "is", timer.name), Compare("actor", "is", "timer"))


def _can_be(rule: Rule, trigger: str, test: Compare) -> bool:
    return impossible(All((rule.when, *given(trigger), test))) is None


def _followers(nodes: Mapping[Node, Rule], events: Iterable[Event]) -> dict[Event, set[Node]]:
    """The rules that each event may make fire. Events that say the same are one, so that many rules alike cost only their number."""
    asked: dict[str, list[Node]] = {}
    for node in nodes:
        asked.setdefault(node[1], []).append(node)
    return {
        (trigger, certain): {
            node for node in asked.get(trigger, ()) if impossible(All((nodes[node].when, *given(trigger), *certain))) is None
        }
        for trigger, certain in events
    }


def _cut(
    causes: Mapping[Node, set[Event]], follow: Mapping[Event, set[Node]], nodes: Mapping[Node, Rule]
) -> Iterator[tuple[tuple[Rule, str], ...]]:
    """One ring after the other, each cut open at its first rule so that the next can be seen; own rings first, as they are plainest."""
    left = dict(causes)
    for node in [node for node, events in left.items() if any(node in follow[event] for event in events)]:
        yield ((nodes[node], node[1]),)
        del left[node]
    for _ in range(MAX_RINGS):
        events = {event for caused in left.values() for event in caused}
        graph: dict[Any, set[Any]] = {event: follow[event] & left.keys() for event in events}
        graph.update(left)
        try:
            TopologicalSorter(graph).prepare()
        except CycleError as error:
            # Each is named after the one that follows it, and the first stands at both ends; between two rules stands the event.
            ring: list[Node] = [step for step in error.args[1][:0:-1] if step in left]
            start = ring.index(min(ring))
            ring = ring[start:] + ring[:start]
            yield tuple((nodes[node], node[1]) for node in ring)
            del left[ring[0]]
        else:
            return


def _asks_more(condition: Condition) -> bool:
    """Whether a condition asks anything that may be otherwise the next time, beside which event or timer it is."""
    match condition:
        case Compare(name):
            return name not in ("timer", "trigger", "actor")
        case Not(part):
            return _asks_more(part)
        case All(parts) | AnyOf(parts):
            return any(_asks_more(part) for part in parts)
