"""What stands between a draft and the network: text checks, checklist, approvals, hold. Shared by the check while typing and the send."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Connection

from app.cases.model import Case
from app.channels import store as channels
from app.channels.model import ChannelKey
from app.channels.networks import network
from app.core.asker import Asker
from app.engine.ports import Ports
from app.judgement.desk import Desk
from app.mentions import store as mentions
from app.policy import store as policies
from app.policy import text_checks
from app.policy.gate import GateFacts, Stage, Verdict, verdict
from app.policy.model import APPROVAL_ROLES, Approval, Policy, Tick, applying, checks_of
from app.policy.text_checks import Finding, Sending
from app.policy.text_length import Length, measure
from app.policy.words import load_words


@dataclass(frozen=True, slots=True)
class Standing:
    """How a draft stands. ``policy`` is the one whose checklist counts; None where no policy is in force."""

    verdict: Verdict
    findings: tuple[Finding, ...]
    length: Length
    policy: Policy | None
    ticks: dict[str, Tick]
    publisher: str


def sending_of(case: Case, visibility: str) -> Sending:
    """Where an answer to this case goes."""
    net = network(case.network)
    return Sending(net.rule, net.limit, net.title, visibility)


def standing(
    ports: Ports, conn: Connection, desk: Desk, asker: Asker, case: Case, text: str, visibility: str, *, stage: Stage = "submit",
    ticked: Collection[str] = (), approvals: tuple[Approval, ...] = (),
) -> Standing:  # fmt: skip
    """Judge a draft as it stands now. ``ticked`` are items the sender ticks with this very call."""
    risks = case.risk if case.hold else []  # risk words only propose: what legal let go is answered like any other case
    fitting = applying(desk.policies, visibility, risks)
    policy = next((p for p in desk.policies if p.id == case.policy), fitting[0] if fitting else None)
    every = (*fitting, policy) if policy is not None and policy not in fitting else fitting
    rules = ports.data.load("policies/text_checks.yaml", load_words)
    sending = sending_of(case, visibility)
    findings = text_checks.check(text, sending, rules, checks_of(every))
    ticks = policies.ticks(conn, case.id)
    current = {i for i, t in ticks.items() if policy is not None and t.policy == policy.id and t.version == policy.version}
    last = mentions.get(conn, case.last_mention_id)
    channel = channels.find(conn, ChannelKey(case.network, case.instance, case.account))
    paused = channel is not None and channel.state == "paused"
    facts = GateFacts(
        text=text,
        author_id=asker.person_id or "",
        author_role=asker.role or "agent",
        case_state=case.state,
        hold=case.hold,
        policy=policy,
        policies=every,
        ticks=current | set(ticked),
        findings=findings,
        approvals=approvals,
        deleted_at_source=last is not None and last.deleted_at is not None,
        can_reply="no" if paused else "yes",
        cannot_reply_why=f"The channel {channel.title} is paused: nothing leaves until it is resumed." if paused and channel else "",
        stage=stage,
        asked_by_rules=next((r for r in APPROVAL_ROLES if r == case.approval_role), None),
    )
    publisher = channel.publisher if channel is not None else ports.settings.earshot_default_publisher
    if network(case.network).can_reply == "by_hand" and publisher != "echo":
        publisher = "by_hand"
    return Standing(verdict(facts), findings, measure(text, sending.rule, sending.limit), policy, ticks, publisher)
