"""The step "if nobody has answered": made, found again, changed, taken out; and never mistaken for two rules that say more."""

from dataclasses import replace

import pytest

from app.routing.follow_up import FollowUp, pair_of, timer_name, words_of
from app.routing.model import RuleSet, TimerSpec
from app.routing.rule_edits import NEW, deleted, doubled, filled
from app.routing.rule_form import RuleForm, form_of, with_step
from tests.routing.written import set_of

STEP = FollowUp("10", True, "notify:lead")
TEXT = """rules:
  # ---- First ----

  - id: a
    name: Angry
    do: {queue: care}

  # ---- Second ----

  - id: b
    stop: true
"""


def with_a_step(step: FollowUp = STEP) -> str:
    return filled(TEXT, "a", replace(form_of(set_of(TEXT).rules[0]), later=step))[0]


def rules_in(text: str) -> RuleSet:
    return set_of(text)


@pytest.mark.parametrize(
    "step",
    [
        STEP,
        FollowUp("1", False, "escalate:supervisor"),
        FollowUp("90", True, "assign:least_loaded"),
        FollowUp("5", True, "assign:a@b.example"),
    ],
)
def test_the_step_is_found_again_as_it_was_made(step: FollowUp) -> None:
    rules = rules_in(with_a_step(step)).rules
    assert [rule.id for rule in rules] == ["a", "a-later", "b"], "its second rule stands right below, in the same group"
    pair = pair_of(rules[0], rules)
    assert pair is not None
    assert pair.step == step
    assert pair.timer == TimerSpec("a", int(step.minutes), step.business, waiting=True)
    assert "# ---- Second ----\n\n  - id: b" in with_a_step(step)


def test_the_form_shows_it_as_one_step_and_not_as_a_timer() -> None:
    rules = rules_in(with_a_step()).rules
    pair = pair_of(rules[0], rules)
    assert pair is not None
    form = with_step(form_of(rules[0]), pair.timer, pair.step)
    assert form.timers == ()
    assert filled(with_a_step(), "a", form)[0] == with_a_step(), "saved as it is it changes nothing"


def test_it_is_changed_and_taken_out() -> None:
    rules = rules_in(with_a_step()).rules
    pair = pair_of(rules[0], rules)
    assert pair is not None
    form = with_step(form_of(rules[0]), pair.timer, pair.step)
    changed, _ = filled(with_a_step(), "a", replace(form, later=FollowUp("30", False, "assign:last_agent")))
    first, second, _b = rules_in(changed).rules
    assert first.do.start_timers == (TimerSpec("a", 30, waiting=True),)
    assert second.do.assign == "last_agent"
    assert second.name == "Angry: no answer after 30 min"
    without, _ = filled(changed, "a", replace(form, later=None))
    assert rules_in(without).rules == rules_in(TEXT).rules
    assert rules_in(deleted(changed, "a")).rules == rules_in(TEXT).rules[1:], "who deletes the rule deletes its step"


def test_a_copy_has_a_step_of_its_own() -> None:
    text, made = doubled(with_a_step(), "a")
    rules = rules_in(text).rules
    assert [rule.id for rule in rules] == ["a", "a-later", "a-copy", "a-copy-later", "b"]
    copy = rules[2]
    assert (made, copy.enabled) == ("a-copy", False)
    pair = pair_of(copy, rules)
    assert pair is not None
    assert pair.timer.name == "a-copy"
    assert pair_of(rules[0], rules) is not None


@pytest.mark.parametrize(
    "edit",
    [
        lambda text: text.replace("    do:\n      notify: lead", "    do:\n      notify: lead\n      tags: [late]"),
        lambda text: text.replace("    do:\n      notify: lead", "    stop: true\n    do:\n      notify: lead"),
        lambda text: text.replace("timer: a\n", "timer: a\n      tier: gold\n"),
        lambda text: text.replace("on: timer.due", "on: [timer.due, case.woken]"),
        lambda text: text.replace("repeat: once_per_state", "repeat: always"),
        lambda text: text.replace("waiting: true", "waiting: false"),
        lambda text: text.replace("at_least: 10", "at_least: 9"),
    ],
)
def test_a_second_rule_that_says_more_is_no_step(edit: object) -> None:
    assert callable(edit)
    text = edit(with_a_step())
    assert text != with_a_step()
    rules = rules_in(text).rules
    assert pair_of(rules[0], rules) is None


def test_the_timers_of_two_rules_never_share_a_name() -> None:
    long = "angry-gold-customers-in-spanish-and-more"
    assert timer_name(long, ()) == "angry-gold-customers-in-spanis"
    assert timer_name(long, ["angry-gold-customers-in-spanis"]) == "angry-gold-customers-in-sp-2"
    text, id = filled(with_a_step(), NEW, RuleForm(id="c", queue="care", later=STEP, timers=()))
    assert {timer.name for rule in rules_in(text).rules for timer in rule.do.start_timers} == {"a", id}


def test_it_is_said_as_people_say_it() -> None:
    assert words_of(STEP, "the lead of its queue") == (
        "If nobody has answered within 10 minutes of business hours, the lead of its queue is told."
    )
    assert words_of(FollowUp("1", False, "assign:x"), "Ana").endswith("within 1 minute, Ana gets the case.")
