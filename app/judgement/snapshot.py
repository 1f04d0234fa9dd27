"""The snapshot that rules see of a case that is stored: what they ask on any event but a mention's arrival.

Read afresh from the rows, so that no fact of an event before it clings to it. What takes a question of its own to the database
is only asked where an active rule asks for it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from operator import attrgetter
from typing import Any, Final

from sqlalchemy import Connection

from app.cases.model import Case
from app.cases.store_known import last_agent_of
from app.core.facts import Facts
from app.core.ids import MentionId
from app.core.records import quick, with_values
from app.customers import store as customers
from app.judgement.desk import Desk
from app.judgement.judging import facts_of, in_business_hours
from app.mentions import store as mentions
from app.mentions.model import Mention
from app.routing.fields import spell

_SPELT: Final = ("queue", "tags", "state", "hold", "score", "band", "tier", "disposition")
"""What ``changed`` and ``was`` can ask of a case; the assignee goes by the name."""
_spelt: Final = attrgetter(*_SPELT)
_DEAR: Final = frozenset({"thread_size", "initiator", "sentiment_change", "last_agent"})
"""Facts that take a question of their own to the database."""


@quick
@dataclass(frozen=True, slots=True)
class Occasion:
    """What happened to a case. ``mention`` is the post whose text is seen, the last one unless named; ``before`` is the case before the
    event, for what it changed; ``given`` are facts that only the event knows and win over those that are read."""

    case: Case
    trigger: str
    actor: str
    before: Case | None = None
    mention: MentionId | None = None
    given: Mapping[str, Any] = field(default_factory=dict)


def snapshots(conn: Connection, desk: Desk, now: datetime, occasions: Sequence[Occasion]) -> list[Facts]:
    """Facts of each case as it stands, in order; two statements for all of them."""
    ids = [one.mention or one.case.last_mention_id for one in occasions]
    posts = mentions.glances(conn, ids)
    whole = {} if _DEAR.isdisjoint(desk.rules.fields) else mentions.get_all(conn, ids)
    known = customers.get_all(conn, [one.case.customer_id for one in occasions])
    open_now = in_business_hours(desk, now)
    found = []
    for one, id in zip(occasions, ids, strict=True):
        post = posts.get(id)
        facts = facts_of(
            one.case,
            known.get(one.case.customer_id),
            desk,
            now,
            trigger=one.trigger,
            actor=one.actor,
            text=post.text if post else "",
            kind=post.kind if post else "mention",
            has_media=bool(post and post.has_media),
            thread_size=1,
            open_now=open_now,
        )
        read = _read(conn, desk.rules.fields, one, whole[id]) if id in whole else {}
        if one.before is not None:
            read["previous"] = _previous(one.before, one.case)
        found.append(with_values(facts, **(read | dict(one.given))))
    return found


def without_case(desk: Desk, now: datetime, *, trigger: str, actor: str, **given: Any) -> Facts:
    """Facts of an event that is no case's: only what the event itself knows."""
    return with_values(Facts(trigger=trigger, actor=actor, business_hours=in_business_hours(desk, now)), **given)


def _read(conn: Connection, asked: frozenset[str], one: Occasion, post: Mention) -> dict[str, Any]:
    """Facts that need a question of their own, where a rule asks for them."""
    read: dict[str, Any] = {}
    if "thread_size" in asked:
        read["thread_size"] = mentions.thread_size(conn, post)
    if "initiator" in asked:
        read["initiator"] = "us" if mentions.we_began(conn, post) else "customer"
    if "sentiment_change" in asked:
        earlier = mentions.sentiment_before(conn, post)
        read["sentiment_change"] = None if earlier is None or post.sentiment is None else post.sentiment - earlier
    if "last_agent" in asked:
        known = last_agent_of(conn, one.case.customer_id)
        read["last_agent"] = known.name if known is not None else ""
    return read


def _previous(before: Case, case: Case) -> dict[str, str]:
    earlier, now = _spelt(before), _spelt(case)
    was = {} if earlier == now else {name: spell(a) for name, a, b in zip(_SPELT, earlier, now, strict=True) if a != b}
    if before.assignee_name != case.assignee_name:
        was["assignee"] = before.assignee_name or ""
    return was
