"""The lists that the form of a rule offers, each of (value, words): moments by subject, queues, people, policies, macros, places."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection

from app.channels.endpoints import places_of
from app.channels.model import Webhook
from app.core.languages import LANGUAGE_NAMES
from app.engine.ports import Ports
from app.judgement.desk import lexicon_of, macros_of, queues_of, weights_of
from app.people import store as people
from app.people.model import Person
from app.policy import store as policies
from app.policy.macros import Macro
from app.queries.rule_choices import Option, subjects
from app.routing.condition_form import Group
from app.routing.fields import TRIGGERS
from app.routing.model import DESKS, DISPOSITIONS, MAX_TIER, Rule
from app.routing.parse_actions import APPROVERS, AUDIENCES, LAST_AGENT, LEAST_LOADED, SKILL_PREFIX
from app.routing.rule_edits import FIRST
from app.routing.suggested import Chip, chip
from app.routing.telling import MACRO, WEBHOOK

Options = tuple[Option, ...]
_DESK_WORDS: Final = {"legal": "Legal", "pr": "Press office", "supervisor": "Supervisor"}
_AUDIENCE_WORDS: Final = {
    "assignee": "Whoever has the case",
    "lead": "The lead of the queue",
    "supervisor": "Supervisors",
    "legal": "Legal",
    "pr": "Press office",
}
_MOMENTS: Final = (
    ("Somebody writes to us", ("mention.received", "mention.edited", "mention.deleted")),
    ("A case moves", ("case.opened", "case.reopened", "case.assigned", "case.claimed", "case.released", "case.snoozed", "case.woken",
                      "case.closed", "note.added")),
    ("We answer", ("reply.sent", "reply.failed")),
    ("Time passes", ("clock.warned", "clock.breached", "timer.due")),
    ("Legal, press, supervisors", ("matter.opened", "matter.acknowledged", "matter.decided")),
    ("Crowds, people, customers", ("cluster.grew", "spike.started", "presence.changed", "customer.updated")),
)  # fmt: skip
_DISPOSITION_WORDS: Final = {
    "no_response_needed": "needing no answer",
    "answered_by_community": "answered by the community",
}
_REPEATS: Final = (
    ("", "each time it fits"),
    ("once", "at most once a case"),
    ("once_per_state", "again only after the case's state has changed"),
)
_CHIPS: Final = (
    ("angry", "angry"), ("customer", "a customer"), ("lawyer", "speaks of a lawyer"), ("followers", "has many followers"),
    ("question", "asks something"), ("waits", "wants an answer"), ("again", "wrote before"), ("press", "goes to the press"),
    ("many", "many say the same"), ("praise", "praises"), ("direct", "in private"), ("closed", "outside business hours"),
)  # fmt: skip
_MOST_TIERS: Final = 2
_MOST_LANGUAGES: Final = 5


@dataclass(frozen=True, slots=True)
class Lists:
    """The lists of the form. ``places`` are where a new rule may stand; ``leads`` may lead a queue; ``then`` is what may happen later."""

    subjects: tuple[tuple[str, Options], ...]
    moments: tuple[tuple[str, Options], ...]
    queues: Options
    policies: Options
    macros: Options
    webhooks: Options
    assign: Options
    approvers: Options
    desks: Options
    tiers: Options
    audiences: Options
    places: Options
    repeats: Options
    closes: Options
    then: tuple[tuple[str, Options], ...]
    staff: Options

    def names(self) -> dict[str, str]:
        """What people call a queue, a policy or a colleague, by id and e-mail; macros and webhooks as ``telling`` asks for them."""
        written = ((MACRO + id, title) for id, title in self.macros)
        called = ((WEBHOOK + id, title) for id, title in self.webhooks)
        return dict((*self.queues, *self.policies, *self.staff, *written, *called))


def lists(ports: Ports, conn: Connection, rules: Iterable[Rule]) -> Lists:
    """What this desk has."""
    staff = [one for one in people.everyone(conn) if not one.disabled and one.role in ("agent", "trainee", "supervisor", "admin")]
    named = tuple((one.email, one.name) for one in staff)
    desks = tuple((desk, _DESK_WORDS[desk]) for desk in DESKS)
    return Lists(
        subjects=subjects(),
        moments=tuple((title, tuple((name, TRIGGERS[name]) for name in names if name in TRIGGERS)) for title, names in _MOMENTS),
        queues=tuple((queue.id, queue.title) for queue in queues_of(ports)),
        policies=tuple((policy.id, policy.title) for policy in policies.all_active(conn)),
        macros=tuple((one.id, _macro(one)) for one in macros_of(ports).values() if one.approved),
        webhooks=tuple((one.id, _webhook(one)) for one in places_of(ports.data)),
        assign=_assignees(staff, named),
        approvers=tuple((one, one.capitalize()) for one in APPROVERS),
        desks=desks,
        tiers=tuple((str(tier), ("the person on duty", "its lead", "its head")[tier - 1]) for tier in range(1, MAX_TIER + 1)),
        audiences=tuple((one, _AUDIENCE_WORDS[one]) for one in AUDIENCES),
        places=(
            (FIRST, "At the very top"),
            *((rule.id, f"Above {n}. {rule.name}") for n, rule in enumerate(rules, 1)),
            ("", "At the end"),
        ),
        repeats=_REPEATS,
        closes=tuple((one, _DISPOSITION_WORDS.get(one, one.replace("_", " "))) for one in DISPOSITIONS),
        then=_thens(named, desks),
        staff=named,
    )


def chips_for(ports: Ports, group: Group) -> tuple[Chip, ...]:
    """The suggestions of this desk: its dearest tiers and the languages its queues speak, among those that any desk has."""
    tiers = sorted(weights_of(ports).tiers.items(), key=lambda one: -one[1].points)[:_MOST_TIERS]
    spoken = dict.fromkeys(language for queue in queues_of(ports) for language in queue.languages)
    spoken |= dict.fromkeys(code for code in sorted(lexicon_of(ports).matchers) if code in ("es", "de", "fr", "fa", "ar"))
    shown = [code for code in spoken if code in LANGUAGE_NAMES][:_MOST_LANGUAGES]
    return (
        chip(group, *_CHIPS[0]),
        *(chip(group, f"tier:{name}", f"{name} customer") for name, _ in reversed(tiers)),
        *(chip(group, f"language:{code}", f"in {LANGUAGE_NAMES[code]}") for code in shown),
        *(chip(group, *one) for one in _CHIPS[1:]),
    )


def _macro(one: Macro) -> str:
    """Its title, with the languages and networks it is kept to."""
    kept = [", ".join(LANGUAGE_NAMES.get(code, code) for code in one.languages), ", ".join(one.networks)]
    narrow = "; ".join(part for part in kept if part)
    return f"{one.title} ({narrow})" if narrow else one.title


def _webhook(one: Webhook) -> str:
    return (one.title or one.id) + ("" if one.enabled else " (switched off: its calls wait)")


def _thens(named: Options, desks: Options) -> tuple[tuple[str, Options], ...]:
    told = tuple((f"notify:{one}", f"tell {_AUDIENCE_WORDS[one][:1].lower()}{_AUDIENCE_WORDS[one][1:]}") for one in AUDIENCES)
    given = ((f"assign:{LEAST_LOADED}", "give it to whoever has least to do"),)
    people = tuple((f"assign:{email}", f"give it to {name}") for email, name in named)
    return (
        ("Tell somebody", told),
        ("Escalate it", tuple((f"escalate:{desk}", f"escalate it: {words.lower()}") for desk, words in desks)),
        ("Give the case to somebody else", (*given, *people)),
    )


def _assignees(staff: list[Person], named: Options) -> Options:
    skills = dict.fromkeys(skill for one in staff for skill in one.skills)
    return (
        (LEAST_LOADED, "Whoever has least to do"),
        (LAST_AGENT, "Whoever answered this customer last"),
        *((SKILL_PREFIX + skill, f"Somebody who knows {skill}") for skill in sorted(skills)),
        *named,
    )
