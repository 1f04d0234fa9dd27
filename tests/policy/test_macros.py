"""Macro files: read whole or refused with every fault named."""

from pathlib import Path

import pytest

from app.core.errors import Invalid
from app.policy.macros import load_macros, parse_macro
from tests.conftest import ROOT

GOOD = "---\nid: we-have-it\ntitle: We have it\napproved: true\nlanguages: [en]\nnetworks: [x, mastodon]\n---\nThank you for writing.\n"


def test_a_macro_is_read_with_what_it_fits() -> None:
    macro = parse_macro(GOOD, "we-have-it.md")
    assert (macro.id, macro.title, macro.text, macro.approved) == ("we-have-it", "We have it", "Thank you for writing.", True)
    assert macro.misfit("en", "x") is None
    assert macro.misfit("es", "x") == "it is not in the language es"
    assert macro.misfit("en", "reddit") == "it is not for reddit"
    assert macro.misfit("und", "x") == "it is not known to be in the customer's language"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("no front matter", "has no front matter"),
        (GOOD.replace("we-have-it", "We have"), "we-have-it.md, line 2, id: must be the file's name"),
        (GOOD.replace("title: We have it", "title: ''"), "line 3, title: must be a title"),
        (GOOD.replace("true", "yes please"), "line 4, approved: must be true or false"),
        (GOOD.replace("[en]", "en"), "line 5, languages: must be a list"),
        (GOOD.replace("networks", "network"), "line 6, network: is no field"),
        (GOOD.replace("Thank you for writing.", ""), "line 8: must have a text"),
    ],
)
def test_a_fault_is_named_with_its_line(text: str, words: str) -> None:
    with pytest.raises(Invalid, match=words):
        parse_macro(text, "we-have-it.md")


def test_faults_of_all_files_come_together(tmp_path: Path) -> None:
    (tmp_path / "one.md").write_text("nothing")
    (tmp_path / "two.md").write_bytes(b"\xff")
    with pytest.raises(Invalid) as refused:
        load_macros(tmp_path)
    assert {e["loc"][0] for e in refused.value.errors} == {"one.md", "two.md"}


def test_the_desks_own_macros_are_clean_and_nothing_sends_them_unasked() -> None:
    macros = load_macros(ROOT / "routing_rules" / "macros")
    assert all(macro.languages for macro in macros.values())
