"""One rule to be edited, as a form or as its YAML; and the YAML of the whole file. Both show the working copy's own text."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from sqlalchemy import Connection

from app.channels.networks import NETWORKS
from app.core.asker import Asker
from app.core.errors import NotFound
from app.engine.ports import Ports
from app.judgement.desk import queues_of
from app.judgement.examining import examine
from app.queries.rule_choices import LISTS, GroupView, Option, group_view
from app.queries.rule_effect import RuleEffect, effect_of
from app.queries.rule_lists import Lists, chips_for, lists
from app.queries.rule_now import RuleNow, rule_now
from app.queries.rules import Fault, InForce, faults_of, fires_of, in_force, own_draft, said_of
from app.routing import emit
from app.routing import store as routing
from app.routing.check import Verdict
from app.routing.conditions import WordList
from app.routing.follow_up import pair_of
from app.routing.model import RuleSet
from app.routing.parse import parse
from app.routing.parse_actions import MAX_SNOOZE_MINUTES
from app.routing.rule_blocks import block_of, blocks_of
from app.routing.rule_edits import NEW, with_timer
from app.routing.rule_form import RuleForm, faults_in, form_from, form_of, plain_of, read_plain, slug_of, with_step
from app.routing.store_drafts import Draft, Pending
from app.routing.suggested import Chip

NEW_RULE: Final = NEW
"""Stands for the id of a rule that has none yet."""


@dataclass(frozen=True, slots=True)
class RulePage:
    """One rule. ``form`` or ``text`` is what stands in the fields; ``faults`` are problems in the YAML, ``errors`` those of the form by
    field; ``said`` is why it was refused; ``kept`` says that what is shown is not part of the working copy yet. ``now`` is what the form
    says at this moment; ``second`` is the id of the rule that its step is written as, "" for none."""

    id: str
    name: str
    view: str
    words: str
    fires: int
    in_force: InForce
    form: RuleForm
    when: GroupView
    choices: Lists
    chips: tuple[Chip, ...]
    now: RuleNow | None
    second: str
    text: str
    faults: tuple[Fault, ...]
    errors: Mapping[str, str]
    said: str
    kept: bool
    before: str
    after: str
    effect: RuleEffect | None


@dataclass(frozen=True, slots=True)
class FilePage:
    """The whole file as text. ``can_edit`` is False for readers."""

    text: str
    faults: tuple[Fault, ...]
    words: str
    ok: bool
    is_copy: bool
    in_force: InForce
    can_edit: bool


def rule_page(ports: Ports, asker: Asker, id: str, view: str = "form") -> RulePage:
    """A rule of the working copy, or of what is in force without one; NEW gives an empty form. NotFound when there is no such rule."""
    asker.need("rules.edit")
    with ports.db.read() as conn:
        draft = own_draft(conn, asker)
        text = draft.text if draft else routing.active(conn)[1]
        parsed = parse(text)
        rules = parsed.rules if isinstance(parsed, RuleSet) else ()
        rule = next((one for one in rules if one.id == id), None)
        if rule is None and id != NEW:
            raise NotFound(f"There is no rule {id} in your working copy. It may have been renamed or deleted: go back to the list.")
        kept = draft.pending.get(id) if draft else None
        view = "form" if id == NEW else "yaml" if view == "yaml" else "form"
        kept = kept if kept and kept.view == view else None
        step = pair_of(rule, rules) if rule else None
        form = form_of(rule) if rule else _fresh(parsed if isinstance(parsed, RuleSet) else RuleSet(()))
        form = with_step(form, step.timer, step.step) if step else form
        if kept and view == "form":
            form = replace(form_from(kept.values), id=rule.id if rule else form_from(kept.values).id)
        ids = [one.id for one in rules]
        place = ids.index(id) if id in ids else -1
        yaml = "" if rule is None or view == "form" else kept.text if kept else emit.rule_text(text, id)
        when = group_view(form.when, _known(ports, parsed.lists if isinstance(parsed, RuleSet) else ()), bool(kept and kept.said))
        known = lists(ports, conn, rules)
        return RulePage(
            id=id,
            name=rule.name if rule else "New rule",
            view=view,
            words=said_of(rule) if rule else "",
            fires=fires_of(ports, conn).get(id, 0),
            in_force=in_force(conn),
            form=form,
            when=when,
            choices=known,
            chips=chips_for(ports, form.when),
            now=rule_now(conn, form, parsed, known) if view == "form" and isinstance(parsed, RuleSet) else None,
            second=step.rule.id if step else "",
            text=yaml,
            faults=_own_faults(ports, conn, text, id, kept, yaml, view),
            errors=_errors(form, when, parsed.lists if isinstance(parsed, RuleSet) else ())
            if kept and kept.said and view == "form"
            else {},
            said=kept.said if kept else "",
            kept=kept is not None,
            before=ids[place - 1] if place > 0 else "",
            after=ids[place + 1] if 0 <= place < len(ids) - 1 else "",
            effect=effect_of(conn, id, ports.clock.now()) if rule else None,
        )


def file_page(ports: Ports, asker: Asker) -> FilePage:
    """The whole text with what the check says about it."""
    asker.need("rules.read")
    with ports.db.read() as conn:
        draft: Draft | None = own_draft(conn, asker)
        text = draft.text if draft else routing.active(conn)[1]
        verdict: Verdict = examine(ports, conn, text)
        found = faults_of(verdict.problems)
        return FilePage(text, found, verdict.words, verdict.ok, draft is not None, in_force(conn), asker.may("rules.edit"))


def _fresh(rules: RuleSet) -> RuleForm:
    """A new rule stands above the first one that only sorts: below what is held or escalated, above the rest, so that it is heard."""
    sorts = (one for one in rules.rules if not (one.do.hold or one.do.escalate or one.stop))
    first = next(sorts, None)
    return RuleForm(place=first.id if first else "")


def _own_faults(ports: Ports, conn: Connection, text: str, id: str, kept: Pending | None, yaml: str, view: str) -> tuple[Fault, ...]:
    """Problems of the rule's YAML with its own lines: as typed, or those the whole check finds in it."""
    if view != "yaml":
        return ()
    if kept:
        return faults_of(faults_in(yaml))
    above = block_of(blocks_of(text.replace("\r\n", "\n"))[1], id).start
    found = faults_of(examine(ports, conn, text).problems)
    return tuple(replace(one, line=max(1, one.line - above)) for one in found if one.field.startswith(f"rules[{id}]"))


