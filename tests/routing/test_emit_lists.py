"""Word lists are edited inside the text: what is not touched stays byte for byte, comments too."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.errors import Invalid, NotFound
from app.routing.emit_lists import drop_list, put_list
from tests.routing.written import set_of

TEXT = """\
# Head of the file.
engine: 1

lists:
  # What people call a delivery.
  delivery:
    - parcel*   # in English
    - paquete
    - "order: late"
  vips: [ann, bob]  # asked for by marketing

# The rules.
rules:
  - id: a   # first
    when: {text: {in_list: delivery}}
    do: {floor: 1}
"""


def words_of(text: str) -> dict[str, tuple[str, ...]]:
    return {one.name: one.words for one in set_of(text).lists}


def test_a_word_is_added_and_one_goes_and_comments_stay() -> None:
    made = put_list(TEXT, "delivery", ["parcel*", "order: late", "envío"])
    assert words_of(made) == {"delivery": ("parcel*", "order: late", "envío"), "vips": ("ann", "bob")}
    for kept in ("# Head of the file.", "# What people call a delivery.", "# in English", "# asked for by marketing", "# The rules."):
        assert kept in made
    assert made.split("# The rules.")[1] == TEXT.split("# The rules.")[1]
    assert made.split("lists:")[0] == TEXT.split("lists:")[0]


def test_the_first_list_stands_above_the_rules() -> None:
    bare = "# Head.\nengine: 1\n\n# The rules.\nrules:\n  - id: a\n    do: {floor: 1}\n"
    made = put_list(bare, "late", ["late", "still waiting"])
    assert made == bare.replace("# The rules.", "lists:\n  late: [late, still waiting]\n# The rules.")
    assert drop_list(made, "late") == bare
    assert words_of(put_list("", "late", ["x"])) == {"late": ("x",)}


def test_a_list_that_rules_ask_for_does_not_go() -> None:
    with pytest.raises(Invalid, match="asked for by a"):
        drop_list(TEXT, "delivery")
    with pytest.raises(NotFound):
        drop_list(TEXT, "nothing")
    assert words_of(drop_list(TEXT, "vips")) == {"delivery": ("parcel*", "paquete", "order: late")}


@pytest.mark.parametrize(("name", "words"), [("Not A Name", ["x"]), ("delivery", []), ("delivery", ["x" * 1_000])])
def test_what_would_not_parse_is_refused(name: str, words: list[str]) -> None:
    with pytest.raises(Invalid):
        put_list(TEXT, name, words)


def test_a_file_in_braces_is_left_to_the_yaml_view() -> None:
    with pytest.raises(Invalid, match="YAML view"):
        put_list("{rules: [{id: a}]}", "late", ["x"])


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=8), min_size=1, max_size=5))
def test_any_words_come_back_as_they_were_put(words: list[str]) -> None:
    wanted = tuple(dict.fromkeys(words))
    for text in (TEXT, "rules:\n  - id: a\n"):
        assert set(words_of(put_list(text, "delivery", words))["delivery"]) == set(wanted)
