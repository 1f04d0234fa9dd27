"""The snapshot that rules see of a case that is stored: what they ask on any event but a mention's arrival.

Read afresh from the rows, so that no fact of an event before it clings to it. What takes a question of its own to the database
is only asked where an active rule asks for it.
"""

from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection

from app.cases import outbox
from app.cases.model import Case
from app.core.facts import Facts
from app.core.ids import MentionId
from app.core.records import with_values
from app.customers import store as customers
from app.judgement.desk import Desk
from app.judgement.judging import facts_of, in_business_hours
from app.mentions import store as mentions
from app.routing.fields import spell

_SPELT: Final = ("queue", "tags", "state", "hold", "score", "band", "tier", "disposition")
"""What ``changed`` and ``was`` can ask of a case; the assignee goes by the name."""


def snapshot(
    conn: Connection, desk: Desk, case: Case, now: datetime, *, trigger: str, actor: str, mention: MentionId | None = None,
    before: Case | None = None, **given: Any,
) -> Facts:  # fmt: skip
    """Facts of a case as it stands. ``mention`` is the post whose text is seen, the last one unless named; ``before`` is the case
    before the event, for what it changed; ``given`` are facts that only the event knows and win over those that were read.
    """
    post = mentions.get(conn, mention or case.last_mention_id)
    asked = desk.rules.fields
    facts = facts_of(
        case,
        customers.get(conn, case.customer_id),
        desk,
        now,
        trigger=trigger,
        actor=actor,
        text=post.text if post else "",
        kind=post.kind if post else "mention",
        has_media=bool(post and post.media),
        thread_size=mentions.thread_size(conn, post) if post and "thread_size" in asked else 1,
    )
    read: dict[str, Any] = {}
    if post is not None and "initiator" in asked:
        read["initiator"] = "us" if mentions.we_began(conn, post) else "customer"
    if post is not None and "sentiment_change" in asked and "sentiment_change" not in given:
        earlier = mentions.sentiment_before(conn, post)
        read["sentiment_change"] = None if earlier is None or post.sentiment is None else post.sentiment - earlier
    if "last_agent" in asked:
        answered = outbox.last_agent(conn, case.customer_id)
        read["last_agent"] = answered[1] if answered else ""
    if before is not None:
        read["previous"] = _previous(before, case)
    return with_values(facts, **(read | given))


def caseless(desk: Desk, now: datetime, *, trigger: str, actor: str, **given: Any) -> Facts:
    """Facts of an event that is no case's: only what the event itself knows."""
    return with_values(Facts(trigger=trigger, actor=actor, business_hours=in_business_hours(desk, now)), **given)


def _previous(before: Case, case: Case) -> dict[str, str]:
    was = {name: spell(_value(before, name)) for name in _SPELT if _value(before, name) != _value(case, name)}
    if before.assignee_name != case.assignee_name:
        was["assignee"] = before.assignee_name or ""
    return was


def _value(case: Case, name: str) -> Any:
    value = getattr(case, name)
    return tuple(value) if isinstance(value, list) else value
