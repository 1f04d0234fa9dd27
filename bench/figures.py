"""What a benchmark hands back, and its two forms: a table for people and a map for programs."""

import os
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Final, Literal

Goal = Literal["at most", "at least", "ratio at most", "ratio at least"]

_HEADINGS: Final = ("benchmark", "figure", "reference", "ratio", "goal", "")


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured figure in its ``unit``. ``reference`` is in the same unit, from the same run; None where nothing compares.

    ``goal`` bounds the figure itself, or with "ratio at …" the ratio; None where there is no goal to meet.
    """

    name: str
    value: float
    unit: str
    reference: float | None = None
    reference_name: str = ""
    goal: float | None = None
    goal_is: Goal = "at most"
    note: str = ""
    more: dict[str, float] = field(default_factory=dict)

    @property
    def ratio(self) -> float | None:
        """The figure as a multiple of its reference."""
        return self.value / self.reference if self.reference else None

    @property
    def met(self) -> bool | None:
        """Whether the goal is met; None where there is none."""
        if self.goal is None:
            return None
        judged = self.ratio if self.goal_is.startswith("ratio") else self.value
        if judged is None:
            return False
        return judged >= self.goal if self.goal_is.endswith("at least") else judged <= self.goal

    def as_json(self) -> dict[str, Any]:
        """A plain map with the ratio and whether the goal was met."""
        return asdict(self) | {"ratio": self.ratio, "met": self.met}


@dataclass(frozen=True, slots=True)
class Skipped:
    """A benchmark that could not run here, and why."""

    name: str
    why: str

    def as_json(self) -> dict[str, Any]:
        """A plain map."""
        return {"name": self.name, "skipped": self.why}


Result = Figure | Skipped


def line(result: Result) -> str:
    """One result as a sentence, for the terminal while the others still run."""
    if isinstance(result, Skipped):
        return f"{result.name}: skipped: {result.why}"
    said = f"{result.name}: {_number(result.value)} {result.unit}"
    if result.reference is not None and result.ratio is not None:
        said += f"; {result.reference_name} {_number(result.reference)} {result.unit}; ratio {_number(result.ratio)}"
    said += "".join(f"; {name} {_number(value)}" for name, value in result.more.items())
    return said + (f" ({result.note})" if result.note else "")


def table(results: Sequence[Result]) -> str:
    """Every result in columns."""
    rows = [_HEADINGS, *(_row(r) for r in results)]
    widths = [max(len(row[i]) for row in rows) for i in range(len(_HEADINGS))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows)


def machine() -> str:
    """The machine in words: figures mean nothing without it."""
    return f"{os.cpu_count()} cores ({platform.machine()}), {platform.system()} {platform.release()}, Python {platform.python_version()}"


def quantile(values: Sequence[float], share: float) -> float:
    """The value below which ``share`` (0..1) of the values lie, by nearest rank; ValueError when there are none."""
    if not values:
        raise ValueError("no values were measured")
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def _row(result: Result) -> tuple[str, ...]:
    if isinstance(result, Skipped):
        return (result.name, "skipped", result.why, "", "", "")
    reference = f"{_number(result.reference)} {result.unit}, {result.reference_name}" if result.reference is not None else ""
    ratio = _number(result.ratio) if result.ratio is not None else ""
    goal = f"{result.goal_is} {_number(result.goal)}" if result.goal is not None else ""
    return (
        result.name,
        f"{_number(result.value)} {result.unit}",
        reference,
        ratio,
        goal,
        {None: "", True: "met", False: "MISSED"}[result.met],
    )


def _number(value: float) -> str:
    if value >= 1000:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 100 else f"{value:.2f}" if value >= 0.1 else f"{value:.4f}"
