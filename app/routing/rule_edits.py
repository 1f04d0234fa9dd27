"""Whole edits of the rules' text, as people ask for them: move, copy, fill in a form, write the YAML. Pure: a text in, a text out.

Each raises NotFound for a rule that is not there, and Invalid with every problem for what cannot be.
"""

from dataclasses import replace
from typing import Final

from app.core.errors import Invalid, NotFound
from app.routing import emit
from app.routing.model import Problem, Rule
from app.routing.rule_blocks import headings_of, parsed_or_refused
from app.routing.rule_form import RuleForm, as_written, faults_in, plain_of, read_plain, slug_of
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
    return emit.move_below(emit.add_rule(text, copy), made, rule), made


def filled(text: str, rule: str, form: RuleForm) -> tuple[str, str]:
    """The text with the form as its rule, and the rule's id, a new one for NEW. What still says the same stays as it was written."""
    parsed = parsed_or_refused(text, "The rules cannot be edited here until they parse")
    if rule == NEW:
        form = replace(form, id=form.id or slug_of(form.name, [one.id for one in parsed.rules]))
        _read_or_refused(form)
        before = form.place if parsed.rule(form.place) else None
        first = parsed.rules[0].id if parsed.rules else None
        return emit.add_rule(text, plain_of(form), first if form.place == FIRST else before), form.id
    old = parsed.rule(rule)
    if old is None:
        raise NotFound(f"There is no rule {rule} in your working copy any more.")
    form = replace(form, id=rule)
    new = _read_or_refused(form)
    if new == old:
        return text, rule
    return emit.replace_rule(text, rule, as_written(plain_of(form), new, emit.plain_rule(text, rule), old)), rule


def _read_or_refused(form: RuleForm) -> Rule:
    found = read_plain(plain_of(form))
    if isinstance(found, list):
        errors = [{"loc": [problem.field], "msg": _unplaced(problem)} for problem in found]
        raise Invalid(f"The rule cannot be like this: {errors[0]['msg']}", errors=errors)
    return found


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
