"""``service_levels.yaml`` read and checked: calendars and targets, or every fault in it with its line and field."""

import hashlib
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, get_args

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.constructor import RoundTripConstructor
from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import ScalarNode

from app.core import yaml_values
from app.core.errors import Invalid
from app.core.facts import RISK_CLASSES, Band
from app.sla import levels_fields as fields
from app.sla.levels_fields import BadField
from app.sla.model import METRICS, WALL, Calendar, Metric, Served, ServiceLevels, Target

FILE_NAME: Final = "service_levels.yaml"
_MAX_CHARACTERS: Final = 200_000  # a file of targets has a few thousand; the rest is a mistake or an attack
_MAX_TARGETS: Final = 2_000

Place = tuple[str | int, ...]


def target_for(levels: ServiceLevels, metric: Metric, served: Served) -> Target | None:
    """The first target that matches; None when none does and so no clock runs. An unknown tier matches only "any"."""
    band, tier, network, risk, private = served
    if metric == "move_to_private" and not private:
        return None
    for t in levels.targets_of(metric):
        if (
            (not t.band or band in t.band)
            and (not t.tier or tier in t.tier)
            and (not t.network or network in t.network)
            and (not t.risk or not set(t.risk).isdisjoint(risk))
        ):
            return t
    return None


def load(path: Path) -> ServiceLevels:
    """The service levels in a file. Raises Invalid with each fault's line and field."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as fault:
        raise Invalid(f"{path} cannot be read as UTF-8 text: {fault}.", errors=[{"loc": [path.name], "msg": str(fault)}]) from fault
    return parse(text, path.name)


@lru_cache(maxsize=8)
def parse(text: str, source: str = FILE_NAME) -> ServiceLevels:
    """The service levels in a text; the same text is read once.

    Raises Invalid; each of its ``errors`` has ``loc`` (field path), ``line`` (from 1) and ``msg``.
    """
    if len(text) > _MAX_CHARACTERS:
        raise Invalid(f"{source} is longer than {_MAX_CHARACTERS:,} characters: that is no list of targets.", errors=[])
    try:
        document = yaml_values.load(text, _reader, dates_as_text=True)
    except (YAMLError, ValueError, RecursionError) as fault:
        mark = getattr(fault, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        msg = str(getattr(fault, "problem", None) or fault).strip().splitlines()[0]
        raise Invalid(f"{source} line {line} is not YAML: {msg}.", errors=[{"loc": [], "line": line, "msg": msg}]) from fault
    reading = _Reading(source)
    levels = reading.levels(document)
    if reading.faults:
        first = reading.faults[0]
        more = f" ({len(reading.faults) - 1} more)" if len(reading.faults) > 1 else ""
        where = "".join(f", {part}" for part in [".".join(map(str, first["loc"]))] if part)
        raise Invalid(f"{source} line {first['line']}{where}: {first['msg']}.{more}", errors=reading.faults)
    return levels


def _reader() -> YAML:
    reader = YAML(typ="rt")
    reader.Constructor = _DatesAsText
    return reader


class _DatesAsText(RoundTripConstructor):
    """Leaves dates as they are written: YAML's own reading fails on 2026-02-30 without saying on which line."""

    def text(self, node: ScalarNode) -> str:
        return str(node.value)


_DatesAsText.add_constructor("tag:yaml.org,2002:timestamp", _DatesAsText.text)


