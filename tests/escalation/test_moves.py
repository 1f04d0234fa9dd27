"""The state machine of a matter: who may move it where, and the sentence when not."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.roles import ROLES, Role
from app.escalation.model import DECISIONS, KINDS, STATES, Decision, Kind, State
from app.escalation.moves import MOVES, Move, after, allowed_moves, decision_refusal, lifts_hold, may_move, refusal


@pytest.mark.parametrize(
    ("kind", "roles"),
    [("legal", {"legal"}), ("pr", {"legal", "supervisor", "admin"}), ("supervisor", {"supervisor", "admin"})],
)
def test_who_may_move_a_matter(kind: Kind, roles: set[Role]) -> None:
    assert {r for r in ROLES if may_move(kind, r)} == roles


@pytest.mark.parametrize(
    ("state", "decision", "moves"),
    [
        ("open", None, ("acknowledge", "decide")),
        ("acknowledged", None, ("decide",)),
        ("decided", "approved", ("close",)),
        ("decided", "kept", ("decide", "close")),
        ("closed", "approved", ()),
    ],
)
def test_the_moves_of_each_state(state: State, decision: Decision | None, moves: tuple[Move, ...]) -> None:
    assert allowed_moves("legal", state, decision, "legal") == moves
    assert allowed_moves("legal", state, decision, "agent") == ()


@pytest.mark.parametrize(
    ("move", "state", "decision", "role", "words"),
    [
        ("decide", "open", None, "supervisor", "Only legal can decide"),
        ("acknowledge", "acknowledged", None, "legal", "acknowledged already"),
        ("close", "open", None, "legal", "not decided yet"),
        ("decide", "decided", "approved_with_edits", "legal", "decided already (approved with edits)"),
        ("close", "closed", "kept", "legal", "is closed"),
    ],
)
def test_a_refusal_is_a_sentence(move: Move, state: State, decision: Decision | None, role: Role, words: str) -> None:
    said = refusal(move, "legal", state, decision, role)
    assert said is not None
    assert words in said
    assert said.endswith(".")


def test_decisions_need_their_grounds() -> None:
    assert decision_refusal("approved", "", has_proposal=True) is None
    assert "no proposed answer" in str(decision_refusal("approved", "fine", has_proposal=False))
    assert "reason why it is rejected" in str(decision_refusal("rejected", " ", has_proposal=True))
    assert "reason why it is kept" in str(decision_refusal("kept", "", has_proposal=False))
    assert decision_refusal("released", "no threat", has_proposal=False) is None


def test_which_decisions_lift_the_hold() -> None:
    assert {d for d in DECISIONS if lifts_hold(d)} == {"approved", "approved_with_edits", "released"}


@given(st.lists(st.tuples(st.sampled_from(MOVES), st.sampled_from(DECISIONS), st.sampled_from(ROLES)), max_size=12), st.sampled_from(KINDS))
def test_any_row_of_moves_only_goes_forward(row: list[tuple[Move, Decision, Role]], kind: Kind) -> None:
    state: State = "open"
    taken: Decision | None = None
    path: list[State] = [state]
    for move, decision, role in row:
        if refusal(move, kind, state, taken, role) is None:
            state = after(move)
            taken = decision if move == "decide" else taken
            path.append(state)
    assert all(STATES.index(a) <= STATES.index(b) for a, b in itertools.pairwise(path))
    assert (taken is not None) == any(s == "decided" for s in path)
