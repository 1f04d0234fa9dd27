"""What the search of the list finds."""

import pytest

from app.queries.rules_sought import Sought, choices_of, findable
from tests.routing.written import set_of

TEXT = """rules:
  - id: a
    name: Refunds for gold
    note: Straße
    on: [timer.due]
    do: {queue: vip, hold: true}
  - id: b
    do: {untag: [x], webhooks: [crm]}
"""
A, B = (findable(rule, "Money" if rule.id == "a" else "", ("says so",)) for rule in set_of(TEXT).rules)


@pytest.mark.parametrize(
    ("sought", "a", "b"),
    [
        (Sought(), True, True),
        (Sought("GOLD refunds"), True, False),
        (Sought("strasse money says"), True, False),
        (Sought("gold silver"), False, False),
        (Sought(queue="vip"), True, False),
        (Sought(on="timer.due"), True, False),
        (Sought(on="mention.received"), False, True),
        (Sought(does="hold"), True, False),
        (Sought(does="webhooks"), False, True),
        (Sought("so", "vip", "timer.due", "hold"), True, False),
    ],
)
def test_every_word_and_filter_must_fit(sought: Sought, a: bool, b: bool) -> None:
    assert (A.fits(sought), B.fits(sought)) == (a, b)


def test_the_filters_offer_what_some_rule_has() -> None:
    choices = choices_of((A, B), [("care", "Care"), ("vip", "Valuable")])
    assert choices.queues == (("vip", "Valuable"),)
    assert [name for name, _ in choices.on] == ["mention.received", "mention.edited", "timer.due"]
    assert [name for name, _ in choices.does] == ["queue", "hold", "untag", "webhooks"]
