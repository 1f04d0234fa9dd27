"""Hypothesis tells histories: every one must leave the desk as the small model says, on both databases."""

from contextlib import ExitStack
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from app.cases.tables import CASE
from tests.histories import laws
from tests.histories.desks import Desks
from tests.histories.history import DEEDS, History, history
from tests.histories.walk import SURE, deeds_of, go

TOLD: Final = settings(
    max_examples=12, stateful_step_count=30, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)
"""A good half minute on each database; ``python -m faults F34`` goes much further."""


SNOOZED: Final = CASE.select().where(CASE.c.state == "snoozed")


class Telling(RuleBasedStateMachine):
    """One history, deed by deed; the rules come from the table of deeds."""

    desks: Desks
    told: History

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()

    @initialize(sure=st.sampled_from(SURE))
    def begin(self, sure: Any) -> None:
        """A fresh desk beside a network that honours keys, can be asked, or neither."""
        self.told = self.stack.enter_context(history(self.desks, sure))

    def teardown(self) -> None:
        """What must hold at the end."""
        with self.stack:
            if hasattr(self, "told"):
                self.told.end()


def _deed(name: str) -> Any:
    def do(self: Telling, **how: Any) -> None:
        self.told.do(name, **how)

    do.__name__ = do.__qualname__ = name
    drawn: dict[str, Any] = {argument: st.sampled_from(values) for argument, values in DEEDS[name].items()}
    decorated: Any = rule(**drawn)
    return decorated(do)


for _name in DEEDS:
    setattr(Telling, f"do_{_name}", _deed(_name))


@pytest.fixture
def telling(desks: Desks) -> type[Telling]:
    """The machine on these desks."""
    return type("Telling", (Telling,), {"desks": desks})


def test_every_history_is_as_the_model_says(telling: type[Telling]) -> None:
    run_state_machine_as_test(telling, settings=TOLD)


def test_a_walk_is_the_same_each_time() -> None:
    assert deeds_of(7, 30) == deeds_of(7, 30) != deeds_of(8, 30)


def test_a_counterexample_comes_out_short(desks: Desks, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(laws, "of_rows", lambda conn: ["nothing may sleep"] if conn.execute(SNOOZED).first() else [])
    found = next(found for seed in range(5) if (found := go(desks, seed, 60)) is not None)
    assert len(found.deeds) <= 2
    assert "nothing may sleep" in str(found)
