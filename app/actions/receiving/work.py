"""Third step: one mention opens or extends its case, is scored, and is decided by the rules. Pure but for ids."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from app.actions.receiving.batch import Incoming
from app.actions.receiving.gather import Cluster, Gathered, arrival, cluster_for
from app.analysis.model import Judgement
from app.cases import joining, moves
from app.cases.model import Case, Reply
from app.core.facts import Facts
from app.core.ids import CaseId, CustomerId, IdentityId, MentionId
from app.core.records import quick, with_values
from app.customers.model import CustomerRecord
from app.judgement.deciding import Outcome, carried_out
from app.judgement.desk import Desk
from app.judgement.judging import excerpt, facts_of, gathered, scored
from app.mentions.model import Mention
from app.mentions.threading import thread_key
from app.policy.model import applying
from app.routing.decide import decide
from app.routing.fields import ARRIVAL
from app.routing.model import Decision


@quick
@dataclass(frozen=True, slots=True)
class Worked:
    """One mention with all that came of it; ``before`` is the case as it was, None when this mention opened it."""

    item: Incoming
    mention: Mention
    before: Case | None
    outcome: Outcome
    facts: Facts
    decision: Decision
    cluster: Cluster | None
    customer: CustomerRecord


def work(
    item: Incoming, judgement: Judgement, found: Gathered, desk: Desk, now: datetime, window: timedelta, new_id: Callable[[], str]
) -> Worked:
    """Open or extend the case of this mention and decide it; ``found.cases`` then holds the case as it became."""
    m = item.mention
    identity, customer = found.authors[item.author_key]
    thread = thread_key(m.external_id, m.in_reply_to, m.thread, found.threads.get((m.network, m.instance), {}))
    found.threads.setdefault((m.network, m.instance), {})[m.external_id] = thread
    at = arrival(m.created_at, item.row.received_at)
    cluster = cluster_for(found, item, new_id())
    mention_id = MentionId(new_id())
    before = _joined(found, identity, thread, item, at, window)
    if before is None:
        case = _opened(item, judgement, customer, identity, thread, at, now, CaseId(new_id()), mention_id, desk, cluster)
    else:
        case = _extended(before, item, judgement, customer, at, mention_id, cluster, found.outgoing.get(before.id))
    trigger = ARRIVAL
    thread_size = list(found.threads[(m.network, m.instance)].values()).count(thread)
    facts = facts_of(
        case,
        customer,
        desk,
        now,
        trigger=trigger,
        actor="customer",
        text=m.text,
        kind=m.kind,
        has_media=bool(m.media),
        thread_size=thread_size,
    )
    case, result = scored(case, facts, desk, now)
    facts = with_values(facts, score=result.score, band=result.band, **_told_by_before(item, judgement, before, found, thread, customer))
    decision = _decided(found, desk, case, facts)
    outcome = carried_out(decision, case, now, trigger=trigger, answering=case.id in found.outgoing)
    if (outcome.case.floor, outcome.case.rule_term) != (case.floor, case.rule_term):
        outcome.case, _ = scored(outcome.case, facts, desk, now)
    outcome.case = _under_policy(outcome.case, desk)
    found.cases[case.id] = outcome.case
    if before is None:
        found.by_author.setdefault(identity, []).append(case.id)
    return Worked(
        item,
        _mention(item, judgement, mention_id, case.id, identity, customer.id, thread, cluster),
        before,
        outcome,
        facts,
        decision,
        cluster,
        customer,
    )


def _decided(found: Gathered, desk: Desk, case: Case, facts: Facts) -> Decision:
    """What the rules say; those that do not fire always know what they have done on the case, earlier in this batch too."""
    if found.fired is None:
        return decide(desk.rules, facts)
    stay = found.fired.stay(case)
    decision = decide(desk.rules, facts, spent=found.fired.repeats.spent(case.id, found.fired.rules, stay))
    found.fired.repeats.note(case.id, decision.fired, stay)
    return decision


def _told_by_before(
    item: Incoming, judgement: Judgement, before: Case | None, found: Gathered, thread: str, customer: CustomerRecord
) -> dict[str, Any]:
    """Facts that come from what was before this mention: how the author felt, who began, who answered. Only those there are."""
    m = item.mention
    told: dict[str, Any] = {}
    if before is not None and before.sentiment is not None and judgement.sentiment is not None:
        told["sentiment_change"] = judgement.sentiment - before.sentiment
    if m.kind == "comment" or (m.network, m.instance, thread) in found.ours:
        told["initiator"] = "us"
    if customer.id in found.agents:
        told["last_agent"] = found.agents[customer.id]
    return told


def _joined(found: Gathered, identity: IdentityId, thread: str, item: Incoming, at: datetime, window: timedelta) -> Case | None:
    theirs = found.by_author.get(identity)
    if theirs is None:
        return None
    candidates = [
        joining.Candidate(c.id, c.thread_key, c.account, c.visibility == "direct", c.state == "done", c.last_mention_at)
        for c in map(found.cases.__getitem__, theirs)
    ]
    direct = item.mention.visibility == "direct"
    joined = joining.which(candidates, thread_key=thread, account=item.mention.account, direct=direct, at=at, window=window)
    return found.cases[joined] if joined else None


def _opened(item: Incoming, judgement: Judgement, customer: CustomerRecord, identity: IdentityId, thread: str, at: datetime, now: datetime,
            id: CaseId, mention_id: MentionId, desk: Desk, cluster: Cluster | None) -> Case:  # fmt: skip
    m = item.mention
    return Case(
        id=id, version=1, state="open", disposition=None, hold=False, network=m.network, instance=m.instance, account=m.account,
        thread_key=thread, visibility=m.visibility, identity_id=identity, customer_id=customer.id,
        author_handle=(m.author.handle or m.author.external_id)[:200], author_name=m.author.name[:200], reach=m.author.followers,
        verified=m.author.verified, customer_name=(customer.name or None) if customer.known else None, tier=customer.value_tier,
        value=customer.lifetime_value, queue="", assignee_id=None, assignee_name=None, claim_until=None, language=judgement.language,
        excerpt=excerpt(m.text), intent=judgement.intent, sentiment=judgement.sentiment, sentiment_label=judgement.sentiment_label,
        urgency=judgement.urgency, risk=list(judgement.risk), wants_answer=judgement.wants_answer,
        signals=gathered(None, judgement), tags=[], score=0, band="low", terms=[], floor=None, override_score=None, override_by=None,
        override_reason=None, override_until=None,
        rank_at=0.0, policy="", approval_role=None, cluster_id=cluster.id if cluster else None,
        cluster_size=cluster.size if cluster else 1, mention_count=1, reply_count=0,
        last_mention_id=mention_id, rules_version=desk.rules_version, opened_at=at, updated_at=now, last_mention_at=at, waiting_since=at,
        last_reply_at=None, due_at=None, due_metric=None, due_state=None, snoozed_until=None, closed_at=None,
    )  # fmt: skip


def _extended(case: Case, item: Incoming, judgement: Judgement, customer: CustomerRecord, at: datetime, mention_id: MentionId,
              cluster: Cluster | None, outgoing: Reply | None) -> Case:  # fmt: skip
    m = item.mention
    courtesy = moves.is_courtesy(judgement.intent, wants_answer=judgement.wants_answer, text=m.text)
    asleep = case.waiting_on is not None  # left to the community: their own words bring it back as they wake a snoozed one
    approval_waits = outgoing is not None and outgoing.state == "pending_approval"
    state = moves.after_mention("snoozed" if asleep else case.state, courtesy=courtesy, approval_waits=approval_waits)
    unanswered = case.waiting_since is not None
    again: dict[str, Any] = {}
    known_language = judgement.language if judgement.language != "und" else case.language
    if state in ("open", "pending") and not unanswered:
        again["waiting_since"] = at
    if state != case.state and (asleep or case.state in ("done", "snoozed")):
        again |= {"disposition": None, "closed_at": None, "snoozed_until": None, "waiting_on": None}
    if cluster is not None:
        again |= {"cluster_id": cluster.id, "cluster_size": cluster.size}
    return with_values(
        case, state=state, version=case.version + 1, mention_count=case.mention_count + 1, last_mention_id=mention_id,
        last_mention_at=max(case.last_mention_at, at), excerpt=excerpt(m.text) if m.text else case.excerpt, language=known_language,
        intent=judgement.intent, sentiment=judgement.sentiment, sentiment_label=judgement.sentiment_label, urgency=judgement.urgency,
        wants_answer=judgement.wants_answer or (unanswered and case.wants_answer),
        risk=[*case.risk, *(r for r in judgement.risk if r not in case.risk)],
        signals=gathered(case.signals if unanswered else None, judgement),
        reach=m.author.followers if m.author.followers is not None else case.reach,
        verified=m.author.verified or case.verified, customer_id=customer.id, tier=customer.value_tier, value=customer.lifetime_value,
        customer_name=(customer.name or None) if customer.known else None, **again,
    )  # fmt: skip


def _under_policy(case: Case, desk: Desk) -> Case:
    """The case with the policy whose checklist it carries: the rules' choice, else the strictest that applies."""
    if case.policy and any(p.id == case.policy for p in desk.policies):
        return case
    fitting = applying(desk.policies, case.visibility, case.risk)
    return with_values(case, policy=fitting[0].id if fitting else "")


def _mention(item: Incoming, judgement: Judgement, id: MentionId, case: CaseId, identity: IdentityId, customer: CustomerId, thread: str,
             cluster: Cluster | None) -> Mention:  # fmt: skip
    m = item.mention
    return Mention(
        id=id, network=m.network, instance=m.instance, external_id=m.external_id, account=m.account, url=m.url, text=m.text,
        created_at=m.created_at, received_at=item.row.received_at, visibility=m.visibility, kind=m.kind, content_warning=m.content_warning,
        identity_id=identity, customer_id=customer, author_handle=(m.author.handle or m.author.external_id)[:200],
        author_name=m.author.name[:200], in_reply_to=m.in_reply_to, thread_key=thread, edited_at=m.edited_at, deleted_at=None, revision=1,
        counts=dict(vars(m.counts)), media=[dict(vars(x)) for x in m.media], language=judgement.language, sentiment=judgement.sentiment,
        judgement=judgement.as_json(), case_id=case, cluster_id=cluster.id if cluster else None,
    )  # fmt: skip
