"""The rules in their order, as they are in force or as the asker's working copy has them, with what each says and how often it fires."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection

from app.core.asker import Asker
from app.engine.ports import Ports
from app.judgement.desk import queues_of
from app.judgement.examining import examine
from app.measures import store as measures
from app.queries.rule_effect import NO_DAYS, RuleDays, days_of
from app.queries.rule_words import WordLists, word_lists
from app.queries.rules_sought import Choices, Findable, Sought, choices_of, findable
from app.queries.rules_waiting import WaitingRules, waiting_rules
from app.routing import store as routing
from app.routing.because import condition_words
from app.routing.changes import moved
from app.routing.check import Verdict
from app.routing.explain import action_words, rule_words
from app.routing.fields import DEFAULT_TRIGGERS, TRIGGERS
from app.routing.model import Problem, Rule
from app.routing.rule_blocks import headings_of
from app.routing.store_drafts import Draft, draft_of
from app.routing.telling import conditions

FIRES_OVER: Final = timedelta(days=1)
EVERYTHING: Final = Sought()


@dataclass(frozen=True, slots=True)
class RuleRow:
    """One rule of the list. ``fires`` counts the last day; ``state`` is "", "new", "changed" or "moved" against what is in force;
    ``pending`` says that a form of it was left half-filled; ``heading`` is the group that begins with it, "" for none; ``shown`` is False
    for what is not looked for."""

    id: str
    name: str
    note: str
    place: int
    enabled: bool
    stop: bool
    on: str
    condition: str
    does: tuple[str, ...]
    fires: int
    share: int
    days: RuleDays
    state: str
    errors: int
    warnings: int
    pending: bool
    heading: str
    find: Findable
    shown: bool


@dataclass(frozen=True, slots=True)
class InForce:
    """The active version; version 0 before anything was published."""

    version: int
    at: datetime | None
    by: str
    reason: str
    copy_of: int | None
    confirmed_by: str = ""


@dataclass(frozen=True, slots=True)
class Fault:
    """One problem of the text: where, what, how to mend it. ``rule`` and ``example`` name what it stands in, "" for none."""

    line: int
    column: int
    field: str
    msg: str
    mend: str
    error: bool
    rule: str
    example: str


@dataclass(frozen=True, slots=True)
class Working:
    """The asker's working copy: against which version, what changed in words, what the check says. ``readable`` is False when it does
    not parse; ``behind`` names a version published since, 0 for none; ``waiting`` are rules with a half-filled form."""

    base: int
    at: datetime
    changed: str
    differs: bool
    readable: bool
    ok: bool
    words: str
    faults: tuple[Fault, ...]
    behind: int
    waiting: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RulesPage:
    """What the page shows. ``can_edit`` is False for readers; ``working`` is None without a copy; ``removed`` are ids that the copy
    leaves out; ``second`` waits for a second person; ``lists`` are the named word lists."""

    in_force: InForce
    working: Working | None
    can_edit: bool
    rows: tuple[RuleRow, ...]
    removed: tuple[str, ...]
    sought: Sought
    filters: Choices
    second: tuple[WaitingRules, ...]
    lists: WordLists

    @property
    def shown(self) -> int:
        """How many rules are among what is looked for."""
        return sum(row.shown for row in self.rows)


def rules_page(ports: Ports, asker: Asker, sought: Sought = EVERYTHING) -> RulesPage:
    """The list. Of a copy that cannot be read the rules in force are shown, without their buttons."""
    asker.need("rules.read")
    with ports.db.read() as conn:
        draft = own_draft(conn, asker)
        active_set = routing.active_rules(conn)
        active = active_set.rules
        verdict = examine(ports, conn, draft.text) if draft else None
        working = _working(conn, draft, verdict, active) if draft and verdict else None
        readable = verdict is None or verdict.rule_set is not None
        shown_set = verdict.rule_set if verdict and verdict.rule_set else active_set
        shown = shown_set.rules
        fires = fires_of(ports, conn)
        faults = working.faults if working else ()
        headings = headings_of(draft.text if verdict and verdict.rule_set and draft else routing.active(conn)[1], shown)
        days = days_of(conn, ports.clock.now())
        rows = _rows(shown, active, fires, days, faults, frozenset(draft.pending) if draft else frozenset(), headings, sought)
        removed = tuple(rule.id for rule in active if rule.id not in {one.id for one in shown})
        return RulesPage(in_force(conn), working, asker.may("rules.edit") and readable, rows, removed, sought, _filters(ports, rows),
                         waiting_rules(conn, asker), word_lists(shown, shown_set.lists, active_set.lists))  # fmt: skip


def _filters(ports: Ports, rows: tuple[RuleRow, ...]) -> Choices:
    return choices_of((row.find for row in rows), ((queue.id, queue.title) for queue in queues_of(ports)))


def own_draft(conn: Connection, asker: Asker) -> Draft | None:
    """The asker's working copy, None for readers."""
    return draft_of(conn, asker.person_id) if asker.may("rules.edit") and asker.person_id else None