def _errors(form: RuleForm, when: GroupView, word_lists: tuple[WordList, ...]) -> dict[str, str]:
    """What is wrong with the form, by field; "when" stands for the conditions together, where no row says it itself."""
    found = read_plain(plain_of(with_timer(replace(form, id=form.id or slug_of(form.name, ())), "later")), word_lists)
    errors: dict[str, str] = {}
    for problem in found if isinstance(found, list) else []:
        parts = problem.field.partition("].")[2].split(".")
        name = parts[1].partition("[")[0] if parts[0] == "do" and len(parts) > 1 else parts[0].partition("[")[0] or "id"
        name = _FIELDS.get((parts[0], name), name)
        if name == "start_timers" and form.later is not None and not _minutes_fit(form.later.minutes):
            name = "later"
        if name != "when" or not _says_it(when):
            errors.setdefault(name, f"{problem.msg}. {problem.mend}")
    return errors


_FIELDS: Final = {("do", "note"): "do_note"}
"""Where a part of the rule stands in the form, if under another name."""


def _minutes_fit(typed: str) -> bool:
    return typed.isdigit() and len(typed) < 6 and 1 <= int(typed) <= MAX_SNOOZE_MINUTES


def _says_it(group: GroupView) -> bool:
    return any(_says_it(item) if isinstance(item, GroupView) else bool(item.fault) for item in group.items)


def _known(ports: Ports, word_lists: tuple[WordList, ...]) -> dict[str, tuple[Option, ...]]:
    """The fields whose values are this desk's own, and the word lists of the text."""
    return {
        "queue": tuple((queue.id, queue.title) for queue in queues_of(ports)),
        "network": tuple((one.slug, one.title) for one in NETWORKS.values()),
        LISTS: tuple((one.name, f"{one.name} ({', '.join(one.words[:3])}{', …' if len(one.words) > 3 else ''})") for one in word_lists),
    }
