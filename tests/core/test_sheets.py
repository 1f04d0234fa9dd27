"""A sheet's mistakes are named by line, and a hostile one is refused."""

import pytest
from pydantic import BaseModel, ConfigDict

from app.core import sheets
from app.core.errors import Invalid


class Rule(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: str
    limits: list[int] = []


@pytest.mark.parametrize(
    ("text", "loc"),
    [
        ("name: a\nlimits:\n  - 1\n  - x\n", ["r.yaml", 4, "limits.1"]),
        ("limits: []\n", ["r.yaml", 1, "name"]),
        ("name: a\ncolour: red\n", ["r.yaml", 2, "colour"]),
        ("name: a\nname: b\n", ["r.yaml", 2, ""]),
        ("name: [\n", ["r.yaml", 2, ""]),
        ("a\x00b", ["r.yaml", 1, ""]),
        ("name: &a [*a]\n", ["r.yaml", 1, "name"]),
        ("[" * 5_000, ["r.yaml", 1, ""]),
        ("x" * 1_000_001, ["r.yaml", 1, ""]),
        ("!!python/object/apply:os.system ['true']\n", ["r.yaml", 1, ""]),
    ],
    ids=lambda value: ascii(value)[:20],
)
def test_the_place_is_named(text: str, loc: list[object]) -> None:
    with pytest.raises(Invalid) as caught:
        sheets.parse(Rule, text, file="r.yaml")
    assert caught.value.errors[0]["loc"] == loc
    assert "r.yaml, line" in caught.value.detail


def test_all_mistakes_are_told_at_once() -> None:
    with pytest.raises(Invalid, match="1 more") as caught:
        sheets.parse(Rule, "name: 1\nlimits: x\n", file="r.yaml")
    assert len(caught.value.errors) == 2


def test_a_right_sheet_reads() -> None:
    assert sheets.parse(Rule, "name: a # why\nlimits: [1, 2]\n", file="r.yaml") == Rule(name="a", limits=[1, 2])
