"""What a decision asks for beside the case itself: matters at a desk, notices, a person, timers. Written in the caller's transaction."""

from dataclasses import replace
from datetime import timedelta
from typing import Final

from app.cases import assign
from app.cases import store_known as cases_known
from app.cases.model import Case
from app.core.events import Actor, NewEvent
from app.engine import timers
from app.engine.database import Transaction
from app.escalation import store as escalation
from app.escalation.frozen import Revision, Said, freeze
from app.escalation.model import Kind, Mark, OpenedBy
from app.judgement.deciding import Outcome
from app.judgement.desk import Desk
from app.judgement.roster import need_of, roster
from app.mentions import store as mentions
from app.people import store as people

ACKNOWLEDGE_WITHIN: Final = timedelta(minutes=30)
WAKE: Final = "wake"
_SKILL: Final = "skill:"


def write_side_effects(tx: Transaction, desk: Desk, case: Case, outcome: Outcome, actor: Actor) -> Case:
    """Write them; returns the case as they leave it. A matter that is open already is left as it is."""
    for matter in outcome.matters:
        _open_matter(tx, case, matter.to, matter.tier, outcome.reason, actor)
    for whom in outcome.notices:
        tx.append(NewEvent("notice.sent", actor, {"to": whom, "band": case.band}, case=case.id, customer=case.customer_id))
    if case.state == "snoozed" and case.snoozed_until is not None:
        timers.arm(tx, case.id, WAKE, case.snoozed_until)
    if outcome.person_wanted and case.assignee_id is None and case.state == "open":
        case = _given(tx, desk, case, outcome.person_wanted, actor)
    return case


def _open_matter(tx: Transaction, case: Case, kind: Kind, tier: int, reason: str, actor: Actor) -> None:
    posts = mentions.of_case(tx.conn, case.id)
    earlier: dict[str, list[Revision]] = {}
    for revision in mentions.revisions(tx.conn, [m.id for m in posts]):
        earlier.setdefault(revision.mention_id, []).append(Revision(revision.text, revision.until))
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
    opened_by = OpenedBy(actor.kind, actor.name, actor.id if actor.kind == "rule" else "")
    new = escalation.NewMatter(
        case.id, kind, tier, tuple(case.risk), words, opened_by, reason, freeze(said, tx.now), tx.now + ACKNOWLEDGE_WITHIN
    )
    matter, made = escalation.open_matter(tx, new)
    if made:
        data = {"matter": matter.id, "kind": kind, "tier": tier, "why": reason, "risk": case.risk}
        tx.append(NewEvent("matter.opened", actor, data, case=case.id, customer=case.customer_id))


def _given(tx: Transaction, desk: Desk, case: Case, wanted: str, actor: Actor) -> Case:
    """Give the case to the person the rules name, or to the least loaded one who fits; stays in its queue when nobody does."""
    found = _chosen(tx, desk, case, wanted)
    if found is None:
        return case
    chosen, why = found
    data = {"to": chosen.id, "name": chosen.name, "why": f"rules: {why}"}
    tx.append(NewEvent("case.assigned", actor, data, case=case.id, customer=case.customer_id))
    return replace(case, assignee_id=chosen.id, assignee_name=chosen.name, claim_until=None)


def _chosen(tx: Transaction, desk: Desk, case: Case, wanted: str) -> tuple[assign.Worker, str] | None:
    everyone = roster(tx.conn, desk, tx.now)
    if wanted in ("least_loaded", "last_agent") or wanted.startswith(_SKILL):
        known = cases_known.last_agent_of(tx.conn, case.customer_id) if wanted == "last_agent" else None
        skills = (wanted.removeprefix(_SKILL),) if wanted.startswith(_SKILL) else ()
        choice = assign.choose(everyone, need_of(case, desk, skills=skills, last_agent=known))
        if choice.worker is None or (wanted == "last_agent" and choice.worker.id != known):
            return None
        return choice.worker, choice.why
    person = people.by_email(tx.conn, wanted)
    named = next((w for w in everyone if w.id == wanted or (person is not None and w.id == person[0].id)), None)
    # A rule that names somebody means them, whatever their queues and however busy; only not who is gone or at their very limit.
    if named is None or named.presence == "away" or assign.over(named, need_of(case, desk).weight, hard=True) is not None:
        return None
    return named, "named by the rule"
