"""Whole edits of the rules' text, as people ask for them: move, copy, fill in a form, write the YAML. Pure: a text in, a text out.

Each raises NotFound for a rule that is not there, and Invalid with every problem for what cannot be.
"""

from dataclasses import replace
from typing import Any, Final

from app.core.errors import Invalid, NotFound
from app.routing import emit
from app.routing.conditions import WordList
from app.routing.follow_up import FollowUp, Pair, pair_of, second_rule, timer_name
from app.routing.model import Problem, Rule
from app.routing.rule_blocks import headings_of, parsed_or_refused
from app.routing.rule_form import RuleForm, TimerRow, as_written, faults_in, plain_of, read_plain, slug_of
from app.routing.suggested import name_for
from app.routing.yaml_tree import MAX_CHARACTERS

NEW: Final = "+"
"""Stands for the id of a rule that has none yet."""
FIRST: Final = "^"
"""Stands for the place above every rule."""


def shifted(text: str, rule: str, by: int) -> str:
    """The text with the rule moved past ``by`` others, -1 is up by one; as it is where there is nothing to pass."""
    ids = [one.id for one in parsed_or_refused(text, "The rules cannot be moved until they parse").rules]
    if rule not in ids:
        raise NotFound(f"There is no rule {rule} in this text.")
    to = ids.index(rule) + by
    if not 0 <= to < len(ids):
        return text
    return emit.move(text, rule, ids[to]) if by < 0 else emit.move_below(text, rule, ids[to])


def placed(text: str, rule: str, before: str, after: str) -> str:
    """The text with the rule right above ``before``, or else right below ``after``.

    As it is where the rule stands there already, so that a move sent twice is one move.
    """
    ids = [one.id for one in parsed_or_refused(text, "The rules cannot be moved until they parse").rules]
    beside = before or after
    if rule not in ids or beside not in ids:
        raise NotFound(f"There is no rule {rule if rule not in ids else beside} in your working copy any more.")
    away = ids.index(beside) - ids.index(rule)
    if beside == rule or (before and away == 1 and not _heads(text, before)) or (after and away == -1 and not _heads(text, rule)):
        return text
    return emit.move(text, rule, before) if before else emit.move_below(text, rule, after)


def _heads(text: str, rule: str) -> bool:
    """Whether a heading stands right above the rule: then beside its neighbour is not yet in its neighbour's group."""
    return rule in headings_of(text, parsed_or_refused(text, "The rules do not parse").rules)


def doubled(text: str, rule: str) -> tuple[str, str]:
    """The text with a switched-off copy of the rule below it, and the copy's id."""
    ids = [one.id for one in parsed_or_refused(text, "The rules cannot be copied until they parse").rules]
    plain = emit.plain_rule(text, rule)
    made = slug_of(f"{rule}-copy", ids)
    copy = {**plain, "id": made, "name": f"{plain.get('name', rule)} (copy)"[:120], "enabled": False}
    step = _step_of(text, rule)
    if step is None:
        return emit.move_below(emit.add_rule(text, copy), made, rule), made
    # The copy's timer is its own: with the same name both second rules would be asked for either.
    timer = timer_name(made, [step.timer.name])
    copy["do"] = {**copy["do"], "start_timers": _renamed(copy["do"]["start_timers"], step.timer.name, timer)}
    text = emit.move_below(emit.add_rule(text, copy), made, step.rule.id)
    second = second_rule(slug_of(f"{made[:48]}-later", ids), copy["name"], timer, step.step)
    return emit.move_below(emit.add_rule(text, second), second["id"], made), made


def _renamed(timers: Any, old: str, new: str) -> list[Any]:
    listed = timers if isinstance(timers, list) else [timers]
    return [{**one, "name": new} if one.get("name") == old else one for one in listed]


def deleted(text: str, rule: str) -> str:
    """The text without the rule, and without the second rule that says what happens when nobody answers to it."""
    step = _step_of(text, rule)
    text = emit.delete_rule(text, rule)
    return emit.delete_rule(text, step.rule.id) if step is not None else text


