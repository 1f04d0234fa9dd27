"""Open pages of people: tabs and phones are counted apart, over processes, and a process that went silent takes its own with it."""

import json

import pytest

from app.engine import tabs
from app.engine.bus import Bus
from app.engine.tabs import TOPIC, Open, Tabs, is_phone, open_tabs


def test_many_tabs_and_phones_of_one_person_are_counted_right() -> None:
    """A phone put away is no person gone (Chatwoot 5436): each page counts by itself, and none of them says anything of presence."""
    here = Tabs(Bus())
    for connection, phone in ((1, False), (2, False), (3, True)):
        here.enter(connection, "ana", phone=phone)
    assert open_tabs()["ana"] == Open(desk=2, phone=1)
    here.leave(3, "ana")
    here.leave(1, "ana")
    assert open_tabs()["ana"] == Open(desk=1)
    here.leave(2, "ana")
    assert "ana" not in open_tabs()
    here.close()


def test_what_another_process_told_counts_until_it_is_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    bus, now = Bus(), [100.0]
    monkeypatch.setattr(tabs.time, "monotonic", lambda: now[0])
    here = Tabs(bus)
    here.enter(1, "ben", phone=False)
    bus.tell(TOPIC, json.dumps(["other", {"ben": [1, 1], "eve": [0, 1]}]))
    bus.tell(TOPIC, "no word of ours")
    bus.tell(TOPIC, json.dumps(["other", {"ben": "many"}]))
    assert (open_tabs()["ben"], open_tabs()["eve"]) == (Open(2, 1), Open(0, 1))
    bus.tell(TOPIC, json.dumps(["other", {"eve": [0, 0]}]))
    assert "eve" not in open_tabs()
    now[0] += tabs.FADES_SECONDS + 1
    here.tend()
    assert open_tabs()["ben"] == Open(1)
    here.leave(1, "ben")
    here.close()


def test_a_phone_is_what_says_so() -> None:
    assert is_phone("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Mobile/15E148 Safari/604.1")
    assert not is_phone("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36")