@dataclass
class _Reading:
    """One pass over a document that goes on after a fault, so that all are named at once."""

    source: str
    faults: list[dict[str, Any]] = field(default_factory=list)

    def levels(self, document: Any) -> ServiceLevels:
        top = self.mapping(document, document, (), ("calendars", "targets"))
        calendars = tuple(filter(None, (self.calendar(top["calendars"], name) for name in self.names(top.get("calendars"), document))))
        names = {WALL} | {str(name) for name in (top.get("calendars") or {})} if isinstance(top.get("calendars"), dict) else {WALL}
        targets: list[Target] = []
        rows = top.get("targets")
        if not isinstance(rows, CommentedSeq) or not rows:
            if isinstance(document, CommentedMap):
                self.fault(document, "targets", ("targets",), "a list with at least one target is needed")
            rows = CommentedSeq()
        for place, row in enumerate(rows):
            for target in self.target(rows, place, row, names):
                self.refuse_shadow(rows, place, target, targets)
                targets.append(target)
        if len(targets) > _MAX_TARGETS:
            self.fault(document, "targets", ("targets",), f"more than {_MAX_TARGETS:,} targets")
        meaning = repr((targets, [(c.name, c.zone, c.week, c.days, c.country, c.subdivision) for c in calendars]))
        return ServiceLevels(tuple(targets), calendars, hashlib.sha256(meaning.encode()).hexdigest()[:12])

    def names(self, found: Any, document: Any) -> list[str]:
        if found is None:
            return []
        if not isinstance(found, CommentedMap):
            self.fault(document, "calendars", ("calendars",), "calendars are written as name: settings")
            return []
        return [str(name) for name in found]

    def calendar(self, parent: CommentedMap, name: str) -> Calendar | None:
        place: Place = ("calendars", name)
        if name == WALL:
            self.fault(parent, name, place, "wall is always there and is wall time: give this calendar another name")
            return None
        row = self.mapping(parent, parent.get(name), place, ("zone", "week", "days", "holidays"), at=name)
        country, subdivision = self.value(row, "holidays", place, fields.country, ("", ""))
        before = len(self.faults)
        zone = self.value(row, "zone", place, fields.zone, "UTC")
        week = self.value(row, "week", place, fields.week, None)
        days = self.value(row, "days", place, fields.days, ())
        if week is None:
            if len(self.faults) == before:
                self.fault(parent, name, (*place, "week"), 'the open hours are missing: write week: {mon-fri: ["09:00-18:00"]}')
            return None
        try:
            return Calendar(name, zone, week, days, country, subdivision)
        except ValueError as wrong:
            self.fault(row, "week", (*place, "week"), str(wrong))
            return None

    def target(self, rows: CommentedSeq, number: int, found: Any, calendars: set[str]) -> list[Target]:
        place: Place = ("targets", number)
        known = ("id", "metric", "band", "tier", "network", "risk", "within", "warn", "calendar", "faster")
        row = self.mapping(rows, found, place, known, at=number)
        before = len(self.faults)
        base = Target(
            id=self.value(row, "id", place, fields.slug, f"target-{number + 1}"),
            metric=self.value(row, "metric", place, fields.one_of(METRICS), METRICS[0], needed=True),
            seconds=self.value(row, "within", place, fields.seconds, 1, needed=True),
            calendar=self.value(row, "calendar", place, fields.one_of(tuple(sorted(calendars))), WALL, needed=True),
            warn_at=self.value(row, "warn", place, fields.share, 0.75),
            band=self.value(row, "band", place, fields.words(get_args(Band)), ()),
            tier=self.value(row, "tier", place, fields.words(None), ()),
            network=self.value(row, "network", place, fields.words(None), ()),
            risk=self.value(row, "risk", place, fields.words(RISK_CLASSES), ()),
        )
        faster = self.value(row, "faster", place, fields.factors, ())
        if faster and base.tier:
            self.fault(row, "faster", (*place, "faster"), "a target for one tier has no faster tiers: write either")
        if len(self.faults) > before:
            return []
        hurried = [
            replace(base, id=f"{base.id}/{tier}", tier=(tier,), seconds=max(1, round(base.seconds * factor))) for tier, factor in faster
        ]
        return [*hurried, base]

    def refuse_shadow(self, rows: CommentedSeq, number: int, target: Target, above: list[Target]) -> None:
        for other in above:
            if other.id == target.id:
                self.fault(rows, number, ("targets", number, "id"), f"the id {target.id} is taken by a target above")
            pairs = ((other.band, target.band), (other.tier, target.tier), (other.network, target.network), (other.risk, target.risk))
            if other.metric == target.metric and all(not wide or (narrow and set(narrow) <= set(wide)) for wide, narrow in pairs):
                msg = f"{target.id} is never reached, because {other.id} above it takes all it would: put it higher or drop it"
                self.fault(rows, number, ("targets", number), msg)
                return

    def mapping(self, parent: Any, found: Any, place: Place, known: tuple[str, ...], at: Any = None) -> CommentedMap:
        if not isinstance(found, CommentedMap):
            self.fault(parent, at, place, f"fields are expected here: {', '.join(known)}")
            return CommentedMap()
        for name in found:
            if name not in known:
                self.fault(found, name, (*place, str(name)), f"unknown field{fields.meant(str(name), known)}")
        return found

    def value(self, row: CommentedMap, name: str, place: Place, read: fields.Read[Any], default: Any, *, needed: bool = False) -> Any:
        if row.get(name) is None:
            if needed and row:
                self.fault(row, None, (*place, name), "this field is missing")
            return default
        try:
            return read(row[name])
        except BadField as wrong:
            inner = (wrong.key,) if wrong.key is not None else ()
            holder, at = (row[name], wrong.key) if wrong.key is not None else (row, name)
            self.fault(holder, at, (*place, name, *inner), str(wrong))
            return default

    def fault(self, holder: Any, at: Any, place: Place, msg: str) -> None:
        self.faults.append({"loc": list(place), "line": _line(holder, at), "msg": msg})


def _line(holder: Any, at: Any) -> int:
    """The line (from 1) of a key or item, or of its holder."""
    if isinstance(holder, CommentedMap) and at in holder:
        return int(holder.lc.key(at)[0]) + 1
    if isinstance(holder, CommentedSeq) and isinstance(at, int):
        return int(holder.lc.item(at)[0]) + 1
    return int(holder.lc.line) + 1 if isinstance(holder, CommentedMap | CommentedSeq) else 1
