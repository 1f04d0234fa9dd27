"""What another rule set would have decided, counted and listed."""

from app.core.facts import Facts
from app.core.ids import MentionId
from app.routing.backtest import Past, Report, backtest
from tests.routing.written import rules

BEFORE = rules(
    "rules:\n  - id: es\n    when: {language: es}\n    do: {queue: care-es, tags: [a, b]}\n  - id: rest\n    do: {queue: care}\n"
)
AFTER = rules(
    "rules:\n  - id: es\n    when: {language: es}\n    do: {queue: care-es, tags: [b, a]}\n"
    "  - id: gold\n    when: {tier: gold}\n    do: {queue: vip, floor: 70}\n  - id: rest\n    do: {queue: care}\n"
)


def past(number: int, **facts: object) -> Past:
    """One stored moment."""
    return Past(MentionId(f"m{number}"), Facts(**facts), f"text {number}")  # type: ignore[arg-type]  # keywords of many fields


def test_only_what_differs_is_counted() -> None:
    pasts = [past(1, language="es"), past(2), past(3, tier="gold"), past(4, tier="gold", language="es")]
    report = backtest(iter(pasts), BEFORE, AFTER)
    assert (report.total, report.changed) == (4, 2)
    assert report.by_field == (("floor", 2), ("queue", 1))
    assert report.moves == (("care", "vip", 1),)
    assert report.fires == (("es", 2, 2), ("gold", 0, 2), ("rest", 4, 4))
    first = report.changes[0]
    assert (first.mention, first.excerpt, first.words) == ("m3", "text 3", "queue: care → vip; floor: nothing → 70")
    assert first.fired_after == ("gold", "rest")
    assert report.words == "2 of the last 4 mentions would have been decided otherwise."


def test_the_list_is_bounded_and_the_counts_are_not() -> None:
    report = backtest((past(n, tier="gold") for n in range(500)), BEFORE, AFTER)
    assert (report.changed, len(report.changes)) == (500, 200)


def test_nothing_stored_and_nothing_changed_are_said() -> None:
    assert "No stored mentions yet" in backtest([], BEFORE, AFTER).words
    same: Report = backtest([past(1)], BEFORE, BEFORE)
    assert same.words == "None of the last 1 mentions would have been decided otherwise."


def test_the_trigger_of_the_moment_decides_which_rules_are_asked() -> None:
    assert backtest([past(1, tier="gold", trigger="clock.warned")], BEFORE, AFTER).changed == 0
