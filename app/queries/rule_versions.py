"""Versions of the rules side by side: what a working copy would change, the history, one version of it."""

from dataclasses import dataclass
from difflib import unified_diff
from typing import Final, Literal

from app.core.asker import Asker
from app.core.errors import NotFound
from app.engine.ports import Ports
from app.judgement.examining import examine
from app.queries.rules import Fault, InForce, changes_in_words, faults_of, in_force, own_draft, said_of
from app.queries.rules_waiting import WaitingRules, shown
from app.routing import store as routing
from app.routing import store_proposals as proposals
from app.routing.changes import moved
from app.routing.kept_rules import compiled, hash_of
from app.routing.model import Rule
from app.routing.store import RuleVersion
from app.routing.touching import Touched, touched

DIFF_LINES: Final = 2_000
"""Longest diff that is shown; who changed more reads the text itself."""
HISTORY: Final = 100
LineKind = Literal["added", "removed", "place", "same"]


@dataclass(frozen=True, slots=True)
class DiffLine:
    """One line of a diff; a "place" names the lines that follow."""

    kind: LineKind
    text: str


@dataclass(frozen=True, slots=True)
class RuleChange:
    """One rule that says something else: "new", "deleted", "changed", "moved". ``before`` and ``after`` are its words, "" for none."""

    id: str
    name: str
    kind: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class PublishPage:
    """What publishing the working copy would change. ``seen`` is the hash of the text that is shown; ``behind`` names a version that
    was published since the copy was begun, 0 for none. ``touches`` are rules of legal's concern: with any, a second person confirms;
    ``asked`` is the proposal of this very text that waits already; ``declined_by`` and ``why`` say that it was declined."""

    next: int
    in_force: InForce
    base: int
    behind: int
    seen: str
    ok: bool
    words: str
    faults: tuple[Fault, ...]
    changed: str
    changes: tuple[RuleChange, ...]
    diff: tuple[DiffLine, ...]
    text: str
    touches: tuple[Touched, ...]
    asked: str
    declined_by: str
    declined_why: str


@dataclass(frozen=True, slots=True)
class VersionsPage:
    """The history, newest first; ``older`` is the version to go on below, None at the end."""

    versions: tuple[RuleVersion, ...]
    active: int
    older: int | None


@dataclass(frozen=True, slots=True)
class VersionPage:
    """One version with its text: against the one before it, and what going back to it would change now (``touches`` of it legal)."""

    version: RuleVersion
    in_force: InForce
    is_active: bool
    can_roll_back: bool
    diff: tuple[DiffLine, ...]
    changes: tuple[RuleChange, ...]
    back: tuple[RuleChange, ...]
    touches: tuple[Touched, ...]


@dataclass(frozen=True, slots=True)
class WaitingPage:
    """One proposal with what it changes against the version it was made on."""

    one: WaitingRules
    in_force: InForce
    changes: tuple[RuleChange, ...]
    diff: tuple[DiffLine, ...]


def publish_page(ports: Ports, asker: Asker) -> PublishPage:
    """The asker's working copy against what is in force; NotFound without a copy."""
    asker.need("rules.edit")
    with ports.db.read() as conn:
        draft = own_draft(conn, asker)
        if draft is None:
            raise NotFound("You have no working copy of the rules: change a rule first.")
        version, active = routing.active(conn)
        verdict = examine(ports, conn, draft.text)
        before, after = compiled(active).rules, verdict.rule_set.rules if verdict.rule_set else ()
        asked = proposals.last_of_text(conn, hash_of(draft.text))
        declined = asked if asked is not None and asked.state == "declined" and asked.base == version else None
        return PublishPage(
            next=version + 1,
            in_force=in_force(conn),
            base=draft.base,
            behind=version if version != draft.base else 0,
            seen=hash_of(draft.text),
            ok=verdict.ok and draft.text != active,
            words=verdict.words,
            faults=faults_of(verdict.problems),
            changed=changes_in_words(before, after) if verdict.rule_set else "the text cannot be read",
            changes=changes_of(before, after) if verdict.rule_set else (),
            diff=diff_of(active, draft.text),
            text=draft.text,
            touches=touched(before, after) if verdict.rule_set and version else (),
            asked=asked.id if asked is not None and asked.state == "waiting" and asked.base == version else "",
            declined_by=declined.decided_by_name or "" if declined else "",
            declined_why=declined.decided_why if declined else "",
        )


