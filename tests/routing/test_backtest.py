"""What another rule set would have decided, counted and listed; with rules that fire once, and saying what it does not know."""

from app.core.facts import Facts
from app.core.ids import CaseId, MentionId
from app.routing.backtest import Past, Report, Trial, backtest, excerpt
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
    return Past(MentionId(f"m{number}"), Facts(**({"text": f"text {number}"} | facts)), CaseId(f"c{number}"))  # type: ignore[arg-type]  # keywords of many fields


def on_case(case: str, **facts: object) -> Past:
    """One stored moment of a case."""
    return Past(MentionId("m"), Facts(**facts), CaseId(case))  # type: ignore[arg-type]  # keywords of many fields


def test_only_what_differs_is_counted() -> None:
    pasts = [past(1, language="es"), past(2), past(3, tier="gold"), past(4, tier="gold", language="es")]
    report = backtest(iter(pasts), BEFORE, AFTER)
    assert (report.total, report.changed) == (4, 2)
    assert report.by_field == (("floor", 2), ("queue", 1))
    assert report.moves == (("care", "vip", 1),)
    assert report.fires == (("es", 2, 2), ("gold", 0, 2), ("rest", 4, 4))
    newest, first = report.changes
    assert (first.mention, first.case, first.excerpt, first.words) == ("m3", "c3", "text 3", "queue: care → vip; floor: nothing → 70")
    assert first.fired_after == ("gold", "rest")
    assert newest.mention == "m4", "the newest stands first"
    assert report.cases == 2
    assert report.words == "2 of the last 4 mentions would have been decided otherwise."


def test_the_list_is_bounded_and_the_counts_are_not() -> None:
    report = backtest((past(n, tier="gold") for n in range(500)), BEFORE, AFTER)
    assert (report.changed, len(report.changes)) == (500, 200)
    assert report.changes[0].mention == "m499", "the newest are kept"


def test_nothing_stored_and_nothing_changed_are_said() -> None:
    assert "No stored mentions yet" in backtest([], BEFORE, AFTER).words
    same: Report = backtest([past(1)], BEFORE, BEFORE)
    assert same.words == "None of the last 1 mentions would have been decided otherwise."


def test_the_trigger_of_the_moment_decides_which_rules_are_asked() -> None:
    assert backtest([past(1, tier="gold", trigger="clock.warned")], BEFORE, AFTER).changed == 0


ONCE = rules(
    "rules:\n  - id: once\n    repeat: once\n    do: {tags: [once]}\n  - id: state\n    repeat: once_per_state\n    do: {notify: [lead]}\n"
)


def test_rules_that_fire_once_fire_once_a_case_in_a_trial_too() -> None:
    report = backtest([on_case("a"), on_case("a"), on_case("b"), on_case("a")], rules("rules: []\n"), ONCE)
    assert report.fires == (("once", 0, 2), ("state", 0, 2))
    assert report.changed == 2


def test_once_per_state_fires_again_after_the_state_has_changed() -> None:
    pasts = [on_case("a", state=state) for state in ("open", "open", "waiting", "open", "open")]
    assert backtest(pasts, rules("rules: []\n"), ONCE).fires == (("once", 0, 1), ("state", 0, 3))


def test_moments_of_clocks_and_edits_are_counted_beside_the_mentions() -> None:
    late = rules("rules:\n  - id: late\n    on: clock.breached\n    do: {floor: 50}\n")
    pasts = [past(1), past(2, trigger="clock.breached"), past(3, trigger="mention.edited")]
    report = backtest(pasts, rules("rules: []\n"), late)
    assert (report.total, report.changed, report.moments, report.moments_changed) == (1, 0, 2, 1)
    assert report.words.endswith("Of 2 other moments (clocks, edits, moves of people), 1 would.")
    assert report.changes[0].trigger == "clock.breached"


def test_a_trial_says_what_it_does_not_know() -> None:
    told = backtest([past(1)], BEFORE, rules("rules:\n  - id: due\n    on: timer.due\n    repeat: once\n    do: {tags: [x]}\n")).left_out
    assert any("not carried on" in one for one in told)
    assert any("what fired before the first of them" in one for one in told)
    assert any(one.startswith("Not tried, because no such moment is kept among these") for one in told)
    assert backtest([], BEFORE, AFTER).left_out == ()


def test_a_trial_taken_in_pieces_is_the_trial() -> None:
    pasts = [on_case(f"c{n % 7}", tier="gold" if n % 3 else "", state="open" if n % 5 else "waiting") for n in range(60)]
    trial = Trial(BEFORE, ONCE)
    for at in range(0, 60, 7):
        trial.add(pasts[at : at + 7])
    assert trial.done == 60
    assert trial.report() == backtest(pasts, BEFORE, ONCE)


def test_an_excerpt_is_one_short_line_however_long_the_text() -> None:
    assert excerpt("a\n b") == "a b"
    assert len(excerpt("word " * 10_000)) == 160
