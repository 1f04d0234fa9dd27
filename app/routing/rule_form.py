"""A whole rule as a form: from the rule to fields with their typed text, from a browser's values to fields, from fields to YAML values."""

import json
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import chain, count
from typing import Any, Final

from app.routing.condition_form import NEW_ROW, Group, group_of, joined, split, when_of, with_added, without
from app.routing.condition_pairs import Pairs, group_from, group_pairs
from app.routing.conditions import WordList
from app.routing.fields import DEFAULT_TRIGGERS, TRIGGERS
from app.routing.follow_up import FollowUp
from app.routing.model import DESKS, Problem, Rule, TimerSpec
from app.routing.parse import parse
from app.routing.parse_actions import AUDIENCES, MAX_TIMERS
from app.routing.suggested import pressed

_WHOLE: Final = re.compile(r"[-+]?\d{1,9}")


@dataclass(frozen=True, slots=True)
class TimerRow:
    """A timer that the rule starts, as typed."""

    name: str
    minutes: str
    business: bool = False
    waiting: bool = False


@dataclass(frozen=True, slots=True)
class RuleForm:
    """The fields of one rule. Texts are as typed; "" and False mean that the rule leaves it out. ``escalate`` maps desk to tier.

    ``later`` is what shall happen without an answer (``follow_up``); its timer and its second rule are no other part of the form.
    """

    id: str = ""
    name: str = ""
    note: str = ""
    enabled: bool = True
    stop: bool = False
    on: tuple[str, ...] = DEFAULT_TRIGGERS
    when: Group = field(default_factory=Group)
    queue: str = ""
    assign: str = ""
    tags: str = ""
    floor: str = ""
    checklist: str = ""
    hold: bool = False
    hold_reason: str = ""
    escalate: Mapping[str, str] = field(default_factory=dict)
    notify: tuple[str, ...] = ()
    notify_people: str = ""
    no_response_needed: bool = False
    no_response_reason: str = ""
    snooze_minutes: str = ""
    approval: str = ""
    repeat: str = ""
    untag: str = ""
    term: str = ""
    close: str = ""
    community_minutes: str = ""
    do_note: str = ""
    timers: tuple[TimerRow, ...] = ()
    stop_timers: str = ""
    webhooks: str = ""
    reply_with: str = ""
    later: FollowUp | None = None
    place: str = ""


def form_of(rule: Rule) -> RuleForm:
    """The rule as it stands in its text."""
    do = rule.do
    return RuleForm(
        id=rule.id,
        name=rule.name,
        note=rule.note,
        enabled=rule.enabled,
        stop=rule.stop,
        on=rule.on,
        when=group_of(rule.when),
        queue=do.queue or "",
        assign=do.assign or "",
        tags=joined(list(do.tags)),
        floor=_typed(do.floor),
        checklist=do.checklist or "",
        hold=do.hold is not None,
        hold_reason=do.hold or "",
        escalate={matter.to: str(matter.tier) for matter in do.escalate},
        notify=tuple(name for name in do.notify if name in AUDIENCES),
        notify_people=joined([name for name in do.notify if name not in AUDIENCES]),
        no_response_needed=do.no_response_needed is not None,
        no_response_reason=do.no_response_needed or "",
        snooze_minutes=_typed(do.snooze_minutes),
        approval=do.approval or "",
        repeat="" if rule.repeat == "always" else rule.repeat,
        untag=joined(list(do.untag)),
        term=_typed(do.term),
        close=do.close or "",
        community_minutes=_typed(do.community_minutes),
        do_note=do.note or "",
        timers=tuple(TimerRow(one.name, str(one.minutes), one.business, one.waiting) for one in do.start_timers),
        stop_timers=joined(list(do.stop_timers)),
        webhooks=joined(list(do.webhooks)),
        reply_with=do.reply_with or "",
    )


def with_step(form: RuleForm, timer: TimerSpec, step: FollowUp) -> RuleForm:
    """The form with a timer and its second rule shown as the one step they are."""
    return replace(form, later=step, timers=tuple(one for one in form.timers if one.name != timer.name))


