"""The C scanner and ruamel's own say the same of every text that the C scanner is let read."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from app.core import yaml_events
from app.core.yaml_events import events, quick_events, ruamels_events
from tests.house.source import ROOT
from tests.support.yaml_texts import near_texts

FILES: Final = sorted((ROOT / "routing_rules").rglob("*.yaml"))


def told(some: Iterable[Any]) -> list[tuple[Any, ...]]:
    """What the desk takes of each event."""
    return [_told(event) for event in some]


def _told(event: Any) -> tuple[Any, ...]:
    kind, at = type(event).__name__, (event.start_mark.line + 1, event.start_mark.column + 1)
    if kind == "ScalarEvent":
        return (kind, at, event.value, event.style or None, event.anchor, event.tag)
    if kind in ("MappingStartEvent", "SequenceStartEvent"):
        return (kind, at, bool(event.flow_style), event.anchor, event.tag)
    return (kind, at[0]) if kind in ("MappingEndEvent", "SequenceEndEvent") else (kind,)


def slowly(text: str) -> list[tuple[Any, ...]]:
    """The same by ruamel alone."""
    return told(ruamels_events(text))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_file_of_the_desk_is_read_quickly_and_alike(path: Path) -> None:
    text = path.read_text()
    quick = quick_events(text)
    assert quick is not None
    assert told(quick) == slowly(text)


@given(near_texts())
def test_what_is_read_quickly_is_read_alike(text: str) -> None:
    quick = quick_events(text)
    assume(quick is not None)
    try:
        expected = slowly(text)
    except NotImplementedError:  # a comment that ruamel cannot place: no mistake of the text
        return
    assert told(quick or ()) == expected


@pytest.mark.parametrize(
    "text",
    [
        "a: b", "a:\n", "a: &x b\n", "a: *x\n", "a: !!str b\n", "%YAML 1.1\n---\na: b\n", "---\na: b\n", "a: b\n...\n", "? a\n: b\n",
        "a:\tb\n", "a: b\r\n", "a: 'b\u2028c'\n", "a: 'b\x85c'\n", "\ufeffa: b\n", "a: [b\n", "a: b: c\n", "a: \x07\n",
        "[" * 70 + "]" * 70 + "\n",
    ],
)  # fmt: skip
def test_what_the_two_may_read_differently_is_left_to_ruamel(text: str) -> None:
    assert quick_events(text) is None


@given(st.text(max_size=40))
def test_no_text_breaks_the_scanner(text: str) -> None:
    quick_events(text)


def test_folded_words_are_whole_by_either_scanner() -> None:
    text = "a: >\n  one\n  two\n\n  three\n"
    assert told(events(text)) == slowly(text)
    assert {event.value for event in events("%YAML 1.2\n---\n" + text) if hasattr(event, "value")} == {"a", "one two\nthree\n"}


def test_without_the_scanner_in_c_all_is_read_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    text = FILES[0].read_text()
    monkeypatch.setattr(yaml_events.yaml, "__with_libyaml__", False)
    assert quick_events(text) is None
    assert told(events(text)) == slowly(text)
