"""The word lists: what is shipped loads, and a mistake is named by file, line and field."""

from pathlib import Path

import pytest

from app.analysis import words
from app.core.errors import Invalid
from app.core.facts import RISK_CLASSES
from tests.conftest import ROOT

SHIPPED = ROOT / "routing_rules" / "words"


def refused(folder: Path, text: str, name: str = "en.yaml") -> Invalid:
    (folder / name).write_text(text, encoding="utf-8")
    with pytest.raises(Invalid) as caught:
        words.load(folder)
    return caught.value


@pytest.mark.parametrize("language", ["en", "es", "de", "fa"])
def test_each_shipped_language_has_every_kind(language: str) -> None:
    text = (SHIPPED / f"{language}.yaml").read_text(encoding="utf-8")
    for kind in ("stopwords", "negations", "problem", "urgency", "complaint", "praise", "question", "wants_answer", *RISK_CLASSES):
        assert f"{kind}:" in text


@pytest.mark.parametrize(
    ("text", "line", "field", "says"),
    [
        ("language: en\nurgancy: [now]\n", 2, "urgancy", "not permitted"),
        ("language: en\nproblem:\n  - weight: 2\n    words: [late]\n", 3, "problem.0.weight", "less than or equal to 1"),
        (
            "language: en\nproblem:\n  - weight: 0.5\n    words:\n      - late\n      - ab*\n",
            6,
            "problem.0.words.1",
            "3 letters before its *",
        ),
        ("language: en\nrisk:\n  leagal: [sue]\n", 3, "risk.leagal", "'legal'"),
        ("language: en\npraise: [thanks, 911]\n", 2, "praise", ""),
        ("language: en\nlanguage: de\n", 2, "", "duplicate key"),
        ("language: en\npraise: [thanks\n", 3, "", "expected"),
        ("- en\n", 1, "", "must be a map"),
        ("language: de\n", 1, "language", "make them agree"),
        ("", 1, "", "must be a map"),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, text: str, line: int, field: str, says: str) -> None:
    error = refused(tmp_path, text)
    assert "en.yaml" in error.detail
    file, at, where = error.errors[0]["loc"]
    assert (file, at) == ("en.yaml", line)
    assert where.startswith(field)
    assert says in error.errors[0]["msg"]


def test_an_empty_folder_says_what_to_put_there(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match=r"en\.yaml"):
        words.load(tmp_path)


def test_a_language_without_a_list_reads_the_shared_words_only(tmp_path: Path) -> None:
    (tmp_path / "en.yaml").write_text("language: en\npraise: [thanks]\n", encoding="utf-8")
    (tmp_path / "und.yaml").write_text("language: und\nurgency: [sos]\n", encoding="utf-8")
    lexicon = words.load(tmp_path)
    assert lexicon.matcher("fr") is lexicon.shared
    assert lexicon.matcher("en") is not lexicon.shared
