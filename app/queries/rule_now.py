"""What a form says at this moment, typed and not yet saved: the sentence, how often it would have fired, the text it would become."""

from dataclasses import dataclass, replace
from typing import Final

from sqlalchemy import Connection

from app.queries.rule_lists import Lists
from app.queries.would_fire import WouldFire, would_fire
from app.routing import emit
from app.routing.follow_up import second_rule, timer_name, words_of
from app.routing.model import Rule, RuleSet
from app.routing.rule_edits import FIRST, with_timer
from app.routing.rule_form import RuleForm, plain_of, read_plain, slug_of
from app.routing.suggested import name_for
from app.routing.telling import be, told, whom

_NO_ID: Final = "new-rule"


@dataclass(frozen=True, slots=True)
class RuleNow:
    """``says`` is the rule as a sentence and ``later`` its step, "" while it cannot be a rule; ``name`` is what it would be called,
    ``trouble`` why it can be none yet."""

    says: str
    later: str
    name: str
    count: WouldFire | None
    text: str
    trouble: str = ""


def rule_now(conn: Connection, form: RuleForm, parsed: RuleSet, lists: Lists) -> RuleNow:
    """The form as a rule among the others; never raises for what is typed."""
    name = form.name or name_for(form.when)
    id = form.id or (slug_of(name, [one.id for one in parsed.rules]) if name else _NO_ID)
    whole = with_timer(replace(form, id=id, name=name), timer_name(id, ()))
    rule = read_plain(plain_of(replace(form, id=id, name=name)), parsed.lists)
    if isinstance(rule, list):
        return RuleNow("", "", name, None, "", f"{rule[0].msg}. {rule[0].mend}")
    later, text = "", ""
    if isinstance(read_plain(plain_of(whole), parsed.lists), Rule):
        text = emit.text_of(plain_of(whole))
    if form.later is not None and text:
        who = form.later.then.partition(":")[2]
        later = words_of(form.later, whom(who, lists.names()), be([who]))
        text += "\n" + emit.text_of(second_rule(f"{id}-later", name or id, timer_name(id, ()), form.later))
    return RuleNow(told(rule, lists.names()), later, name, would_fire(conn, rule, _above(form, rule, parsed)), text)


def _above(form: RuleForm, rule: Rule, parsed: RuleSet) -> tuple[Rule, ...]:
    """The rules that are asked before it."""
    ids = [one.id for one in parsed.rules]
    if rule.id in ids:
        return parsed.rules[: ids.index(rule.id)]
    return () if form.place == FIRST else parsed.rules[: ids.index(form.place)] if form.place in ids else parsed.rules
