"""The gate: each thing in the way by itself, all of them together, and who has to look first."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.ids import CaseId, PersonId, ReplyId
from app.core.roles import ROLES, Role
from app.policy.gate import GateFacts, may_decide, missing, verdict
from app.policy.model import APPROVAL_ROLES, APPROVAL_STATES, Approval, ApprovalRole, Item, Policy
from app.policy.text_checks import Finding

ITEMS = (Item("a", "Looked up", True), Item("b", "Kind", False), Item("c", "Next step", True))
POLICY = Policy("public-reply", "Public reply", 3, "", "", ITEMS, None, {}, ("public reply",))
LEGAL = replace(POLICY, id="legal-risk", approval="legal")
FINE = GateFacts("text", "ann", "agent", "open", False, POLICY, ticks={"a", "c"})
AT = datetime(2026, 3, 6, tzinfo=UTC)


def approval(role: ApprovalRole = "legal", state: str = "approved", by: str | None = "lea", text: str | None = "text") -> Approval:
    return Approval("1", ReplyId("r"), CaseId("c"), role, PersonId("ann"), "Ann", AT, state, by and PersonId(by), "", AT, "", "text", text)  # type: ignore[arg-type]  # tables of cases write states as text


def test_a_good_answer_may_leave() -> None:
    assert verdict(FINE) == verdict(replace(FINE, stage="leave"))
    assert (verdict(FINE).allowed, verdict(FINE).needs_approval, verdict(FINE).blocks) == (True, None, ())


def test_missing_items_are_named_in_order() -> None:
    assert missing(POLICY, ()) == (ITEMS[0], ITEMS[2])
    assert missing(POLICY, {"c", "b"}) == (ITEMS[0],)
    assert missing(None, ()) == ()


@pytest.mark.parametrize(
    ("change", "code", "where", "words"),
    [
        ({"ticks": {"a"}}, "checklist", "c", "Not ticked: Next step"),
        ({"case_state": "done"}, "state", "", "reopen it"),
        ({"deleted_at_source": True}, "deleted", "", "deleted this post"),
        ({"can_reply": "no"}, "no_reply", "", "cannot be answered"),
        ({"can_reply": "no", "cannot_reply_why": "Comments are off."}, "no_reply", "", "Comments are off."),
        ({"findings": (Finding("email", "block", 3, 9, "An address.", "Leave it out."),)}, "policy", "3-9", "An address. Leave it out."),
        ({"hold": True, "stage": "leave"}, "hold", "", "on hold"),
    ],
)
def test_each_thing_in_the_way(change: dict[str, Any], code: str, where: str, words: str) -> None:
    judged = verdict(replace(FINE, **change))
    assert not judged.allowed
    assert [(b.code, b.where) for b in judged.blocks] == [(code, where)]
    assert words in judged.blocks[0].text


def test_a_warning_is_in_nobody_s_way() -> None:
    assert verdict(replace(FINE, findings=(Finding("promise", "warn", 0, 1, "x", "y"),))).allowed


def test_everything_in_the_way_is_said_at_once() -> None:
    judged = verdict(replace(FINE, case_state="done", ticks=(), deleted_at_source=True))
    assert [b.code for b in judged.blocks] == ["state", "deleted", "checklist", "checklist"]


@pytest.mark.parametrize(
    ("change", "needed"),
    [
        ({"hold": True}, "legal"),
        ({"policies": (POLICY, LEGAL)}, "legal"),
        ({"policy": LEGAL}, "legal"),
        ({"author_role": "trainee"}, "supervisor"),
        ({"author_role": "trainee", "hold": True}, "legal"),
        ({"author_role": "supervisor", "hold": True}, "legal"),
        ({"author_role": "legal"}, "supervisor"),
        ({"author_role": "legal", "hold": True}, "supervisor"),
        ({"policies": (replace(POLICY, approval="agent"),)}, "agent"),
        ({"policies": (replace(POLICY, approval="agent"),), "author_role": "trainee"}, "supervisor"),
        ({"author_role": "auditor"}, "supervisor"),
    ],
)
def test_who_has_to_look_first(change: dict[str, Any], needed: ApprovalRole) -> None:
    judged = verdict(replace(FINE, **change))
    assert (judged.allowed, judged.needs_approval, judged.blocks) == (False, needed, ())


@pytest.mark.parametrize(
    ("given_approval", "enough"),
    [
        (approval(), True),
        (approval(state="changed"), True),
        (approval(state="asked"), False),
        (approval(state="rejected"), False),
        (approval(state="expired"), False),
        (approval(by="ann"), False),
        (approval(by=None), False),
        (approval(role="supervisor"), False),
        (approval(text="another text"), False),
        (approval(text=None), False),
    ],
)
def test_which_approval_counts(given_approval: Approval, enough: bool) -> None:
    assert verdict(replace(FINE, policies=(LEGAL,), approvals=(given_approval,))).allowed is enough


def test_a_stricter_approval_is_enough_for_a_milder_need() -> None:
    assert verdict(replace(FINE, author_role="trainee", approvals=(approval("legal"),))).allowed
    assert verdict(replace(FINE, author_role="trainee", approvals=(approval("supervisor"),))).allowed
    assert not verdict(replace(FINE, author_role="trainee", approvals=(approval("agent"),))).allowed


@pytest.mark.parametrize(
    ("role", "deciders"),
    [("legal", {"legal"}), ("supervisor", {"supervisor", "admin", "legal"}), ("agent", {"agent", "supervisor", "admin", "legal"})],
)
def test_who_may_decide(role: ApprovalRole, deciders: set[Role]) -> None:
    assert {r for r in ROLES if may_decide(role, r)} == deciders


_APPROVALS = st.builds(
    approval,
    st.sampled_from(APPROVAL_ROLES),
    st.sampled_from(APPROVAL_STATES),
    st.sampled_from([None, "ann", "lea"]),
    st.sampled_from([None, "text", "other"]),
)
_FACTS = st.builds(
    GateFacts, text=st.just("text"), author_id=st.just("ann"), author_role=st.sampled_from(ROLES),
    case_state=st.sampled_from(["open", "waiting", "pending", "snoozed", "done"]), hold=st.booleans(),
    policy=st.sampled_from([None, POLICY, LEGAL]),
    policies=st.sampled_from([(), (POLICY,), (POLICY, LEGAL)]), ticks=st.sets(st.sampled_from(["a", "b", "c", "z"])),
    approvals=st.lists(_APPROVALS, max_size=3).map(tuple), deleted_at_source=st.booleans(), stage=st.sampled_from(["submit", "leave"]),
)  # fmt: skip


@given(_FACTS)
def test_what_never_leaves(facts: GateFacts) -> None:
    judged = verdict(facts)
    assert judged.allowed == (not judged.blocks and judged.needs_approval is None)
    second = any(a.state in ("approved", "changed") and a.decided_by == "lea" and a.text_after == "text" for a in facts.approvals)
    if judged.allowed:
        assert not (facts.hold and facts.stage == "leave")
        assert facts.case_state != "done"
        assert not facts.deleted_at_source
        assert not missing(facts.policy, facts.ticks)
        assert second or not (facts.hold or facts.author_role in ("trainee", "auditor", "legal"))
