"""A whole rule as a form: through a browser and back into its text, leaving alone what was not touched."""

import re
from dataclasses import replace

import pytest

from app.routing import emit
from app.routing.condition_form import Group
from app.routing.rule_form import RuleForm, as_written, faults_in, form_from, form_of, pairs_of, plain_of, read_plain, reshaped, slug_of
from tests.conftest import ROOT
from tests.routing.written import set_of

DEFAULT = (ROOT / "routing_rules" / "rules.yaml").read_text(encoding="utf-8")
RULES = set_of(DEFAULT).rules


@pytest.mark.parametrize("id", [rule.id for rule in RULES])
def test_every_default_rule_goes_through_the_form(id: str) -> None:
    rule = next(rule for rule in RULES if rule.id == id)
    sent = form_from(pairs_of(form_of(rule)))
    assert sent == form_of(rule)
    assert read_plain(plain_of(sent)) == rule


@pytest.mark.parametrize("id", ["risk-safety", "loud-voice", "order", "spanish"])
def test_a_rule_that_says_the_same_stays_as_it_was_written(id: str) -> None:
    rule = next(rule for rule in RULES if rule.id == id)
    sent = form_of(rule)
    text = emit.replace_rule(DEFAULT, id, as_written(plain_of(sent), rule, emit.plain_rule(DEFAULT, id), rule))
    # Only the folding of a long line may differ.
    assert re.sub(r"\s+", " ", text) == re.sub(r"\s+", " ", DEFAULT)


def test_an_edit_of_one_part_leaves_the_others_as_they_were_written() -> None:
    rule = next(rule for rule in RULES if rule.id == "spam")
    form = replace(form_of(rule), floor="30")
    new = read_plain(plain_of(form))
    assert not isinstance(new, list)
    text = emit.replace_rule(DEFAULT, "spam", as_written(plain_of(form), new, emit.plain_rule(DEFAULT, "spam"), rule))
    assert "# A link to a chat invitation beside words of money." in text
    assert next(one for one in set_of(text).rules if one.id == "spam").do.floor == 30


def test_what_is_typed_wrong_is_kept_and_said() -> None:
    problems = read_plain(plain_of(RuleForm(id="a", floor="140", snooze_minutes="soon", notify_people="nobody")))
    assert isinstance(problems, list)
    assert {problem.field.rpartition(".")[2] for problem in problems} == {"floor", "snooze_minutes", "notify"}


def test_buttons_of_the_form_change_its_shape() -> None:
    form = reshaped(reshaped(RuleForm(), "test:w"), "group:w")
    assert [isinstance(item, Group) for item in form.when.items] == [False, True]
    assert len(reshaped(form, "test:w.1").when.items[1].items) == 3  # type: ignore[union-attr]  # the second item is a group
    assert reshaped(form, "drop:w.1").when.items == form.when.items[:1]
    for odd in ("drop:x.1", "test:w.-1", "burn:w", "", "test:w.9999999999", "drop:w.a"):
        assert reshaped(form, odd) == form


def test_nothing_a_browser_sends_raises() -> None:
    assert form_from((("w.n", "99999"), ("w.0.field", "text"), ("w.1.join", "nor"), ("on", "moon"), ("escalate.mars", "9"))).on == ()
    deep = tuple((f"w{'.0' * n}.{key}", value) for n in range(40) for key, value in (("join", "any"), ("n", "1")))
    assert form_from(deep).when.join == "any"


def test_an_id_is_made_of_the_name() -> None:
    assert slug_of("Ärger über Lieferung!", ()) == "arger-uber-lieferung"
    assert slug_of("Refunds", ("refunds", "refunds-2")) == "refunds-3"
    assert slug_of("سفارش", ()) == "rule"


def test_faults_of_one_rule_have_its_own_lines() -> None:
    assert faults_in("# why\n- id: a\n  do: {queue: care}\n") == ()
    [fault] = faults_in("# why\n- id: a\n  do:\n    flor: 3\n")
    assert (fault.line, fault.column, fault.field) == (4, 5, "rules[a].do.flor")