def form_from(pairs: Pairs) -> RuleForm:
    """What a browser sent as names and values; anything unknown is left out, nothing raises."""
    last = dict(pairs)

    def text(name: str) -> str:
        return last.get(name, "").replace("\r\n", "\n").strip()

    return RuleForm(
        id=text("id"),
        name=text("name"),
        note=text("note"),
        enabled=text("enabled") == "true",
        stop=text("stop") == "true",
        on=tuple(dict.fromkeys(value for name, value in pairs if name == "on" and value in TRIGGERS)),
        when=group_from(pairs, last, "w"),
        queue=text("queue"),
        assign=text("assign"),
        tags=text("tags"),
        floor=text("floor"),
        checklist=text("checklist"),
        hold=text("hold") == "true",
        hold_reason=text("hold_reason"),
        escalate={desk: text(f"escalate.{desk}") for desk in DESKS if text(f"escalate.{desk}")},
        notify=tuple(dict.fromkeys(value for name, value in pairs if name == "notify" and value in AUDIENCES)),
        notify_people=text("notify_people"),
        no_response_needed=text("no_response_needed") == "true",
        no_response_reason=text("no_response_reason"),
        snooze_minutes=text("snooze_minutes"),
        approval=text("approval"),
        repeat=text("repeat"),
        untag=text("untag"),
        term=text("term"),
        close=text("close"),
        community_minutes=text("community_minutes"),
        do_note=text("do_note"),
        timers=_timers(last),
        stop_timers=text("stop_timers"),
        webhooks=", ".join(value for name, value in pairs if name == "webhooks" and value),
        reply_with=text("reply_with"),
        later=FollowUp(text("later.minutes"), text("later.hours") != "wall", text("later.then")) if text("later") == "true" else None,
        place=text("place"),
    )


def pairs_of(form: RuleForm) -> Pairs:
    """The form as a browser would send it; ``form_from`` reads it back."""
    found: list[tuple[str, str]] = [
        ("id", form.id), ("name", form.name), ("note", form.note), ("enabled", _flag(form.enabled)), ("stop", _flag(form.stop)),
        *(("on", one) for one in form.on), *group_pairs(form.when, "w"),
        ("queue", form.queue), ("assign", form.assign), ("tags", form.tags), ("floor", form.floor), ("checklist", form.checklist),
        ("hold", _flag(form.hold)), ("hold_reason", form.hold_reason),
        *((f"escalate.{desk}", tier) for desk, tier in form.escalate.items()),
        *(("notify", one) for one in form.notify), ("notify_people", form.notify_people),
        ("no_response_needed", _flag(form.no_response_needed)), ("no_response_reason", form.no_response_reason),
        ("snooze_minutes", form.snooze_minutes), ("approval", form.approval), ("place", form.place),
        ("repeat", form.repeat), ("untag", form.untag), ("term", form.term), ("close", form.close),
        ("community_minutes", form.community_minutes), ("do_note", form.do_note), ("stop_timers", form.stop_timers),
        ("webhooks", form.webhooks), ("reply_with", form.reply_with),
    ]  # fmt: skip
    for index, timer in enumerate(form.timers):
        found += [(f"timer.{index}.name", timer.name), (f"timer.{index}.minutes", timer.minutes)]
        found += [(f"timer.{index}.business", _flag(timer.business)), (f"timer.{index}.waiting", _flag(timer.waiting))]
    if form.later is not None:
        hours = "business" if form.later.business else "wall"
        found += [("later", "true"), ("later.minutes", form.later.minutes), ("later.hours", hours), ("later.then", form.later.then)]
    return tuple(found)


def plain_of(form: RuleForm) -> dict[str, Any]:
    """The rule as plain YAML values, without what it leaves out."""
    escalate = [desk if tier == "1" else {"to": desk, "tier": _whole(tier)} for desk, tier in form.escalate.items()]
    do: dict[str, Any] = {
        "queue": form.queue, "assign": form.assign, "tags": split(form.tags), "floor": _whole(form.floor), "checklist": form.checklist,
        "hold": (form.hold_reason or True) if form.hold else "",
        "escalate": escalate[0] if len(escalate) == 1 else escalate,
        "notify": [*form.notify, *split(form.notify_people)],
        "no_response_needed": (form.no_response_reason or True) if form.no_response_needed else "",
        "snooze_minutes": _whole(form.snooze_minutes), "approval": form.approval, "untag": split(form.untag), "term": _whole(form.term),
        "close": form.close, "community_minutes": _whole(form.community_minutes), "note": form.do_note,
        "start_timers": [_plain_timer(one) for one in form.timers], "stop_timers": split(form.stop_timers),
        "webhooks": split(form.webhooks), "reply_with": form.reply_with,
    }  # fmt: skip
    on = list(form.on)
    plain: dict[str, Any] = {
        "id": form.id, "name": form.name, "note": form.note, "enabled": None if form.enabled else False,
        "on": None if form.on == DEFAULT_TRIGGERS else on[0] if len(on) == 1 else on,
        "when": when_of(form.when), "do": {key: value for key, value in do.items() if value not in ("", [])},
        "stop": True if form.stop else None, "repeat": form.repeat,
    }  # fmt: skip
    return {key: value for key, value in plain.items() if value not in (None, "", {})}


