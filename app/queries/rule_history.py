"""The history of one rule: the versions that changed what is written of it, in words and in lines."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from app.core.asker import Asker
from app.core.errors import NotFound
from app.engine.ports import Ports
from app.queries.rule_versions import DiffLine, diff_of, said_with_switch
from app.routing import store as routing
from app.routing.kept_rules import compiled
from app.routing.model import Rule
from app.routing.rule_past import lines_of

READ: Final = 300
"""Versions looked through for one page: each is a text of some kilobytes, of which only those that changed the rule are parsed."""
_KINDS: Final = {(False, True): "new", (True, False): "deleted", (True, True): "changed"}


@dataclass(frozen=True, slots=True)
class RuleMoment:
    """One version that changed the rule. ``kind`` is "new", "changed" or "deleted"; ``before`` and ``after`` are its words, "" for none."""

    version: int
    at: datetime
    by: str
    reason: str
    kind: str
    before: str
    after: str
    diff: tuple[DiffLine, ...]


@dataclass(frozen=True, slots=True)
class RuleHistoryPage:
    """Newest first. ``older`` is the version to go on below, None at the end; ``now`` says that the rule is in force."""

    id: str
    name: str
    now: bool
    can_edit: bool
    moments: tuple[RuleMoment, ...]
    older: int | None


def rule_history_page(ports: Ports, asker: Asker, id: str, before: int | None = None) -> RuleHistoryPage:
    """The versions below ``before``, or the newest, that changed the rule. NotFound when none of all knows it."""
    asker.need("rules.read")
    with ports.db.read() as conn:
        active = routing.active_rules(conn).rules
        listed = routing.versions(conn, READ + 1, before)
        texts = [(one, routing.version(conn, one.version).text) for one in listed]
    found: list[RuleMoment] = []
    # The oldest that was read is only what the one after it is held against, unless it is the first of all.
    pairs = list(zip(texts, [*(text for _, text in texts[1:]), ""], strict=True))
    more = len(listed) > READ
    for (version, text), earlier in pairs[:-1] if more else pairs:
        own, was = lines_of(text, id), lines_of(earlier, id)
        if own == was:
            continue
        kind = _KINDS[bool(was), bool(own)]
        said, said_before = (_said(compiled(one).rules, id) if lines else "" for one, lines in ((text, own), (earlier, was)))
        diff = diff_of(was, own) if kind == "changed" else ()
        found.append(RuleMoment(version.version, version.at, version.by_name, version.reason, kind, said_before, said, diff))
    rule = next((one for one in active if one.id == id), None)
    if rule is None and not found and before is None:
        raise NotFound(f"No version of the rules that was published has a rule {id}.")
    return RuleHistoryPage(
        id, rule.name if rule else id, rule is not None, asker.may("rules.edit"), tuple(found), listed[-2].version if more else None
    )


def _said(rules: tuple[Rule, ...], id: str) -> str:
    rule = next((one for one in rules if one.id == id), None)
    return "" if rule is None else said_with_switch(rule)
