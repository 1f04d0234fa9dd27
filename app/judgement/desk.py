"""The desk's judgement at one moment: weights, service levels, policies and the active rule set, loaded once a version.

The word lists are no part of it: they judge texts as they come in, before any transaction, and no deadline waits for them.
"""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, literal, select, union_all

from app.analysis import words
from app.analysis.words import Lexicon
from app.core.errors import Invalid
from app.engine.bulk import read_rows
from app.engine.ports import Ports
from app.policy import macros
from app.policy import store as policies
from app.policy.macros import Macro
from app.policy.model import Policy
from app.priority import weights
from app.priority.weights import Weights
from app.routing import store as routing
from app.routing.compile import Compiled
from app.routing.kept_rules import compiled
from app.routing.model import Queue, Reasons
from app.routing.queues import parse_queues, parse_reasons
from app.sla import levels
from app.sla.model import ServiceLevels

FALLBACK_QUEUE: Final = "care"
_RULES, _POLICY = "rules", "policy"
_in_force = union_all(
    select(literal(_RULES).label("of"), literal("").label("policy"), *routing.ACTIVE.subquery().c),
    select(literal(_POLICY).label("of"), *policies.WHICH_ACTIVE.subquery().c),
).subquery()
_IN_FORCE: Final = select(_in_force).order_by(_in_force.c.of, _in_force.c.policy)
"""Which rules and which policies are in force, for both at once: nearly every action asks it."""


@dataclass(frozen=True, slots=True)
class Desk:
    """What judges need. ``rules_version`` is 0 while no rule set was ever published."""

    ports: Ports
    """Where it was read from, for what follows a decision."""
    weights: Weights
    levels: ServiceLevels
    rules: Compiled
    rules_version: int
    policies: tuple[Policy, ...]
    queues: tuple[Queue, ...]
    silent_after: timedelta = timedelta(minutes=10)
    """Without a sign of life for so long, somebody who says they are there counts as silent."""


def lexicon_of(ports: Ports) -> Lexicon:
    """The word lists alone, for judging texts before a transaction begins."""
    return ports.data.load("words", words.load)


def weights_of(ports: Ports) -> Weights:
    """The weights of the score."""
    return ports.data.load("priority.yaml", weights.load)


def levels_of(ports: Ports) -> ServiceLevels:
    """Targets and calendars."""
    return ports.data.load("service_levels.yaml", levels.load)


def queues_of(ports: Ports) -> tuple[Queue, ...]:
    """The queues, in their order."""
    return ports.data.load("queues.yaml", _read_queues)


def macros_of(ports: Ports) -> dict[str, Macro]:
    """Answers written beforehand, by id; none where the folder has none."""
    return ports.data.load("macros", macros.load_macros) if (ports.data.root / "macros").is_dir() else {}


def reasons_of(ports: Ports) -> Reasons:
    """What people choose from when they say why they are away, or why they pass a case on."""
    return ports.data.load("queues.yaml", _read_reasons)


def _read_reasons(path: Path) -> Reasons:
    found = parse_reasons(path.read_text(encoding="utf-8"))
    if isinstance(found, list):
        raise Invalid(f"{path.name}: {found[0]}", errors=[p.as_error() for p in found])
    return found


def _read_queues(path: Path) -> tuple[Queue, ...]:
    found = parse_queues(path.read_text(encoding="utf-8"))
    if isinstance(found, list):
        raise Invalid(f"{path.name}: {found[0]}", errors=[p.as_error() for p in found])
    return found


def desk_of(ports: Ports, conn: Connection) -> Desk:
    """The whole desk as this transaction sees it: a rule set or policy published before it holds in it."""
    in_force = read_rows(conn, _IN_FORCE, {})
    versions = [(number, digest) for of, _, number, digest in in_force if of == _RULES]
    rules = routing.rules_known(conn, *versions[0]) if versions else compiled("")
    return Desk(
        ports=ports,
        weights=weights_of(ports),
        levels=levels_of(ports),
        rules=rules,
        rules_version=rules.version,
        policies=policies.policies_known(conn, tuple(row[1:] for row in in_force if row[0] == _POLICY)),
        queues=queues_of(ports),
        silent_after=timedelta(minutes=ports.settings.earshot_silent_minutes),
    )