def read_plain(plain: Mapping[str, Any], lists: tuple[WordList, ...] = ()) -> Rule | list[Problem]:
    """The one rule that plain values say, or what is wrong with them; lines mean nothing here. ``lists`` are those of its file."""
    words = {one.name: one.words for one in lists if one.words}
    found = parse(json.dumps({"lists": words, "rules": [plain]}, ensure_ascii=False) + "\n")
    return found if isinstance(found, list) else found.rules[0]


def faults_in(text: str) -> tuple[Problem, ...]:
    """What is wrong with the YAML of one rule by itself, as ``emit.rule_text`` gives it, with its own lines and columns."""
    found = parse("rules:\n" + "".join(f"  {line}\n" if line.strip() else "\n" for line in text.splitlines()))
    problems = found if isinstance(found, list) else []
    return tuple(replace(problem, line=max(1, problem.line - 1), column=max(1, problem.column - 2)) for problem in problems)


def as_written(plain: dict[str, Any], rule: Rule, written: Mapping[str, Any], old: Rule) -> dict[str, Any]:
    """``plain`` with every part that still says the same spelled as it was written, so that an edit leaves the rest of a rule alone."""
    kept = {key: written[key] if key in written and getattr(rule, key) == getattr(old, key) else value for key, value in plain.items()}
    for key in ("name", "note", "enabled", "on", "stop", "repeat"):
        if key in written and getattr(rule, key) == getattr(old, key):
            kept[key] = written[key]
    before = written.get("do")
    if isinstance(before, Mapping) and isinstance(plain.get("do"), Mapping):
        kept["do"] = {
            key: before[key] if key in before and getattr(rule.do, key, None) == getattr(old.do, key, None) else value
            for key, value in plain["do"].items()
        }
    return kept


def reshaped(form: RuleForm, command: str) -> RuleForm:
    """The form after one of its buttons: ``test:w.0`` and ``group:w`` add, ``drop:w.1`` removes; another command changes nothing."""
    verb, _, where = command.partition(":")
    if verb == "chip":
        return replace(form, when=pressed(form.when, where))
    steps = where.split(".")
    if steps[0] != "w" or not all(step.isdigit() and len(step) < 4 for step in steps[1:]):
        return form
    path = tuple(int(step) for step in steps[1:])
    match verb:
        case "test":
            return replace(form, when=with_added(form.when, path, NEW_ROW))
        case "group":
            return replace(form, when=with_added(form.when, path, Group("any", (NEW_ROW, NEW_ROW))))
        case "drop":
            return replace(form, when=without(form.when, path))
        case _:
            return form


def slug_of(name: str, taken: Iterable[str]) -> str:
    """An id made of a name, in small letters and dashes, that is not taken."""
    plain = unicodedata.normalize("NFKD", name.replace("'", "").replace("’", "")).encode("ascii", "ignore").decode().lower()
    stem = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:50].strip("-") or "rule"
    used = set(taken)
    return next(candidate for candidate in chain([stem], (f"{stem}-{n}" for n in count(2))) if candidate not in used)


def _timers(last: Mapping[str, str]) -> tuple[TimerRow, ...]:
    """The rows of timers in which something is typed."""
    rows = (
        TimerRow(
            last.get(f"{at}.name", "").strip(),
            last.get(f"{at}.minutes", "").strip(),
            last.get(f"{at}.business") == "true",
            last.get(f"{at}.waiting") == "true",
        )
        for at in (f"timer.{index}" for index in range(MAX_TIMERS))
    )
    return tuple(row for row in rows if row.name or row.minutes)


def _plain_timer(row: TimerRow) -> dict[str, Any]:
    plain: dict[str, Any] = {"name": row.name, "minutes": _whole(row.minutes)}
    return plain | ({"business": True} if row.business else {}) | ({"waiting": True} if row.waiting else {})


def _typed(value: int | None) -> str:
    return "" if value is None else str(value)


def _flag(value: bool) -> str:
    return "true" if value else ""


def _whole(typed: str) -> Any:
    return int(typed) if _WHOLE.fullmatch(typed) else typed
