"""The gate: whether an answer may leave now, who else has to look at it first, and each thing that stands in its way."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from app.core.roles import Role, may
from app.policy.model import APPROVAL_ROLES, Approval, ApprovalRole, Item, Policy
from app.policy.text_checks import Finding

BlockCode = Literal["hold", "state", "deleted", "no_reply", "checklist", "policy"]
Stage = Literal["submit", "leave"]


@dataclass(frozen=True, slots=True)
class GateFacts:
    """All that the gate looks at.

    ``stage`` is ``submit`` when an agent sends and ``leave`` when the outbox is about to publish. ``policy`` is the one whose
    checklist the case carries, ``policies`` every one that applies (for approvals). ``approvals`` are those of this reply;
    ``asked_by_rules`` is the approval that a rule demands for the case.
    """

    text: str
    author_id: str
    author_role: Role
    case_state: str
    hold: bool
    policy: Policy | None
    policies: tuple[Policy, ...] = ()
    ticks: Collection[str] = ()
    findings: tuple[Finding, ...] = ()
    approvals: tuple[Approval, ...] = ()
    deleted_at_source: bool = False
    can_reply: Literal["yes", "by_hand", "no"] = "yes"
    cannot_reply_why: str = ""
    stage: Stage = "submit"
    asked_by_rules: ApprovalRole | None = None


@dataclass(frozen=True, slots=True)
class Block:
    """One thing in the way: a sentence for the agent, and where (a checklist item's id, or "start-end" in the text)."""

    code: BlockCode
    text: str
    where: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """``allowed``: it may leave now. With no blocks and ``needs_approval`` set, it may be put before that role."""

    allowed: bool
    needs_approval: ApprovalRole | None
    blocks: tuple[Block, ...]


def missing(policy: Policy | None, ticks: Collection[str]) -> tuple[Item, ...]:
    """The required items that are not ticked, in the order of the checklist."""
    return () if policy is None else tuple(i for i in policy.items if i.required and i.id not in ticks)


def verdict(facts: GateFacts) -> Verdict:
    """Judge an answer. A hold asks for legal's approval at ``submit`` and is an absolute stop at ``leave``."""
    blocks = (*_of_case(facts), *_of_checklist(facts), *_of_text(facts))
    needed = _wanted_approval(facts)
    if needed is not None and any(_counts(a, needed, facts) for a in facts.approvals):
        needed = None
    return Verdict(not blocks and needed is None, needed, blocks)


def may_decide(role: ApprovalRole, decider: Role) -> bool:
    """Whether a person of the role ``decider`` may decide an approval asked of ``role``."""
    if role == "legal":
        return may(decider, "matters.decide")
    return may(decider, "replies.approve") or may(decider, "matters.decide") or (role == "agent" and may(decider, "replies.send"))


def _of_case(facts: GateFacts) -> list[Block]:
    found = []
    if facts.hold and facts.stage == "leave":
        found.append(Block("hold", "The case is on hold: nothing goes out until legal lifts it."))
    if facts.case_state == "done":
        found.append(Block("state", "The case is closed: reopen it to answer."))
    if facts.deleted_at_source:
        found.append(
            Block("deleted", "The customer deleted this post: there is nothing left to answer. Close the case or write to them elsewhere.")
        )
    if facts.can_reply == "no":
        found.append(Block("no_reply", facts.cannot_reply_why or "This post cannot be answered on its network."))
    return found


def _of_checklist(facts: GateFacts) -> list[Block]:
    return [Block("checklist", f"Not ticked: {item.text}", item.id) for item in missing(facts.policy, facts.ticks)]


def _of_text(facts: GateFacts) -> list[Block]:
    return [Block("policy", f"{f.text} {f.mend}", f"{f.start}-{f.end}") for f in facts.findings if f.severity == "block"]


def _wanted_approval(facts: GateFacts) -> ApprovalRole | None:
    """The strictest approval that the case, its policies and its author ask for.

    Legal's own answer needs a second person too, but not a second lawyer: a supervisor's eyes are enough.
    """
    asked = [p.approval for p in (*facts.policies, facts.policy) if p is not None and p.approval is not None]
    if facts.asked_by_rules is not None:
        asked.append(facts.asked_by_rules)
    if facts.hold:
        asked.append("legal")
    if not may(facts.author_role, "replies.send"):
        asked.append("supervisor")
    if not asked:
        return None
    strictest = max(asked, key=APPROVAL_ROLES.index)
    return "supervisor" if strictest == "legal" and may(facts.author_role, "matters.decide") else strictest


def _counts(approval: Approval, needed: ApprovalRole, facts: GateFacts) -> bool:
    """Whether an approval satisfies: given, by someone other than the author, for a role as strict, for this very text."""
    return (
        approval.state in ("approved", "changed")
        and approval.decided_by not in (None, facts.author_id)
        and APPROVAL_ROLES.index(approval.role) >= APPROVAL_ROLES.index(needed)
        and approval.text_after == facts.text
    )
