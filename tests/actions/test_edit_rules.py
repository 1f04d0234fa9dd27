"""Edits of a working copy: what was typed is never lost, what holds never changes."""

import pytest

from app.actions.edit_rules import (
    Delete,
    Discard,
    Duplicate,
    Edit,
    Fill,
    FillIn,
    Shift,
    StandOn,
    Switch,
    TypeIn,
    Write,
    WriteAll,
    edit_rules,
)
from app.core.errors import Forbidden, Invalid, NotFound
from app.routing import emit
from app.routing import store as routing
from app.routing.rule_edits import NEW
from app.routing.rule_form import form_of, pairs_of
from app.routing.store_drafts import MOST_PENDING, Draft, draft_of
from tests.routing.written import set_of
from tests.support.scene import Scene


def copy_of(scene: Scene) -> Draft | None:
    with scene.ports.db.read() as conn:
        return draft_of(conn, scene.sue.person())


def text_in(scene: Scene) -> str:
    copy = copy_of(scene)
    assert copy is not None
    return copy.text


def in_force(scene: Scene) -> str:
    with scene.ports.db.read() as conn:
        return routing.active(conn)[1]


def test_a_copy_begins_with_the_first_change_and_leaves_no_event(scene: Scene) -> None:
    events = len(scene.events())
    assert copy_of(scene) is None
    same = next(rule for rule in set_of(in_force(scene)).rules if rule.id == "vip")
    edit_rules(scene.ports, scene.sue, Fill("vip", pairs_of(form_of(same))))
    assert copy_of(scene) is None, "a form that says the same is no change"
    edit_rules(scene.ports, scene.sue, Switch("vip", on=False))
    assert "enabled: false" in emit.rule_text(text_in(scene), "vip")
    assert "enabled: false" not in emit.rule_text(in_force(scene), "vip")
    assert len(scene.events()) == events
    edit_rules(scene.ports, scene.sue, Discard())
    assert copy_of(scene) is None


def test_moving_stops_at_the_ends_and_copies_get_ids_of_their_own(scene: Scene) -> None:
    def ids() -> list[str]:
        return [rule.id for rule in set_of(text_in(scene)).rules]

    edit_rules(scene.ports, scene.sue, Duplicate("spanish"))
    assert edit_rules(scene.ports, scene.sue, Duplicate("spanish")).rule == "spanish-copy-2"
    at = ids().index("spanish")
    assert ids()[at : at + 3] == ["spanish", "spanish-copy-2", "spanish-copy"]
    first, last = ids()[0], ids()[-1]
    before = ids()
    edit_rules(scene.ports, scene.sue, Shift(first, -1))
    edit_rules(scene.ports, scene.sue, Shift(last, 1))
    assert ids() == before
    edit_rules(scene.ports, scene.sue, Shift(first, 1))
    assert ids()[:2] == [before[1], before[0]]


def test_what_is_refused_is_kept_as_typed(scene: Scene) -> None:
    with pytest.raises(Invalid, match="whole number from 0 to 100"):
        edit_rules(scene.ports, scene.sue, Fill(NEW, (("name", "Loud"), ("floor", "900"), ("on", "mention.received"))))
    with pytest.raises(Invalid, match="line 2, rules"):
        edit_rules(scene.ports, scene.sue, Write("vip", "- id: vip\n  wen: {}\n"))
    copy = copy_of(scene)
    assert copy is not None
    assert copy.text == in_force(scene)
    assert dict(copy.pending[NEW].values)["floor"] == "900"
    assert (copy.pending["vip"].text, copy.pending["vip"].view) == ("- id: vip\n  wen: {}\n", "yaml")
    edit_rules(scene.ports, scene.sue, Fill(NEW, (("name", "Loud"), ("floor", "90"), ("enabled", "true"), ("on", "mention.received"))))
    copy = copy_of(scene)
    assert copy is not None
    assert list(copy.pending) == ["vip"]
    assert set_of(copy.text).rules[-1].do.floor == 90


def test_half_filled_forms_are_bounded(scene: Scene) -> None:
    for number in range(MOST_PENDING + 3):
        edit_rules(scene.ports, scene.sue, TypeIn(f"r{number}", "- id: x"))
    edit_rules(scene.ports, scene.sue, FillIn(NEW, (("name", "a"),), "test:w"))
    copy = copy_of(scene)
    assert copy is not None
    assert len(copy.pending) == MOST_PENDING
    assert list(copy.pending)[-1] == NEW


@pytest.mark.parametrize(
    ("edit", "error"),
    [
        (Switch("none", on=True), NotFound), (Shift("none", 1), NotFound), (Duplicate("none"), NotFound), (Delete("none"), NotFound),
        (Fill("none", ()), NotFound), (Write("none", "- id: none\n"), NotFound), (WriteAll("#" * 400_001), Invalid), (StandOn(9), Invalid),
    ],
)  # fmt: skip
def test_edits_of_what_is_not_there(scene: Scene, edit: Edit, error: type[Exception]) -> None:
    with pytest.raises(error):
        edit_rules(scene.ports, scene.sue, edit)
    with pytest.raises(Forbidden):
        edit_rules(scene.ports, scene.ana, edit)


def test_a_rule_written_anew_must_not_change_another(scene: Scene) -> None:
    with pytest.raises(Invalid, match="There is a rule vip-angry already"):
        edit_rules(scene.ports, scene.sue, Write("vip", "- id: vip-angry\n  do: {floor: 1}\n"))
    done = edit_rules(scene.ports, scene.sue, Write("vip", "# why\n- id: vip-new\n  do: {floor: 1}\n"))
    assert done.rule == "vip-new"
    assert "  # why\n  - id: vip-new\n" in text_in(scene)