def filled(text: str, rule: str, form: RuleForm) -> tuple[str, str]:
    """The text with the form as its rule, and the rule's id, a new one for NEW. What still says the same stays as it was written."""
    parsed = parsed_or_refused(text, "The rules cannot be edited here until they parse")
    name = form.name or (name_for(form.when) if rule == NEW else "")
    id = (form.id or slug_of(name, [one.id for one in parsed.rules])) if rule == NEW else rule
    old = parsed.rule(rule)
    if old is None and rule != NEW:
        raise NotFound(f"There is no rule {rule} in your working copy any more.")
    step = pair_of(old, parsed.rules) if old is not None else None
    timers = [timer.name for one in parsed.rules for timer in one.do.start_timers]
    timer = step.timer.name if step is not None else timer_name(id, timers)
    form = with_timer(replace(form, id=id, name=name), timer)
    new = read_or_refused(form, parsed.lists)
    if old is None:
        before = form.place if parsed.rule(form.place) else None
        first = parsed.rules[0].id if parsed.rules else None
        text = emit.add_rule(text, plain_of(form), first if form.place == FIRST else before)
    elif new != old:
        text = emit.replace_rule(text, rule, as_written(plain_of(form), new, emit.plain_rule(text, rule), old))
    return _with_second(text, new, timer, form.later, step), id


def with_timer(form: RuleForm, timer: str) -> RuleForm:
    """The form as its rule is written: what shall happen later begins with a timer."""
    if form.later is None:
        return form
    return replace(form, timers=(*form.timers, TimerRow(timer, form.later.minutes, form.later.business, waiting=True)))


def _with_second(text: str, first: Rule, timer: str, later: FollowUp | None, step: Pair | None) -> str:
    """The text with the second rule of a step made, changed or taken out."""
    if later is None:
        return emit.delete_rule(text, step.rule.id) if step is not None else text
    if step is not None and step.step == later:
        return text
    ids = [one.id for one in parsed_or_refused(text, "The rules do not parse").rules]
    id = step.rule.id if step is not None else slug_of(f"{first.id[:48]}-later", ids)
    plain = second_rule(id, first.name, timer, later)
    if isinstance(problems := read_plain(plain), list):
        raise _cannot_be(problems)
    if step is not None:
        return emit.replace_rule(text, id, {**emit.plain_rule(text, id), **{key: plain[key] for key in ("name", "when", "do")}})
    return emit.move_below(emit.add_rule(text, plain), id, first.id)


def _step_of(text: str, rule: str) -> Pair | None:
    rules = parsed_or_refused(text, "The rules cannot be edited here until they parse").rules
    found = next((one for one in rules if one.id == rule), None)
    return pair_of(found, rules) if found is not None else None


def read_or_refused(form: RuleForm, lists: tuple[WordList, ...] = ()) -> Rule:
    """The rule that a form says; Invalid with every problem. ``lists`` are the word lists of its file."""
    found = read_plain(plain_of(form), lists)
    if isinstance(found, list):
        raise _cannot_be(found)
    return found


def _cannot_be(problems: list[Problem]) -> Invalid:
    errors = [{"loc": [problem.field], "msg": _unplaced(problem)} for problem in problems]
    return Invalid(f"The rule cannot be like this: {errors[0]['msg']}", errors=errors)


def _unplaced(problem: Problem) -> str:
    return f"{problem.msg}. {problem.mend}"


def written_in(text: str, rule: str, written: str) -> tuple[str, str]:
    """The text with one rule's lines replaced by these; other rules must keep saying what they said."""
    own = faults_in(written)
    if own:  # said with the lines of this rule, which are the ones its editor shows
        raise Invalid(f"The rule cannot be like this: {own[0]}", errors=[problem.as_error() for problem in own])
    made = emit.put_rule_text(text, rule, plain_text(written))
    ids = {one.id for one in parsed_or_refused(text, "The rules do not parse").rules}
    now = [one.id for one in parsed_or_refused(made, "The rule cannot be like this").rules]
    twice = next((one for one in now if now.count(one) > 1), None)
    if twice is not None:
        raise Invalid(f"There is a rule {twice} already: choose another id.")
    return made, next((one for one in now if one not in ids), rule if rule in now else "")


def plain_text(written: str) -> str:
    """A text as a browser sent it, with our line ends and an end; Invalid when it is beyond what may be read."""
    text = written.replace("\r\n", "\n").replace("\0", "")
    if len(text) > MAX_CHARACTERS:
        raise Invalid(f"The text has {len(text):,} characters and may have {MAX_CHARACTERS:,}: shorten it.")
    return text if not text or text.endswith("\n") else text + "\n"
