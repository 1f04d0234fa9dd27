"""Publishing rules: the next mention obeys, and nothing faulty or unseen gets through."""

from copy import copy
from dataclasses import replace

import pytest

from app.actions.edit_rules import WriteAll, edit_rules
from app.actions.publish_rules import Published, publish_rules
from app.actions.roll_back_rules import roll_back_rules
from app.core.errors import Conflict, Forbidden, Invalid, NotFound
from app.engine.keys import Keys
from app.engine.ports import Ports, open_ports
from app.routing import emit
from app.routing import store as routing
from app.routing.store_drafts import draft_of
from tests.support.people import hire
from tests.support.scene import Scene

PARKING = {
    "id": "parking",
    "name": "Parking",
    "when": {"text": {"contains_any": ["parking"]}},
    "do": {"queue": "community", "tags": ["parking"]},
}


def text_of(ports: Ports) -> str:
    with ports.db.read() as conn:
        return routing.active(conn)[1]


def with_parking(ports: Ports) -> str:
    return emit.add_rule(text_of(ports), PARKING, "risk-safety")


def test_the_next_mention_obeys_the_published_version(scene: Scene) -> None:
    before = scene.hear("@acme is there parking beside the shop?", handle="early")
    assert before.queue == "care"
    done = publish_rules(scene.ports, scene.sue, with_parking(scene.ports), reason="parking goes to the community", expected=1)
    assert done == Published(2)
    after = scene.hear("@acme is there parking beside the shop?", handle="late")
    assert (after.queue, "parking" in after.tags, after.rules_version) == ("community", True, 2)
    assert scene.case(before.id).queue == "care"
    assert [event.data["version"] for event in scene.events(kind="rules.activated")] == [1, 2]


def test_going_back_is_obeyed_as_well(scene: Scene) -> None:
    publish_rules(scene.ports, scene.sue, with_parking(scene.ports), reason="try it", expected=1)
    assert roll_back_rules(scene.ports, scene.sue, 1, reason="it did not help") == Published(3)
    assert scene.hear("@acme is there parking beside the shop?").queue == "care"
    with scene.ports.db.read() as conn:
        newest = routing.version(conn, 3)
    assert (newest.copy_of, newest.reason, newest.by_name) == (1, "it did not help", "Sue")


def test_a_text_with_errors_is_refused_with_line_and_field(scene: Scene) -> None:
    head, own, rest = with_parking(scene.ports).partition("id: parking")
    text = head + own + rest.replace("queue: community", "queue: comunity", 1)
    with pytest.raises(Invalid) as refused:
        publish_rules(scene.ports, scene.sue, text, reason="a slip", expected=1)
    [error] = [one for one in refused.value.errors if "comunity" in one["msg"]]
    assert error["loc"] == ["rules[parking].do.queue"]
    assert text.split("\n")[error["line"] - 1].strip() == "queue: comunity"
    assert "Did you mean community?" in error["msg"]
    assert text_of(scene.ports) != text


def test_a_broken_example_keeps_rules_from_being_published(scene: Scene) -> None:
    with pytest.raises(Invalid, match="one of a flood"):
        publish_rules(scene.ports, scene.sue, emit.set_enabled(text_of(scene.ports), "flood", False), reason="no floods", expected=1)


def test_who_published_meanwhile_is_not_overwritten(scene: Scene) -> None:
    publish_rules(scene.ports, scene.sue, with_parking(scene.ports), reason="first", expected=1)
    with pytest.raises(Conflict, match="Version 2 was published"):
        publish_rules(scene.ports, scene.sue, text_of(scene.ports) + "# mine\n", reason="second", expected=1)


def test_only_those_who_may_change_rules_publish(scene: Scene) -> None:
    for asker in (scene.ana, scene.tim, scene.leo):
        with pytest.raises(Forbidden):
            publish_rules(scene.ports, asker, with_parking(scene.ports), reason="mine", expected=1)
        with pytest.raises(Forbidden):
            roll_back_rules(scene.ports, asker, 1, reason="mine")
    with pytest.raises(NotFound):
        roll_back_rules(scene.ports, scene.sue, 99, reason="there is none")


def test_the_published_working_copy_is_gone_and_another_persons_stays(scene: Scene) -> None:
    kim = hire(scene.ports, "Kim", "admin")
    for asker in (scene.sue, kim):
        edit_rules(scene.ports, asker, WriteAll(with_parking(scene.ports)))
    publish_rules(scene.ports, scene.sue, with_parking(scene.ports), reason="parking", expected=1)
    with scene.ports.db.read() as conn:
        assert draft_of(conn, scene.sue.person()) is None
        kept = draft_of(conn, kim.person())
    assert kept is not None
    assert kept.base == 1


def test_a_version_that_came_meanwhile_is_not_gone_back_over_unseen(scene: Scene) -> None:
    publish_rules(scene.ports, scene.sue, with_parking(scene.ports), reason="first", expected=1)
    with pytest.raises(Conflict, match="Version 2 was published"):
        roll_back_rules(scene.ports, scene.sue, 1, reason="back", expected=1)


def test_a_mention_after_publication_is_decided_by_it_in_every_process(scene: Scene) -> None:
    """Nothing is told from one process to the other: each asks for the active version in the transaction in which it decides."""
    other = open_ports(scene.ports.settings, scene.clock, Keys(b"tests"))
    there = copy(scene)
    there.ports = replace(other, data=scene.ports.data)
    try:
        assert there.hear("@acme is there parking?", handle="one").rules_version == 1, "the other process has its rules compiled"
        publish_rules(scene.ports, scene.sue, with_parking(scene.ports), reason="parking", expected=1)
        found = there.hear("@acme is there parking?", handle="two")
        assert (found.rules_version, found.queue) == (2, "community")
        roll_back_rules(scene.ports, scene.sue, 1, reason="back")
        assert there.hear("@acme is there parking?", handle="three").rules_version == 3
    finally:
        other.db.close()
