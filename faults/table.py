"""The rows as columns for a person: fault, database, what was counted, the goal, met or not."""

from collections.abc import Sequence
from typing import Final

from faults.model import Count, Row

_HEADINGS: Final = ("fault", "database", "title", "counted", "goal", "")
_MET: Final = {True: "met", False: "NOT MET", None: "skipped"}


def table(rows: Sequence[tuple[str, Row]]) -> str:
    """Every row, each with the title of its fault."""
    cells = [_HEADINGS, *((r.fault, r.database, title, counted(r), r.goal, _MET[r.met]) for title, r in rows)]
    widths = [max(len(row[i]) for row in cells) for i in range(len(_HEADINGS))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in cells)


def counted(row: Row) -> str:
    """The counts of one row, in the order in which the fault names them."""
    return ", ".join(f"{name} {_said(value)}" for name, value in row.counted.items())


def line(title: str, row: Row) -> str:
    """One row as a sentence, while the others still run."""
    return f"{row.fault} {title} ({row.database}): {counted(row)}; goal: {row.goal}: {_MET[row.met]}"


def _said(value: Count) -> str:
    return f"{value:.3g}" if isinstance(value, float) else f"{value:,}" if isinstance(value, int) else value
