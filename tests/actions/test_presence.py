"""What people say of themselves: with reasons, on many tabs and phones, and never overruled by a socket."""

import pytest

from app.actions.note_seen import note_seen
from app.actions.set_presence import LONGEST_REASON, set_presence
from app.actions.sign_in import sign_in, sign_out
from app.core.errors import Forbidden, Invalid
from app.door.identity import new_cookie
from app.people import store as people
from app.people.passwords import hash_password
from tests.support.people import hire, person
from tests.support.scene import Scene

PASSWORD = "correct horse battery"


@pytest.fixture(scope="module")
def hashed() -> str:
    return hash_password(PASSWORD)


def test_a_reason_is_kept_with_since_when_and_said_once(scene: Scene) -> None:
    scene.clock.move(minutes=3)
    now = set_presence(scene.ports, scene.ana, "away", "  Lunch\n with   Ben ")
    assert (now.presence, now.presence_reason, now.presence_since) == ("away", "Lunch with Ben", scene.clock.now())
    scene.clock.move(minutes=3)
    again = set_presence(scene.ports, scene.ana, "away", "Lunch with Ben")
    assert again.presence_since == now.presence_since, "the same again is no news"
    (event,) = scene.events(kind="presence.changed")
    assert event.data == {"person": scene.ana.person(), "presence": "away", "from": "available", "reason": "Lunch with Ben"}
    assert len(set_presence(scene.ports, scene.ana, "busy", "x" * 200).presence_reason) == LONGEST_REASON


def test_only_a_supervisor_speaks_for_another(scene: Scene) -> None:
    with pytest.raises(Forbidden):
        set_presence(scene.ports, scene.ana, "away", person=scene.ben.person())
    assert set_presence(scene.ports, scene.sue, "away", "ill", scene.ben.person()).presence_reason == "ill"
    with pytest.raises(Invalid, match="available, busy or away"):
        set_presence(scene.ports, scene.ana, "asleep")


def test_leaving_one_of_several_browsers_leaves_nobody_away(scene: Scene, hashed: str) -> None:
    """Many tabs and phones: a person is there as long as one of them is."""
    nia = hire(scene.ports, "Nia", presence="away", password_hash=hashed)
    desk, phone = new_cookie(), new_cookie()
    sign_in(scene.ports, "nia@desk.example", PASSWORD, "192.0.2.1", desk)
    assert person(scene.ports, nia).presence == "available"
    sign_in(scene.ports, "nia@desk.example", PASSWORD, "192.0.2.1", phone)
    sign_out(scene.ports, people.digest(desk))
    assert person(scene.ports, nia).presence == "available"
    sign_out(scene.ports, people.digest(phone))
    now = person(scene.ports, nia)
    assert (now.presence, now.presence_reason) == ("away", "signed out")


def test_signing_in_on_a_phone_does_not_end_a_break(scene: Scene, hashed: str) -> None:
    nia = hire(scene.ports, "Nia", presence="away", password_hash=hashed)
    sign_in(scene.ports, "nia@desk.example", PASSWORD, "192.0.2.1", new_cookie())
    set_presence(scene.ports, nia, "away", "Lunch")
    sign_in(scene.ports, "nia@desk.example", PASSWORD, "192.0.2.1", new_cookie())
    now = person(scene.ports, nia)
    assert (now.presence, now.presence_reason) == ("away", "Lunch")


def test_a_sign_of_life_is_written_down_and_says_nothing_of_presence(scene: Scene) -> None:
    set_presence(scene.ports, scene.ana, "away", "Lunch")
    before = len(scene.events())
    scene.clock.move(minutes=1)
    note_seen(scene.ports, [scene.ana.person(), scene.ben.person()])
    assert person(scene.ports, scene.ana).last_seen_at == scene.clock.now()
    assert person(scene.ports, scene.ana).presence == "away"
    assert len(scene.events()) == before
