"""What follows when an answer stands on the network: clocks are met, times measured, the case waits on the customer, ticks are cleared."""

from dataclasses import replace
from typing import Final

from app.actions import clocks
from app.actions.ask_rules import ask
from app.actions.on_its_way import wrote_since
from app.actions.send_reply import reply_data
from app.cases import outbox
from app.cases import store as cases
from app.cases.model import BY_RULE, Case, Reply
from app.core.events import Actor, NewEvent
from app.engine.database import Transaction
from app.engine.ports import Ports
from app.judgement.desk import Desk, desk_of
from app.measures import store as measures
from app.measures.model import Response
from app.policy import store as policies
from app.policy.gate import missing
from app.sla import calendar
from app.sla import clock as clockwork
from app.sla.model import RESPONSE_METRICS, Clock, Metric
from app.sla.rests import WORDS

_ANSWERED: Final[frozenset[Metric]] = frozenset({"first_touch", *RESPONSE_METRICS})
_IN_PRIVATE: Final[frozenset[Metric]] = frozenset({"move_to_private"})
"""What an answer stops, and what one in private does besides."""


def resting(case: Case, reply: Reply) -> Case:
    """The case as one that waits on the customer: in doubt it was ours again, and the customer has written nothing since."""
    if case.reply_trouble is None or case.state != "open" or case.last_mention_at > (reply.queued_at or reply.created_at):
        return case
    return replace(case, state="waiting")


def note_answered(tx: Transaction, ports: Ports, case: Case, reply: Reply, actor: Actor) -> None:
    """Write it all in the transaction that marks the reply as sent."""
    desk = desk_of(ports, tx.conn)
    if reply.by_id == BY_RULE:
        _note_sent_by_rule(tx, desk, case, reply)
        return
    before, queue, band = case, case.queue, case.band
    case, stopped = clocks.stop(tx, case, desk, "answered", actor, _ANSWERED | (_IN_PRIVATE if reply.visibility == "direct" else _ANSWERED))
    waited = (tx.now - case.waiting_since).total_seconds() if case.waiting_since else None
    for clock in (c for c in stopped if c.metric in RESPONSE_METRICS):
        measures.record_response(tx, _response(tx, desk, clock, case, reply, queue, band))
        measures.add(tx, "within_target" if clock.state == "met" else "answered_late", clock.metric)
    measures.add(tx, "answered")
    policy = next((p for p in desk.policies if p.id == reply.policy), None)
    if policy is not None and not missing(policy, {t["item"] for t in reply.ticks}):
        measures.add(tx, "answered_under_policy")
    outbox.set_response_time(tx, reply.id, waited)
    outbox.drop_draft(tx, case.id, reply.by_id)
    outbox.drop_draft(tx, case.id, BY_RULE)  # what a rule offered is answered by now
    policies.clear_ticks(tx, case.id)
    new_words = wrote_since(tx.conn, reply)
    case = replace(
        case,
        reply_count=case.reply_count + 1,
        last_reply_at=tx.now,
        state=case.state if case.state in ("done", "snoozed") else "open" if new_words else "waiting",
        waiting_since=case.last_mention_at if new_words else None,
        reply_trouble=None,
        updated_at=tx.now,
        version=case.version + 1,
    )
    if new_words:
        case = clocks.resume(tx, case, desk, "the customer wrote again", actor)
    elif case.state == "waiting":
        case = clocks.pause(tx, case, desk, WORDS["customer"], actor, rest="customer")
    cases.save_all(tx, [case])
    data = reply_data(reply) | {
        "external_id": reply.external_id,
        "url": reply.url,
        "response_seconds": waited,
        "publisher": reply.publisher,
    }
    sent = tx.append(NewEvent("reply.sent", actor, data, case=case.id, customer=case.customer_id))
    ask(tx, desk, case, "reply.sent", actor, cause=sent, before=before)


def _note_sent_by_rule(tx: Transaction, desk: Desk, case: Case, reply: Reply) -> None:
    """What a rule sent answers nobody: no clock stops, no time is measured, the case stays whose it is and as it is."""
    outbox.drop_draft(tx, case.id, BY_RULE)
    case = replace(case, reply_trouble=None, updated_at=tx.now, version=case.version + 1)
    cases.save_all(tx, [case])
    actor = Actor("rule", "", reply.by_name)
    data = reply_data(reply) | {"external_id": reply.external_id, "url": reply.url, "response_seconds": None, "publisher": reply.publisher}
    sent = tx.append(NewEvent("reply.sent", actor, data, case=case.id, customer=case.customer_id))
    ask(tx, desk, case, "reply.sent", actor, cause=sent)


def _response(tx: Transaction, desk: Desk, clock: Clock, case: Case, reply: Reply, queue: str, band: str) -> Response:
    own = desk.levels.calendar(clock.calendar)
    business = desk.levels.calendars[0] if desk.levels.calendars else own
    return Response(
        at=tx.now,
        case_id=case.id,
        reply_id=reply.id,
        metric=clock.metric,
        queue=queue,
        network=case.network,
        band=band,
        tier=case.tier or "",
        agent_id=reply.by_id,
        wall_seconds=(tx.now - clock.started_at).total_seconds(),
        business_seconds=calendar.elapsed(business, clock.started_at, tx.now),
        clock_seconds=clockwork.elapsed(clock, own, tx.now),
        target_seconds=clock.target_seconds,
        within=clock.state == "met",
    )
