"""A rule answers with an approved macro: through the very gate and outbox that a person's answer goes through, and never around them.

What the gate does not let leave by itself becomes a draft that is offered to the agent, with the reason. A rule never writes into a
conversation that we began, and never twice in one case. What it sends is no person's answer: no clock stops, nothing is counted.
"""

from collections.abc import Iterable
from typing import Final

from app.actions.rule_acts import Acts
from app.actions.rule_guards import Stopped, say_stopped
from app.actions.send_reply import ReplyForm, ReplyVisibility, put_out
from app.cases import outbox
from app.cases import store as cases
from app.cases.model import BY_RULE, Case
from app.core.asker import Asker
from app.core.roles import Permission
from app.engine.database import Transaction
from app.judgement.answering import standing
from app.judgement.desk import Desk, macros_of
from app.mentions import store as mentions
from app.policy.gate import missing
from app.policy.macros import Macro
from app.routing.model import Decision

_MAY: Final[frozenset[Permission]] = frozenset({"replies.draft", "replies.send"})


def reply_by_rule(tx: Transaction, desk: Desk, case: Case, macro_id: str, decision: Decision, acts: Acts) -> Case:
    """Answer, offer a draft, or say in the case's history why neither; the case, saved, as that leaves it."""
    macro = macros_of(desk.ports).get(macro_id)
    rules = _asking(desk, macro_id, decision.fired)
    why = _never(tx, case, macro, macro_id)
    if macro is None or why is not None:
        say_stopped(tx, case, Stopped("reply", rules, f"{_named(rules)} did not answer with {macro_id}: {why}."), decision.version,
                    cause=acts.cause, depth=acts.depth)  # fmt: skip
        return case
    visibility: ReplyVisibility = "direct" if case.visibility == "direct" else "public"
    asker = Asker(acts.actor, _MAY, "agent", BY_RULE)
    found = standing(desk.ports, tx.conn, desk, asker, case, macro.text, visibility)
    stands_in_the_way = [block.text for block in found.verdict.blocks]
    if found.verdict.needs_approval is not None:
        stands_in_the_way.append(f"{found.verdict.needs_approval} must approve it first.")
    if case.hold:
        stands_in_the_way.append("Legal holds the case.")
    if not stands_in_the_way and missing(found.policy, ()):
        stands_in_the_way.append("Its checklist was ticked for another answer.")
    if stands_in_the_way:
        outbox.save_draft(tx, case.id, BY_RULE, macro.text, visibility)
        acts.tell(case, "reply.drafted", {"macro": macro.id, "rules": list(rules), "why": " ".join(stands_in_the_way)})
        return case
    put_out(tx, desk.ports, asker, case, ReplyForm(macro.text, case.version, visibility), found)
    return cases.get(tx.conn, case.id)


def _never(tx: Transaction, case: Case, macro: Macro | None, id: str) -> str | None:
    """Why a rule must not answer here at all, not even with a draft; None when it may."""
    if macro is None:
        return f"there is no macro {id}"
    if not macro.approved:
        return "nobody has approved it"
    if (misfit := macro.misfit(case.language, case.network)) is not None:
        return misfit
    if case.state == "done":
        return "the case is done"
    last = mentions.get(tx.conn, case.last_mention_id)
    if last is None or mentions.we_began(tx.conn, last):
        return "we began this conversation"
    if any(r.by_id == BY_RULE for r in outbox.replies(tx.conn, case.id)) or outbox.draft(tx.conn, case.id, BY_RULE) is not None:
        return "rules have answered in this case before"
    return "an answer is on its way" if outbox.outgoing(tx.conn, case.id) is not None else None


def _asking(desk: Desk, macro: str, fired: Iterable[str]) -> tuple[str, ...]:
    return tuple(r.id for r in desk.rules.rules if r.id in fired and r.do.reply_with == macro)


def _named(rules: tuple[str, ...]) -> str:
    return f"The rule {', '.join(rules)}"
