"""Values read quickly are the values ruamel reads, with the same lines: YAML 1.2, so that ``no`` is a word and 1:30 a text."""

from io import StringIO
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import assume, given
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq

from app.core.yaml_values import load
from app.sla import levels
from tests.house.source import ROOT
from tests.support.yaml_texts import near_texts

FILES: Final = sorted(path for path in (ROOT / "routing_rules").rglob("*.yaml") if path.name != "service_levels.yaml")


class LeftToRuamel(Exception):
    """The text was not read quickly."""


def refuse() -> YAML:
    """In the place of the slow reader."""
    raise LeftToRuamel


def slow() -> YAML:
    """The reader that is to be matched."""
    return YAML(typ="rt", pure=True)


def told(value: Any) -> Any:
    """A value with its kind and all the places in it; what is a text, whole number or the like by any name of ruamel's counts as one."""
    if isinstance(value, CommentedMap):
        return "map", value.lc.line, value.lc.col, value.lc.data, [(told(key), told(item)) for key, item in value.items()]
    if isinstance(value, CommentedSeq):
        return "list", value.lc.line, value.lc.col, value.lc.data, [told(item) for item in value]
    kind = next((kind for kind in (bool, int, float, str) if isinstance(value, kind)), type(value))
    return kind.__name__, value if value is None else kind(value)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_file_of_the_desk_is_read_quickly_and_alike(path: Path) -> None:
    text = path.read_text()
    assert told(load(text, refuse)) == told(slow().load(text))


def test_dates_stay_as_they_are_written_where_that_is_asked_for() -> None:
    text = (ROOT / "routing_rules" / "service_levels.yaml").read_text()
    assert told(load(text, refuse, dates_as_text=True)) == told(levels._reader().load(StringIO(text)))
    with pytest.raises(LeftToRuamel):
        load("day: 2026-02-28\n", refuse)


@given(near_texts())
def test_what_is_read_quickly_is_read_alike(text: str) -> None:
    try:
        quick = load(text, refuse)
    except LeftToRuamel:
        assume(False)
    try:
        expected = slow().load(text)
    except NotImplementedError:  # a comment that ruamel cannot place: no mistake of the text
        return
    assert told(quick) == told(expected)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("no", "no"), ("on", "on"), ("off", "off"), ("y", "y"), ("Yes", "Yes"), ("1:30", "1:30"), ("09:00-18:00", "09:00-18:00"),
        ("true", True), ("FALSE", False), ("~", None),
        ("null", None), ("nullable", "nullable"), ("0", 0), ("-7", -7), ("30", 30), ("0.25", 0.25),
        ("-1.5", -1.5),         ("'30'", "30"), ('"true"', "true"), ("1.2.3", "1.2.3"), ("3 days", "3 days"), ("-", None),
        ("#4", None), ("a#b", "a#b"),
    ],
)  # fmt: skip
def test_plain_values_of_yaml_1_2(written: str, meant: object) -> None:
    text = f"key: {written}\n"
    if meant is not None or written in ("~", "null"):
        assert load(text, refuse) == {"key": meant}
    try:
        expected = slow().load(text)
    except Exception as error:
        with pytest.raises(type(error)):
            load(text, slow)
    else:
        assert load(text, slow) == expected


@pytest.mark.parametrize(
    "text",
    ["010", "0o17", "0x1f", "1_000", "+1", ".5", "1.", "1e3", ".inf", ".nan", "2026-02-28", "2026-02-28 10:00:00", "=", "-0", "1" * 19],
)
def test_what_takes_more_than_a_glance_is_left_to_ruamel(text: str) -> None:
    with pytest.raises(LeftToRuamel):
        load(f"key: {text}\n", refuse)
    assert load(f"key: {text}\n", slow).keys() == {"key"}


@pytest.mark.parametrize("text", ["a: 1\na: 2\n", "[a]: b\n", "<<: {a: 1}\n", "", "# nothing\n"])
def test_keys_written_twice_or_odd_and_empty_texts_are_left_to_ruamel(text: str) -> None:
    with pytest.raises(LeftToRuamel):
        load(text, refuse)
