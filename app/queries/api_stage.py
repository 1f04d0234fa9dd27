"""The final-stage scorecard as programs see it: every number by its name."""

from dataclasses import dataclass
from datetime import datetime

from app.core.asker import Asker
from app.engine.ports import Ports
from app.measures.criteria import Criterion, CriterionId, CriterionState
from app.measures.stage import Scorecard, StageName
from app.queries.stage import stage


@dataclass(frozen=True, slots=True)
class FigureRecord:
    """One number; ``unit`` is share (0 to 1), seconds, count, ratio or version."""

    name: str
    value: float | int | str | None
    unit: str


@dataclass(frozen=True, slots=True)
class CriterionRecord:
    """One criterion of the final stage; ``link`` is the page with the cases behind it."""

    id: CriterionId
    title: str
    state: CriterionState
    passed: bool
    headline: str
    figures: tuple[FigureRecord, ...]
    goal: str
    link: str


@dataclass(frozen=True, slots=True)
class PartRecord:
    """One thing a stage asks for."""

    what: str
    there: bool


@dataclass(frozen=True, slots=True)
class StepRecord:
    """One stage with what it asks for."""

    number: int
    name: StageName
    reached: bool
    parts: tuple[PartRecord, ...]


@dataclass(frozen=True, slots=True)
class StageRecord:
    """Where the desk stands. ``stage`` is 0 before the first stage is reached, ``name`` null then."""

    since: datetime
    until: datetime
    stage: int
    name: StageName | None
    passed: bool
    criteria: tuple[CriterionRecord, ...]
    steps: tuple[StepRecord, ...]
    next: str


def api_stage(ports: Ports, asker: Asker, hours: int) -> StageRecord:
    """The scorecard of the last hours."""
    with ports.db.read() as conn:
        return _record(stage(ports, conn, asker, hours=hours))


def _record(card: Scorecard) -> StageRecord:
    steps = tuple(StepRecord(s.number, s.name, s.reached, tuple(PartRecord(*part) for part in s.parts)) for s in card.steps)
    passed = all(c.passed for c in card.criteria)
    return StageRecord(card.since, card.until, card.stage, card.name, passed, tuple(_criterion(c) for c in card.criteria), steps, card.next)


def _criterion(c: Criterion) -> CriterionRecord:
    return CriterionRecord(c.id, c.title, c.state, c.passed, c.headline, tuple(FigureRecord(*f) for f in c.figures), c.goal, c.link)
