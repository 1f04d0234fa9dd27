"""Two people for rules that touch legal: nothing of it holds before the second has confirmed, and the second is never the first."""

import pytest
from sqlalchemy import text as sql
from sqlalchemy.exc import DBAPIError

from app.actions.apply_rules import apply_rules
from app.actions.confirm_rules import confirm_rules, decline_rules
from app.actions.edit_rules import WriteAll, edit_rules
from app.actions.open_workspace import open_workspace
from app.actions.publish_rules import Published, publish_rules
from app.actions.roll_back_rules import roll_back_rules
from app.core.asker import Asker
from app.core.errors import Conflict, Forbidden, Invalid, NotFound
from app.engine.ports import Ports
from app.routing import emit
from app.routing import store as routing
from app.routing import store_proposals as proposals
from app.routing.store_drafts import draft_of
from tests.support.people import hire
from tests.support.scene import THREAT, Scene

HARMLESS = {"id": "extra", "do": {"tags": ["extra"]}}


def text_of(ports: Ports, version: int | None = None) -> str:
    with ports.db.read() as conn:
        return routing.version(conn, version or routing.active_version(conn)).text


def without_hold(ports: Ports) -> str:
    """The default rules with another reason for the hold of a threat."""
    text = text_of(ports)
    assert "the customer speaks of legal steps" in text
    return text.replace("the customer speaks of legal steps", "a lawyer was named")


def asked(scene: Scene, asker: Asker | None = None) -> Published:
    return publish_rules(scene.ports, asker or scene.sue, without_hold(scene.ports), reason="plainer words", expected=1)


def waiting(ports: Ports) -> list[str]:
    with ports.db.read() as conn:
        return [one.id for one in proposals.waiting(conn)]


def test_nothing_holds_before_a_second_person_confirmed(scene: Scene) -> None:
    done = asked(scene)
    assert done.version == 1
    assert done.waits is not None
    assert [(one.rule, one.why) for one in done.waits.touches] == [("risk-legal", "says something else")]
    assert scene.hear(THREAT, handle="early").rules_version == 1
    [event] = scene.events(kind="rules.proposed")
    assert (event.actor.name, event.data["base"], event.data["touches"]) == ("Sue", 1, ["risk-legal"])
    assert confirm_rules(scene.ports, scene.leo, done.waits.id) == 2
    assert scene.hear(THREAT, handle="late").rules_version == 2
    event = scene.events(kind="rules.activated")[-1]
    assert (event.actor.name, event.data["proposed_by"]["name"], event.data["confirmed_by"]["name"]) == ("Leo", "Sue", "Leo")
    with scene.ports.db.read() as conn:
        made = routing.version(conn, 2)
    assert (made.by_name, made.confirmed_by_name, made.reason, made.changes) == ("Sue", "Leo", "plainer words", ["risk-legal"])


def test_whoever_asked_never_confirms_however_they_come(scene: Scene) -> None:
    done = asked(scene)
    assert done.waits is not None
    with pytest.raises(Forbidden, match="another person"):
        confirm_rules(scene.ports, scene.sue, done.waits.id)
    as_program = Asker(scene.sue.actor, scene.sue.permissions, "supervisor", scene.sue.person_id)
    with pytest.raises(Forbidden, match="another person"):
        confirm_rules(scene.ports, as_program, done.waits.id)
    nobody = Asker(scene.leo.actor, scene.leo.permissions, None, None)
    with pytest.raises(Forbidden, match="needs a person"):
        confirm_rules(scene.ports, nobody, done.waits.id)
    for asker in (scene.ana, scene.tim):
        with pytest.raises(Forbidden, match="confirm rules"):
            confirm_rules(scene.ports, asker, done.waits.id)
        with pytest.raises(Forbidden, match="confirm rules"):
            decline_rules(scene.ports, asker, done.waits.id, "no")
    assert waiting(scene.ports) == [done.waits.id]
    with pytest.raises(NotFound):
        confirm_rules(scene.ports, scene.leo, "nothing")


def test_of_two_who_decide_one_is_first_and_the_other_is_told(scene: Scene) -> None:
    done = asked(scene)
    assert done.waits is not None
    kim = hire(scene.ports, "Kim", "admin")
    assert confirm_rules(scene.ports, kim, done.waits.id) == 2
    with pytest.raises(Conflict, match="confirmed by Kim before you"):
        confirm_rules(scene.ports, scene.leo, done.waits.id)
    with pytest.raises(Conflict, match="confirmed by Kim before you"):
        decline_rules(scene.ports, scene.leo, done.waits.id, "too late")