def versions_page(ports: Ports, asker: Asker, before: int | None = None) -> VersionsPage:
    """A page of the history."""
    asker.need("rules.read")
    with ports.db.read() as conn:
        found = routing.versions(conn, HISTORY + 1, before)
        shown = found[:HISTORY]
        return VersionsPage(shown, routing.active_version(conn), shown[-1].version if len(found) > HISTORY else None)


def version_page(ports: Ports, asker: Asker, number: int) -> VersionPage:
    """One version; NotFound."""
    asker.need("rules.read")
    with ports.db.read() as conn:
        wanted = routing.version(conn, number)
        active_number, active = routing.active(conn)
        before = routing.version(conn, number - 1).text if number > 1 else ""
        own = compiled(wanted.text).rules
        return VersionPage(
            version=wanted,
            in_force=in_force(conn),
            is_active=number == active_number,
            can_roll_back=asker.may("rules.edit") and wanted.text != active,
            diff=diff_of(before, wanted.text),
            changes=changes_of(compiled(before).rules, own),
            back=changes_of(compiled(active).rules, own),
            touches=touched(compiled(active).rules, own),
        )


def waiting_page(ports: Ports, asker: Asker, id: str) -> WaitingPage:
    """One of them, decided or not; NotFound."""
    asker.need("rules.read")
    with ports.db.read() as conn:
        found = proposals.proposal(conn, id)
        before = routing.version(conn, found.base).text if found.base else ""
        return WaitingPage(
            shown(found, asker, routing.active_version(conn)),
            in_force(conn),
            changes_of(compiled(before).rules, compiled(found.text).rules),
            diff_of(before, found.text),
        )


def diff_of(before: str, after: str) -> tuple[DiffLine, ...]:
    """The unified diff of two texts, three lines around each change."""
    lines = unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=3)
    found: list[DiffLine] = []
    for index, line in enumerate(lines):
        if len(found) == DIFF_LINES:
            found.append(DiffLine("place", f"More than {DIFF_LINES:,} lines differ: the rest is not shown."))
            break
        if index < 2:  # the two lines that name files
            continue
        kind: LineKind = "place" if line.startswith("@@") else "added" if line[:1] == "+" else "removed" if line[:1] == "-" else "same"
        found.append(DiffLine(kind, line))
    return tuple(found)


def changes_of(before: tuple[Rule, ...], after: tuple[Rule, ...]) -> tuple[RuleChange, ...]:
    """The rules that differ, in the order of the new list, the deleted ones last."""
    was, now, moves = {rule.id: rule for rule in before}, {rule.id: rule for rule in after}, moved(before, after)
    found = []
    for rule in after:
        old = was.get(rule.id)
        if old is None:
            found.append(RuleChange(rule.id, rule.name, "new", "", said_with_switch(rule)))
        elif old != rule:
            found.append(RuleChange(rule.id, rule.name, "changed", said_with_switch(old), said_with_switch(rule)))
        elif rule.id in moves:
            found.append(RuleChange(rule.id, rule.name, "moved", "", _place(rule, after)))
    return (*found, *(RuleChange(rule.id, rule.name, "deleted", said_with_switch(rule), "") for rule in before if rule.id not in now))


def said_with_switch(rule: Rule) -> str:
    """A rule in words, and first of all that it is off."""
    return said_of(rule) if rule.enabled else f"Off. {said_of(rule)}"


def _place(rule: Rule, rules: tuple[Rule, ...]) -> str:
    at = rules.index(rule)
    return f"Now below {rules[at - 1].name}." if at else "Now the first."
