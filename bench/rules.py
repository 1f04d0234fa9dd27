"""What a full rule book costs: deciding one mention by 10, 100 and 500 rules of three conditions each, trace included.

One rule in twenty fires. The reference is the same mention under an empty rule set, which is what deciding costs before the
first rule is written.
"""

import time
from typing import Final

from app.core.facts import Facts
from app.routing.compile import Compiled
from app.routing.decide import decide
from app.routing.kept_rules import compiled
from bench.figures import Figure, Result

BOOKS: Final = (10, 100, 500)
GOAL_MICROSECONDS: Final = 25.0  # of the book of 100
_TURNS: Final = 5_000
_FACTS: Final = Facts(
    text="Second cancelled flight this week and nobody answers the phone", language="en", network="x", account="@acme", intent="complaint",
    sentiment=-0.6, urgency=0.7, problem=0.9, reach=1_200, tier="gold", customer_known=True, value=4_800.0,
)  # fmt: skip


def run(turns: int = _TURNS) -> list[Result]:
    """Microseconds of CPU a decision."""
    empty = _microseconds(compiled(""), turns)
    return [_of_book(number, turns, empty) for number in BOOKS]


def _of_book(number: int, turns: int, empty: float) -> Figure:
    rules = compiled(_book(number))
    return Figure(
        f"rules, {number} of 3 conditions", _microseconds(rules, turns), "µs CPU a decision", empty, "no rules",
        goal=GOAL_MICROSECONDS if number == 100 else None, more={"rules that fire": len(decide(rules, _FACTS).fired)},
    )  # fmt: skip


def _microseconds(rules: Compiled, turns: int) -> float:
    decide(rules, _FACTS)
    began = time.process_time()
    for _ in range(turns):
        decide(rules, _FACTS)
    return (time.process_time() - began) * 1_000_000 / turns


def _book(rules: int) -> str:
    """One rule in twenty fires; the others fail at their first, second or third condition."""
    lines = ["engine: 1", "rules:"]
    for number in range(rules):
        reach = 1_000 if number % 20 == 0 else 2_000 + number
        lines += [
            f"  - id: rule-{number}",
            "    when:",
            "      all:",
            f"        - sentiment: {{at_most: {-0.05 * (number % 20):.2f}}}",
            "        - tier: {any_of: [gold, platinum]}",
            f"        - reach: {{at_least: {reach}}}",
            "    do:",
            f"      tags: [tag-{number}]",
        ]
    return "\n".join(lines) + "\n"