def test_declined_it_stays_out_and_its_author_keeps_the_copy(scene: Scene) -> None:
    edit_rules(scene.ports, scene.sue, WriteAll(without_hold(scene.ports)))
    done = asked(scene)
    assert done.waits is not None
    with pytest.raises(Invalid, match="Say why"):
        decline_rules(scene.ports, scene.leo, done.waits.id, "  ")
    assert decline_rules(scene.ports, scene.leo, done.waits.id, "customers sue too").state == "declined"
    assert text_of(scene.ports) == text_of(scene.ports, 1)
    [event] = scene.events(kind="rules.declined")
    assert (event.actor.name, event.data["withdrawn"]) == ("Leo", False)
    with scene.ports.db.read() as conn:
        assert draft_of(conn, scene.sue.person()) is not None
    assert asked(scene).waits is not None, "it may be asked again"


def test_confirmed_its_authors_copy_is_gone(scene: Scene) -> None:
    edit_rules(scene.ports, scene.sue, WriteAll(without_hold(scene.ports)))
    done = asked(scene)
    assert done.waits is not None
    confirm_rules(scene.ports, scene.leo, done.waits.id)
    with scene.ports.db.read() as conn:
        assert draft_of(conn, scene.sue.person()) is None


def test_asking_twice_asks_once_and_another_text_takes_its_place(scene: Scene) -> None:
    first = asked(scene)
    again = asked(scene)
    assert first.waits is not None
    assert again.waits is not None
    assert first.waits.id == again.waits.id
    other = publish_rules(scene.ports, scene.sue, without_hold(scene.ports) + "# and more\n", reason="more", expected=1)
    assert other.waits is not None
    assert waiting(scene.ports) == [other.waits.id]
    assert decline_rules(scene.ports, scene.sue, other.waits.id, "").state == "withdrawn"
    assert waiting(scene.ports) == []


def test_what_was_overtaken_cannot_be_confirmed(scene: Scene) -> None:
    done = asked(scene)
    assert done.waits is not None
    text = emit.add_rule(text_of(scene.ports), HARMLESS, "vip")
    assert publish_rules(scene.ports, scene.sue, text, reason="tags", expected=1) == Published(2)
    with pytest.raises(Conflict, match="Version 2 came into force after"):
        confirm_rules(scene.ports, scene.leo, done.waits.id)
    assert text_of(scene.ports) == text, "nothing of version 2 is taken back"
    assert decline_rules(scene.ports, scene.leo, done.waits.id, "out of date").state == "declined"


def test_going_back_over_legals_rules_waits_as_well(scene: Scene) -> None:
    done = asked(scene)
    assert done.waits is not None
    confirm_rules(scene.ports, scene.leo, done.waits.id)
    back = roll_back_rules(scene.ports, scene.sue, 1, reason="it did not help")
    assert back.version == 2
    assert back.waits is not None
    assert back.waits.copy_of == 1
    assert confirm_rules(scene.ports, hire(scene.ports, "Kim", "supervisor"), back.waits.id) == 3
    with scene.ports.db.read() as conn:
        assert routing.version(conn, 3).copy_of == 1


def test_a_fresh_workspace_starts_with_nobody_and_its_first_rules_need_nobody(scene: Scene) -> None:
    open_workspace(scene.ports)
    assert waiting(scene.ports) == []
    with scene.ports.db.read() as conn:
        [first] = routing.versions(conn)
    assert (first.version, first.by_name, first.confirmed_by_name) == (1, "Earshot", None)
    assert first.changes is not None
    assert "risk-legal" in first.changes


def test_files_that_touch_legal_wait_and_their_policies_do_not(scene: Scene, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("files")
    (folder / "rules.yaml").write_text(without_hold(scene.ports), encoding="utf-8")
    done = apply_rules(scene.ports, hire(scene.ports, "Kim", "admin"), folder, "from the folder")
    assert (done.version, done.rules_changed, done.changed) == (1, False, False)
    assert done.waits is not None
    assert apply_rules(scene.ports, hire(scene.ports, "Zoe", "admin"), folder).waits is not None


def test_published_versions_are_never_changed_not_even_by_the_database(scene: Scene) -> None:
    for statement in ("UPDATE rule_version SET text = 'rules: []'", "DELETE FROM rule_version WHERE version = 1"):
        with pytest.raises(DBAPIError, match="never changed or deleted"), scene.ports.db.write() as tx:
            tx.conn.execute(sql(statement))
    assert "risk-legal" in text_of(scene.ports, 1)