def in_force(conn: Connection) -> InForce:
    """The active version."""
    for one in routing.versions(conn, 1):
        return InForce(one.version, one.at, one.by_name, one.reason, one.copy_of, one.confirmed_by_name or "")
    return _NONE


_NONE: Final = InForce(0, None, "", "", None)


def behind(conn: Connection, asker: Asker) -> int:
    """The version that was published after the asker's copy was begun, 0 for none."""
    draft, active = own_draft(conn, asker), routing.active_version(conn)
    return active if draft is not None and draft.base != active else 0


def fires_of(ports: Ports, conn: Connection) -> dict[str, int]:
    """How often each rule fired in the last day."""
    now = ports.clock.now()
    return {rule: n for (_, rule), n in measures.totals(conn, {"rule_fired"}, now - FIRES_OVER, now).items()}


def share_of(fires: Mapping[str, int], rule: str) -> int:
    """How often a rule fired beside the one that fired most, 0-100."""
    return round(100 * fires.get(rule, 0) / (max(fires.values(), default=0) or 1))


def faults_of(problems: tuple[Problem, ...]) -> tuple[Fault, ...]:
    """Problems with the rule or example each stands in: errors first, then by line."""
    found = [
        Fault(p.line, p.column, p.field, p.msg, p.mend, p.severity == "error", _placed(p.field, "rules"), _placed(p.field, "examples"))
        for p in problems
    ]
    return tuple(sorted(found, key=lambda fault: (not fault.error, fault.line, fault.column)))


def said_of(rule: Rule) -> str:
    """A rule in words, without its triggers where they are the usual ones."""
    words = rule_words(rule)
    usual = f"When {' or '.join(TRIGGERS[one] for one in DEFAULT_TRIGGERS)}, if "
    return f"If {words.removeprefix(usual)}" if words.startswith(usual) else words


def changes_in_words(before: tuple[Rule, ...], after: tuple[Rule, ...]) -> str:
    """What differs between two sets of rules: "2 rules changed, 1 added"."""
    was, now = {rule.id: rule for rule in before}, {rule.id: rule for rule in after}
    both = [one.id for one in after if one.id in was]
    counts = (
        (sum(was[one] != now[one] for one in both), "changed"),
        (len(now.keys() - was.keys()), "added"),
        (len(was.keys() - now.keys()), "deleted"),
        (len(moved(before, after)), "moved"),
    )
    parts = [f"{n} {'rule' if n == 1 else 'rules'} {word}" for n, word in counts if n]
    return ", ".join(parts) or "no rule says anything else"


def _working(conn: Connection, draft: Draft, verdict: Verdict, active: tuple[Rule, ...]) -> Working:
    version, text = routing.active(conn)
    rules = verdict.rule_set.rules if verdict.rule_set else ()
    return Working(
        base=draft.base,
        at=draft.at,
        changed=changes_in_words(active, rules) if verdict.rule_set else "the text cannot be read",
        differs=draft.text != text,
        readable=verdict.rule_set is not None,
        ok=verdict.ok,
        words=verdict.words,
        faults=faults_of(verdict.problems),
        behind=version if version != draft.base else 0,
        waiting=tuple(draft.pending),
    )


_PLACE: Final = re.compile(r"(rules|examples)\[([^\]]+)\]")


def _placed(field: str, kind: str) -> str:
    found = _PLACE.match(field)
    return found[2] if found and found[1] == kind else ""


def _rows(
    rules: tuple[Rule, ...], active: tuple[Rule, ...], fires: Mapping[str, int], days: Mapping[str, RuleDays],
    faults: tuple[Fault, ...], pending: frozenset[str], headings: Mapping[str, str], sought: Sought,
) -> tuple[RuleRow, ...]:  # fmt: skip
    was = {rule.id: rule for rule in active}
    moves = moved(active, rules)
    group, rows = "", []
    for place, rule in enumerate(rules, 1):
        group = headings.get(rule.id, group)
        on = "" if rule.on == DEFAULT_TRIGGERS else " or ".join(TRIGGERS.get(one, one) for one in rule.on)
        condition, does = conditions(rule.when) or "always", action_words(rule.do)
        find = findable(rule, group, (on, condition, condition_words(rule.when), *does))
        row = RuleRow(
            id=rule.id,
            name=rule.name,
            note=rule.note,
            place=place,
            enabled=rule.enabled,
            stop=rule.stop,
            on=on,
            condition=condition,
            does=does,
            fires=fires.get(rule.id, 0),
            share=share_of(fires, rule.id),
            days=days.get(rule.id, NO_DAYS),
            state=_state(rule, was.get(rule.id), rule.id in moves),
            errors=sum(fault.error for fault in faults if fault.field.startswith(f"rules[{rule.id}]")),
            warnings=sum(not fault.error for fault in faults if fault.field.startswith(f"rules[{rule.id}]")),
            pending=rule.id in pending,
            heading=headings.get(rule.id, ""),
            find=find,
            shown=find.fits(sought),
        )
        rows.append(row)
    return tuple(rows)


def _state(rule: Rule, was: Rule | None, is_moved: bool) -> str:
    if was is None:
        return "new"
    return "changed" if rule != was else "moved" if is_moved else ""
