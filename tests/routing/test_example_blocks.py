"""An example is taken out without touching anything else."""

import pytest

from app.core.errors import Invalid, NotFound
from app.routing.example_blocks import drop_example
from tests.conftest import ROOT
from tests.routing.written import set_of

DEFAULT = (ROOT / "routing_rules" / "rules.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize("at", [0, 5, -1])
def test_one_of_the_default_examples(at: int) -> None:
    before = set_of(DEFAULT)
    text = drop_example(DEFAULT, before.examples[at].name)
    after = set_of(text)
    assert after.rules == before.rules
    assert [one.name for one in after.examples] == [one.name for one in before.examples if one is not before.examples[at]]
    assert set(text.split("\n")) <= set(DEFAULT.split("\n"))


def test_the_only_one_takes_its_head_with_it() -> None:
    text = "rules:\n  - id: a\n    do: {queue: care}\nexamples:\n  - name: n\n    expect: {queue: care}\n"
    assert drop_example(text, "n") == "rules:\n  - id: a\n    do: {queue: care}\n"


def test_what_cannot_be_cut_is_refused() -> None:
    with pytest.raises(NotFound):
        drop_example(DEFAULT, "no such")
    with pytest.raises(Invalid):
        drop_example("rules: [{id: a}]\nexamples: [{name: n, expect: {}}, {name: m, expect: {}}]\n", "n")
    with pytest.raises(Invalid):
        drop_example("rules: [", "n")
