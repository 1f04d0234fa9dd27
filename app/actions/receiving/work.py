"""Third step: each mention opens or extends its case, is scored, and is decided by the rules. Pure but for ids."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from app.actions.receiving.batch import Incoming
from app.actions.receiving.gather import Cluster, Gathered, arrival, cluster_for
from app.analysis.model import Judgement
from app.cases import joining, moves
from app.cases.model import Case, Reply
from app.core.facts import Facts
from app.core.ids import CaseId, IdentityId, MentionId
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


@dataclass(slots=True)
class _InHand:
    """A mention as far as it is worked: who says it and where it belongs, then its case, and what is made of that."""

    item: Incoming
    judgement: Judgement
    identity: IdentityId
    customer: CustomerRecord
    thread: str
    thread_size: int
    at: datetime
    cluster: Cluster | None
    cluster_size: int
    mention_id: MentionId
    case_id: CaseId
    """Of the case that it opens, where it joins none."""
    before: Case | None = None
    case: Case = field(init=False)
    facts: Facts = field(init=False)
    decision: Decision = field(init=False)
    outcome: Outcome = field(init=False)


def work_all(
    new: Iterable[Incoming], found: Gathered, desk: Desk, now: datetime, window: timedelta, new_id: Callable[[], str]
) -> list[Worked]:
    """Each mention opens or extends its case and is decided, in their order; ``found.cases`` then holds the cases as they became.

    One step over many of them before the next, because the processor then waits less for code and tables: a fifth of the time. Those of
    one author follow each other, since a later one finds the case as an earlier one left it; those of several touch different cases.
    """
    everything = [_in_hand(item, item.judgement, found, new_id) for item in new if item.judgement is not None]
    for turn in _turns(everything):
        for one in turn:
            one.before = _joined(found, one, window)
            one.case = _opened(one, desk, now) if one.before is None else _extended(one.before, one, found.outgoing.get(one.before.id))
        for one in turn:
            one.facts = _facts(one, desk, now)
        for one in turn:
            one.case, result = scored(one.case, one.facts, desk, now)
            one.facts = with_values(one.facts, score=result.score, band=result.band, **_told_by_before(one, found))
        for one in turn:
            one.decision = _decided(found, desk, one.case, one.facts)
        for one in turn:
            one.outcome = _outcome(one, desk, now, answering=one.case.id in found.outgoing)
            found.cases[one.case.id] = one.outcome.case
            if one.before is None:
                found.by_author.setdefault(one.identity, []).append(one.case.id)
    return [
        Worked(one.item, _mention(one), one.before, one.outcome, one.facts, one.decision, one.cluster, one.customer) for one in everything
    ]


def _in_hand(item: Incoming, judgement: Judgement, found: Gathered, new_id: Callable[[], str]) -> _InHand:
    m = item.mention
    identity, customer = found.authors[item.author_key]
    known = found.threads.setdefault((m.network, m.instance), {})
    thread = known[m.external_id] = thread_key(m.external_id, m.in_reply_to, m.thread, known)
    cluster = cluster_for(found, item, new_id())
    return _InHand(
        item, judgement, identity, customer, thread, list(known.values()).count(thread), arrival(m.created_at, item.row.received_at),
        cluster, cluster.size if cluster else 1, MentionId(new_id()), CaseId(new_id()),
    )  # fmt: skip


def _turns(everything: Sequence[_InHand]) -> list[list[_InHand]]:
    """The first of each author, the second of each, and so on."""
    turns: list[list[_InHand]] = []
    said: Counter[IdentityId] = Counter()
    for one in everything:
        if said[one.identity] == len(turns):
            turns.append([])
        turns[said[one.identity]].append(one)
        said[one.identity] += 1
    return turns


def _facts(one: _InHand, desk: Desk, now: datetime) -> Facts:
    m = one.item.mention
    return facts_of(
        one.case, one.customer, desk, now, trigger=ARRIVAL, actor="customer", text=m.text, kind=m.kind, has_media=bool(m.media),
        thread_size=one.thread_size,
    )  # fmt: skip


def _outcome(one: _InHand, desk: Desk, now: datetime, *, answering: bool) -> Outcome:
    """The decision carried out; what it says of the score counts at once."""
    outcome = carried_out(one.decision, one.case, now, trigger=ARRIVAL, answering=answering)
    if (outcome.case.floor, outcome.case.rule_term) != (one.case.floor, one.case.rule_term):
        outcome.case, _ = scored(outcome.case, one.facts, desk, now)
    outcome.case = _under_policy(outcome.case, desk)
    return outcome


def _decided(found: Gathered, desk: Desk, case: Case, facts: Facts) -> Decision:
    """What the rules say; those that do not fire always know what they have done on the case, earlier in this batch too."""
    if found.fired is None:
        return decide(desk.rules, facts)
    stay = found.fired.stay(case)
    decision = decide(desk.rules, facts, spent=found.fired.repeats.spent(case.id, found.fired.rules, stay))
    found.fired.repeats.note(case.id, decision.fired, stay)
    return decision


def _told_by_before(one: _InHand, found: Gathered) -> dict[str, Any]:
    """Facts that come from what was before this mention: how the author felt, who began, who answered. Only those there are."""
    m, felt = one.item.mention, one.judgement.sentiment
    told: dict[str, Any] = {}
    if one.before is not None and one.before.sentiment is not None and felt is not None:
        told["sentiment_change"] = felt - one.before.sentiment
    if m.kind == "comment" or (m.network, m.instance, one.thread) in found.ours:
        told["initiator"] = "us"
    if one.customer.id in found.agents:
        told["last_agent"] = found.agents[one.customer.id]
    return told


def _joined(found: Gathered, one: _InHand, window: timedelta) -> Case | None:
    theirs = found.by_author.get(one.identity)
    if theirs is None:
        return None
    candidates = [
        joining.Candidate(c.id, c.thread_key, c.account, c.visibility == "direct", c.state == "done", c.last_mention_at)
        for c in map(found.cases.__getitem__, theirs)
    ]
    m = one.item.mention
    direct = m.visibility == "direct"
    joined = joining.which(candidates, thread_key=one.thread, account=m.account, direct=direct, at=one.at, window=window)
    return found.cases[joined] if joined else None


def _opened(one: _InHand, desk: Desk, now: datetime) -> Case:
    m, judgement, customer, cluster = one.item.mention, one.judgement, one.customer, one.cluster
    return Case(
        id=one.case_id, version=1, state="open", disposition=None, hold=False, network=m.network, instance=m.instance, account=m.account,
        thread_key=one.thread, visibility=m.visibility, identity_id=one.identity, customer_id=customer.id,
        author_handle=(m.author.handle or m.author.external_id)[:200], author_name=m.author.name[:200], reach=m.author.followers,
        verified=m.author.verified, customer_name=(customer.name or None) if customer.known else None, tier=customer.value_tier,
        value=customer.lifetime_value, queue="", assignee_id=None, assignee_name=None, claim_until=None, language=judgement.language,
        excerpt=excerpt(m.text), intent=judgement.intent, sentiment=judgement.sentiment, sentiment_label=judgement.sentiment_label,
        urgency=judgement.urgency, risk=list(judgement.risk), wants_answer=judgement.wants_answer,
        signals=gathered(None, judgement), tags=[], score=0, band="low", terms=[], floor=None, override_score=None, override_by=None,
        override_reason=None, override_until=None,
        rank_at=0.0, policy="", approval_role=None, cluster_id=cluster.id if cluster else None,
        cluster_size=one.cluster_size, mention_count=1, reply_count=0,
        last_mention_id=one.mention_id, rules_version=desk.rules_version, opened_at=one.at, updated_at=now, last_mention_at=one.at,
        waiting_since=one.at, last_reply_at=None, due_at=None, due_metric=None, due_state=None, snoozed_until=None, closed_at=None,
    )  # fmt: skip


def _extended(case: Case, one: _InHand, outgoing: Reply | None) -> Case:
    m, judgement, customer = one.item.mention, one.judgement, one.customer
    courtesy = moves.is_courtesy(judgement.intent, wants_answer=judgement.wants_answer, text=m.text)
    asleep = case.waiting_on is not None  # left to the community: their own words bring it back as they wake a snoozed one
    approval_waits = outgoing is not None and outgoing.state == "pending_approval"
    state = moves.after_mention("snoozed" if asleep else case.state, courtesy=courtesy, approval_waits=approval_waits)
    unanswered = case.waiting_since is not None
    again: dict[str, Any] = {}
    known_language = judgement.language if judgement.language != "und" else case.language
    if state in ("open", "pending") and not unanswered:
        again["waiting_since"] = one.at
    if state != case.state and (asleep or case.state in ("done", "snoozed")):
        again |= {"disposition": None, "closed_at": None, "snoozed_until": None, "waiting_on": None}
    if one.cluster is not None:
        again |= {"cluster_id": one.cluster.id, "cluster_size": one.cluster_size}
    return with_values(
        case, state=state, version=case.version + 1, mention_count=case.mention_count + 1, last_mention_id=one.mention_id,
        last_mention_at=max(case.last_mention_at, one.at), excerpt=excerpt(m.text) if m.text else case.excerpt, language=known_language,
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


def _mention(one: _InHand) -> Mention:
    m, judgement = one.item.mention, one.judgement
    return Mention(
        id=one.mention_id, network=m.network, instance=m.instance, external_id=m.external_id, account=m.account, url=m.url, text=m.text,
        created_at=m.created_at, received_at=one.item.row.received_at, visibility=m.visibility, kind=m.kind,
        content_warning=m.content_warning,
        identity_id=one.identity, customer_id=one.customer.id, author_handle=(m.author.handle or m.author.external_id)[:200],
        author_name=m.author.name[:200], in_reply_to=m.in_reply_to, thread_key=one.thread, edited_at=m.edited_at, deleted_at=None,
        revision=1,
        counts=dict(vars(m.counts)), media=[dict(vars(x)) for x in m.media], language=judgement.language, sentiment=judgement.sentiment,
        judgement=judgement.as_json(), case_id=one.case.id, cluster_id=one.cluster.id if one.cluster else None,
    )  # fmt: skip
