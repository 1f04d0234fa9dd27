"""Open matters at a desk, each with the frozen copy of what was said, and with the moment by which somebody must have acknowledged it.

Many in a few statements, because one moment may miss hundreds of targets. A matter that is open already is left as it is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from app.actions.matter_clocks import NewlyOpen, acknowledge_by, matters_opened
from app.actions.rule_acts import Acts
from app.cases.model import Case
from app.core.ids import CaseId
from app.engine import timers
from app.engine.database import Transaction
from app.engine.timers import Timer
from app.escalation import store as escalation
from app.escalation.frozen import Revision, Said, freeze
from app.escalation.model import Kind, Mark, Matter, OpenedBy
from app.judgement.desk import Desk
from app.mentions import store as mentions
from app.mentions.model import Mention

ACKNOWLEDGE: Final = "acknowledge"
"""The purpose of the timer by which a matter that nobody has acknowledged goes a tier higher."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A matter that somebody, or a rule, wants to have at a desk."""

    case: Case
    kind: Kind
    tier: int
    reason: str
    acts: Acts


def open_matters(tx: Transaction, desk: Desk, wanted: Sequence[Wanted]) -> dict[CaseId, Case]:
    """Open those that are not open yet; returns each case as its new matters leave it, to be saved by the caller."""
    posts = mentions.of_cases(tx.conn, list(dict.fromkeys(one.case.id for one in wanted)))
    earlier: dict[str, list[Revision]] = {}
    for revision in mentions.revisions(tx.conn, [m.id for said in posts.values() for m in said if m.revision > 1]):
        earlier.setdefault(revision.mention_id, []).append(Revision(revision.text, revision.until))
    opened = escalation.open_all(tx, [_new(tx, desk, one, posts.get(one.case.id, []), earlier) for one in wanted])
    asked = {(one.case.id, one.kind): one for one in reversed(wanted)}
    for matter in opened:
        one = asked[matter.case_id, matter.kind]
        data = {"matter": matter.id, "kind": matter.kind, "tier": matter.tier, "why": matter.reason, "risk": one.case.risk}
        one.acts.tell(one.case, "matter.opened", data, matter=matter.kind)
    timers.arm_all(tx, [timer_of(matter) for matter in opened if matter.ack_due_at is not None])
    new = [(matter, asked[matter.case_id, matter.kind]) for matter in opened]
    return matters_opened(tx, desk, [NewlyOpen(one.case, matter.kind, matter.id, one.acts.actor) for matter, one in new])


def timer_of(matter: Matter) -> Timer:
    """The timer of a matter that waits to be acknowledged."""
    if matter.ack_due_at is None:
        raise ValueError("this matter waits for nobody")
    return Timer(matter.id, ACKNOWLEDGE, matter.ack_due_at, {"case": matter.case_id})


def _new(tx: Transaction, desk: Desk, one: Wanted, posts: Sequence[Mention], earlier: dict[str, list[Revision]]) -> escalation.NewMatter:
    said = [
        Said(
            id=m.id, network=m.network, instance=m.instance, external_id=m.external_id, url=m.url, text=m.text,
            author_external_id=m.identity_id, author_handle=m.author_handle, author_name=m.author_name,
            created_at=m.created_at, received_at=m.received_at, edited_at=m.edited_at, deleted_at=m.deleted_at,
            edits=tuple(earlier.get(m.id, ())),
        )
        for m in posts
    ]  # fmt: skip
    words = tuple(
        Mark(m.id, mark["start"], mark["end"], mark["word"], mark["of"])
        for m in posts
        for mark in m.judgement["marks"]
        if mark["kind"] == "risk"
    )
    actor = one.acts.actor
    opened_by = OpenedBy(actor.kind, actor.name, actor.id if actor.kind == "rule" else "")
    return escalation.NewMatter(
        CaseId(one.case.id), one.kind, one.tier, tuple(one.case.risk), words, opened_by, one.reason, freeze(said, tx.now),
        acknowledge_by(one.case, desk, tx.now),
    )  # fmt: skip
